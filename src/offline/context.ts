/** What every examination is given, and what it gives back. */
import type { Federation } from '../core/federation/genesis.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { Verifier } from '../ports.ts';

export interface AuditContext {
  readonly verifier: Verifier;
  /** The federation that must be the one; undefined: the one that the file or folder itself names. */
  readonly pin?: Federation;
  /** Told of each entry of an export or a folder: how many were examined, of how many that there should be. */
  readonly onEntry?: (examined: number, total: number) => void;
}

export type AuditKind = 'export' | 'proof' | 'certificate' | 'folder';

export interface Fault {
  /** Where, for people: a line, a feed, an entry, a file. */
  readonly place: string;
  readonly code: string;
  readonly what: string;
}

export interface Verdict {
  readonly path: string;
  readonly kind: AuditKind;
  readonly verified: boolean;
  readonly faults: readonly Fault[];
  /** All faults; `faults` holds the first of them. */
  readonly faultCount: number;
  /** Of what is verified only. */
  readonly summary?: AuditSummary;
}

/** A sealed feed of a folder. */
export interface SealSummary {
  readonly origin: PeerIdText;
  /** From this entry on only what is certified stays. */
  readonly from: number;
  readonly reason: 'equivocation' | 'revocation';
  /** Entries of the feed as it is. */
  readonly kept: number;
  /** Of these, entries beyond the seal that neither the certificate nor the kept votes cover: a cut or an adoption was under way. */
  readonly uncovered: number;
  /** Entries that were cut off it. */
  readonly quarantined: number;
}

/** What was examined. */
export interface AuditSummary {
  readonly federation: { readonly id: string; readonly name: string | undefined };
  readonly entries: number;
  readonly feeds?: number;
  /** Ledger root, hex. */
  readonly root?: string;
  readonly signer?: {
    readonly peer: PeerIdText;
    readonly organisation: string | undefined;
    readonly timestampMs: number;
  };
  /** Only the entries behind stated places are in the file. */
  readonly partial?: boolean;
  readonly journalEntries?: number;
  /** Of a folder with sealed feeds. */
  readonly seals?: readonly SealSummary[];
  /** Statements that revoke a node. */
  readonly revocations?: number;
  /** Receipt hash that a proof or a certificate is about. */
  readonly receipt?: string;
  /** Witnesses that vouch for it, and how many are needed. */
  readonly votes?: number;
  readonly threshold?: number;
  /** The epoch in which those witnesses came into force. */
  readonly epoch?: number;
}

/** Who signed, with the organisation when it is a witness. */
export function signerOf(
  federation: Federation | undefined,
  statement: { readonly node: PeerIdText; readonly timestampMs: number },
): NonNullable<AuditSummary['signer']> {
  const witness = federation?.witnesses.find(({ peer }) => peer === statement.node);
  return { peer: statement.node, organisation: witness?.organisation, timestampMs: statement.timestampMs };
}
