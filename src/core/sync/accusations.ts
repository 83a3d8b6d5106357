/** What entries say against a node is written in one batch with them: a crash leaves both, or neither. */
import { BinaryReader } from '../binary.ts';
import type { Candidate } from '../entry/examine.ts';
import type { SealRecord, StoreBatch } from '../events.ts';
import { writerRefusal } from '../federation/genesis.ts';
import { REVOKED_COUNT_MAX } from '../limits.ts';
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

/** REVOCATION entries of those who have a say: witnesses, and the node itself; one of each. */
export function revocationsIn(state: NodeState, stored: readonly Candidate[]): Accusation[] {
  return stored.flatMap(({ origin, seq, prev, bytes, revokes: target }) => {
    if (target === undefined || (origin !== target && !state.certification.witnesses.has(origin))) return [];
    const known = state.revocations.get(target);
    if (known?.has(origin) === true || (known === undefined && state.revocations.size >= REVOKED_COUNT_MAX)) return [];
    return [{ target, statement: { origin, seq, prev, entry: readRunEntry(new BinaryReader(bytes)) } }];
  });
}

function sealBy(state: NodeState, { fork }: Candidate): SealRecord[] {
  if (fork === undefined || writerRefusal(state.federation, fork.origin, fork.seq) !== undefined) return [];
  const known = state.seals.get(fork.origin);
  const proof = known !== undefined && known.proof.seq <= fork.seq ? known.proof : fork;
  return [{ proof, certificate: known?.certificate, scarred: true }];
}
