/** What entries say against a node is written in one batch with them: a crash leaves both, or neither. */
import { BinaryReader } from '../binary.ts';
import type { Candidate } from '../entry/examine.ts';
import type { SealRecord, StoreBatch } from '../events.ts';
import { writerRefusal } from '../federation/genesis.ts';
import { REVOKED_PER_WITNESS_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { NodeState } from './state.ts';
import { readRunEntry, type Statement } from './statement.ts';

export interface Accusation {
  readonly target: PeerIdText;
  readonly statement: Statement;
}

/** The records that go with entries: seals for the forks they prove, statements for those they revoke. */
export function accusationsIn(
  state: NodeState,
  stored: readonly Candidate[],
): Pick<StoreBatch, 'seals' | 'revocations'> {
  const seals = stored.flatMap((candidate) => sealBy(state, candidate));
  const revocations = revocationsIn(state, stored);
  return {
    ...(seals.length === 0 ? {} : { seals }),
    ...(revocations.length === 0 ? {} : { revocations }),
  };
}

/** REVOCATION entries of those who have a say; one of each. */
export function revocationsIn(state: NodeState, stored: readonly Candidate[]): Accusation[] {
  return stored.flatMap(({ origin, seq, prev, bytes, revokes: target }) => {
    if (target === undefined || !mayRevoke(state, origin, target)) return [];
    return [{ target, statement: { origin, seq, prev, entry: readRunEntry(new BinaryReader(bytes)) } }];
  });
}

/**
 * Whether a statement of this signer on this node counts, and is news: witnesses have a say, and a node on itself. Room is by signer, so
 * that none of them can take it from the others; of itself a node speaks once, and only one whose feed we hold.
 */
export function mayRevoke(state: NodeState, signer: PeerIdText, target: PeerIdText): boolean {
  if (state.revocations.get(target)?.has(signer) === true) return false;
  if (state.certification.witnesses.has(signer)) return spokenBy(state, signer) < REVOKED_PER_WITNESS_MAX;
  return signer === target && state.ledger.size(signer) > 0;
}

function spokenBy(state: NodeState, signer: PeerIdText): number {
  let count = 0;
  for (const statements of state.revocations.values()) if (statements.has(signer)) count += 1;
  return count;
}

function sealBy(state: NodeState, { fork }: Candidate): SealRecord[] {
  if (fork === undefined || writerRefusal(state.federation, fork.origin, fork.seq) !== undefined) return [];
  const known = state.seals.get(fork.origin);
  const proof = known !== undefined && known.proof.seq <= fork.seq ? known.proof : fork;
  return [{ proof, certificate: known?.certificate, scarred: true }];
}
