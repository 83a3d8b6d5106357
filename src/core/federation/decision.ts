/**
 * A decision that ended an epoch, with what proves it: the proposal, and the declarations of enough of the epoch's witnesses that it was
 * adopted, each an entry signed by its witness. Who knows the witnesses of an epoch can check it with nothing else, and then knows
 * those of the next.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { toHex } from '../bytes.ts';
import { examineRun } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry, SignatureJob } from '../events.ts';
import { WITNESSES_COUNT_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readStatement, type Statement, type WireStatement, writeStatement } from '../sync/statement.ts';
import { type Constitution, changeRefusal, votesNeeded } from './epochs.ts';
import { governanceEntryOf } from './governance-body.ts';
import type { Change, GovernanceEntry, Proposal } from './governance-types.ts';

export interface Decision {
  readonly proposal: Statement;
  /** That it was adopted: each of another witness. */
  readonly declarations: readonly Statement[];
}
/** A decision as it is written: the bytes of its entries are enough. */
export interface WireDecision {
  readonly proposal: WireStatement;
  readonly declarations: readonly WireStatement[];
}

/** What a decision says, once it is judged. */
export interface Ruling {
  /** The epoch that it ends. */
  readonly epoch: number;
  readonly proposal: Proposal;
  readonly change: Change;
}

/** Holds a decision against the epoch that it should end. Throws `decision_invalid`. Signatures are for the caller. */
export function judgeDecision(
  proposal: GovernanceEntry | undefined,
  declarations: readonly (GovernanceEntry | undefined)[],
  { epoch, now }: { readonly epoch: number; readonly now: Constitution },
): Ruling {
  if (proposal?.body.action !== 'proposal') throw invalid('it decides on what is no proposal');
  const { hash, origin, body } = proposal;
  if (body.epoch !== epoch) throw invalid(`it is a proposal of epoch ${body.epoch}, not of ${epoch}`);
  const refusal = changeRefusal(now, body.change);
  if (refusal !== undefined) throw invalid(`the proposal cannot be adopted: ${refusal}`);
  const seen = new Set<PeerIdText>();
  for (const declaration of declarations) {
    if (
      declaration?.body.action !== 'decision' ||
      declaration.body.proposal !== hash ||
      declaration.body.epoch !== epoch
    )
      throw invalid('one of its entries does not declare that the proposal was adopted in its epoch');
    if (!now.witnesses.has(declaration.origin) || seen.has(declaration.origin))
      throw invalid('a declaration of no witness of the epoch, or a second one of one');
    seen.add(declaration.origin);
  }
  const needed = votesNeeded(now);
  if (seen.size < needed) throw invalid(`${seen.size} declarations, ${needed} are needed`);
  return {
    epoch,
    proposal: { hash, origin, ballot: body.ballot, change: body.change },
    change: body.change,
  };
}

/** The same for a decision as it travels, and the signatures to check. Throws `decision_invalid`, or the refusal of an entry. */
export function examineDecision(
  { proposal, declarations }: Decision,
  federation: string,
  place: { readonly epoch: number; readonly now: Constitution },
): { readonly ruling: Ruling; readonly jobs: readonly SignatureJob[] } {
  const [examined, ...declared] = [proposal, ...declarations].map((statement) =>
    examineStatement(statement, federation),
  );
  const ruling = judgeDecision(
    examined?.entry,
    declared.map(({ entry }) => entry),
    place,
  );
  return { ruling, jobs: [...(examined?.jobs ?? []), ...declared.flatMap(({ jobs }) => jobs)] };
}

function examineStatement({ origin, seq, prev, entry }: Statement, federation: string) {
  const [candidate] = examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, federation);
  return { entry: candidate === undefined ? undefined : governanceEntryOf(candidate), jobs: candidate?.jobs ?? [] };
}

/** Where an entry of a decision stands. */
export interface EvidencePlace {
  readonly origin: PeerIdText;
  readonly seq: number;
  /** Receipt hash, hex. */
  readonly hash: string;
}
/** The entries that prove a decision, by their places. */
export interface Evidence {
  readonly proposal: EvidencePlace;
  readonly declarations: readonly EvidencePlace[];
}

/** Makes a decision out of stored entries, read each with the one before it. Undefined when one is missing. */
export function decisionOf(
  { proposal, declarations }: Evidence,
  entries: readonly PlacedEntry[],
): WireDecision | undefined {
  const places = new Map(entries.map((entry) => [`${entry.origin} ${entry.seq}`, entry]));
  const statementAt = ({ origin, seq, hash }: EvidencePlace): WireStatement | undefined => {
    const entry = places.get(`${origin} ${seq}`);
    const prev = seq === 0 ? ZERO_PREV : places.get(`${origin} ${seq - 1}`)?.hash;
    return entry === undefined || prev === undefined || toHex(entry.hash) !== hash
      ? undefined
      : { origin, seq, prev, entry };
  };
  const proposed = statementAt(proposal);
  const declared = declarations.flatMap((declaration) => statementAt(declaration) ?? []);
  if (proposed === undefined || declared.length < declarations.length) return undefined;
  return { proposal: proposed, declarations: declared };
}

const ZERO_PREV = new Uint8Array(32);

export function writeDecision(writer: BinaryWriter, { proposal, declarations }: WireDecision): void {
  writeStatement(writer, proposal);
  writer.varint(declarations.length);
  for (const declaration of declarations) writeStatement(writer, declaration);
}

export function readDecision(reader: BinaryReader): Decision {
  const proposal = readStatement(reader);
  const count = reader.count(WITNESSES_COUNT_MAX, 'declarations of a decision');
  return { proposal, declarations: Array.from({ length: count }, () => readStatement(reader)) };
}

function invalid(what: string): TessraxError {
  return new TessraxError('decision_invalid', `a decision does not hold: ${what}`);
}
