/**
 * Revocation: statements that a node's key is not to be trusted any more. Each is an ordinary signed REVOCATION entry; in force is
 * what a threshold of witnesses says, or the node itself. The statements are the proof: whoever has them needs no ledger and no trust.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { examineRun } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import type { Electorate } from '../federation/governance-record.ts';
import { REVOCATION_STATEMENTS_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readKey, writeKey } from '../sync/checkpoints.ts';
import { readStatement, type Statement, writeStatement } from '../sync/statement.ts';

export interface Revocation {
  /** Whose feed is sealed. */
  readonly origin: PeerIdText;
  /** Where the seal begins: what of a revoked feed is not certified goes. */
  readonly seq: 0;
  readonly statements: readonly Statement[];
}

/** Who may judge: the federation, and the witnesses it has and had. */
export interface Judges {
  /** Federation ID. */
  readonly id: string;
  readonly electorates: readonly Electorate[];
}

/** Whether statements of these signers put a revocation in force: a threshold of the witnesses of any one time. */
export function isInForce({ electorates }: Judges, target: PeerIdText, signers: ReadonlySet<PeerIdText>): boolean {
  if (signers.has(target)) return true;
  return electorates.some(({ witnesses, threshold }) => countIn(witnesses, signers) >= threshold);
}

/** Whether a revocation does not hold by the witnesses that these judges know. It may by others, or by another threshold, of an epoch they have not heard of. */
export function isBeyond({ origin, statements }: Revocation, judges: Judges): boolean {
  return !isInForce(judges, origin, new Set(statements.map((statement) => statement.origin)));
}

/** Checks all of a revocation but the signatures, and names those. Throws `revocation_invalid`. */
export function examineRevocation({ origin, statements }: Revocation, judges: Judges): SignatureJob[] {
  const signers = new Set<PeerIdText>();
  const jobs = statements.flatMap(({ origin: signer, seq, prev, entry }) => {
    const [candidate] = examineRun({ origin: signer, log: 'ledger', from: seq, prev, entries: [entry] }, judges.id);
    if (candidate?.revokes !== origin || signers.has(signer)) {
      throw new TessraxError('revocation_invalid', 'a statement revokes somebody else, or one signer speaks twice');
    }
    signers.add(signer);
    return candidate.jobs;
  });
  if (!isInForce(judges, origin, signers)) {
    throw new TessraxError('revocation_invalid', `${signers.size} statements do not put the revocation in force`, {
      fields: { statements: signers.size },
    });
  }
  return jobs;
}

export function writeRevocation(writer: BinaryWriter, { origin, statements }: Revocation): void {
  writeKey(writer, origin).varint(statements.length);
  for (const statement of statements) writeStatement(writer, statement);
}

export function readRevocation(reader: BinaryReader): Revocation {
  const origin = readKey(reader);
  const count = reader.count(REVOCATION_STATEMENTS_MAX, 'statements of a revocation');
  return { origin, seq: 0, statements: Array.from({ length: count }, () => readStatement(reader)) };
}

function countIn(witnesses: ReadonlySet<PeerIdText>, signers: ReadonlySet<PeerIdText>): number {
  let count = 0;
  for (const signer of signers) if (witnesses.has(signer)) count += 1;
  return count;
}
