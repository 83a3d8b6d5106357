/** What entries say against a node is written in one batch with them: a crash leaves both, or neither. */
import { BinaryReader } from '../binary.ts';
import type { Candidate } from '../entry/examine.ts';
import type { SealRecord, StoreBatch } from '../events.ts';
import type { ForkProof } from '../ledger/fork.ts';
import { isRevocation } from '../ledger/seal-reason.ts';
import { REVOCATIONS_UNHEARD_MAX, REVOKED_PER_WITNESS_MAX, SEALS_IDLE_MAX } from '../limits.ts';
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

/** Whether a node may speak against another: itself, and who is a witness or was one: a statement that counted goes on counting. */
export function hasSay({ epochs }: Pick<NodeState, 'epochs'>, signer: PeerIdText, target: PeerIdText): boolean {
  return signer === target || epochs.wasWitness(signer);
}

/**
 * REVOCATION entries of those who have a say; one of each. Those of others are kept too, as far as there is room: who becomes a witness
 * is heard then, whatever came first.
 */
export function revocationsIn(state: NodeState, stored: readonly Candidate[]): Accusation[] {
  return stored.flatMap(({ origin, seq, prev, bytes, revokes: target }) => {
    if (target === undefined) return [];
    const isKept = mayRevoke(state, origin, target) || mayWait(state, origin, target);
    if (!isKept) return [];
    return [{ target, statement: { origin, seq, prev, entry: readRunEntry(new BinaryReader(bytes)) } }];
  });
}

/**
 * Whether a statement of this signer on this node counts, and is news: witnesses have a say, and a node on itself. Room is by signer, so
 * that none of them can take it from the others; of itself a node speaks once, and only one whose feed we hold.
 */
export function mayRevoke(state: NodeState, signer: PeerIdText, target: PeerIdText): boolean {
  if (state.revocations.get(target)?.has(signer) === true) return false;
  if (state.epochs.wasWitness(signer)) return spokenBy(state, signer) < REVOKED_PER_WITNESS_MAX;
  return signer === target && state.ledger.size(signer) > 0;
}

/** Whether a statement that does not count is kept in case it will. */
function mayWait(state: NodeState, signer: PeerIdText, target: PeerIdText): boolean {
  if (hasSay(state, signer, target) || state.unheard.has(unheardName(signer, target))) return false;
  return state.unheard.size < REVOCATIONS_UNHEARD_MAX;
}

export function unheardName(signer: PeerIdText, target: PeerIdText): string {
  return `${signer} ${target}`;
}

function spokenBy(state: NodeState, signer: PeerIdText): number {
  let count = 0;
  for (const statements of state.revocations.values()) if (statements.has(signer)) count += 1;
  return count;
}

/**
 * Whether a fork seals a feed. Who may not write has none here; but a decision may make a writer of it yet, and what a scar says
 * must count then, whatever came first. So those of scars are kept, as far as there is room; others are shown again.
 */
export function maySeal(state: NodeState, fork: ForkProof, scarred: boolean): boolean {
  const { epochs, seals } = state;
  const refusal = epochs.writerRefusal(fork.origin, fork.seq);
  if (refusal === undefined) return true;
  if (refusal !== 'not_a_writer' || !scarred) return false;
  if (seals.has(fork.origin)) return true;
  let idle = 0;
  for (const [origin, { proof }] of seals)
    if (!isRevocation(proof) && epochs.writerRefusal(origin, proof.seq) === 'not_a_writer') idle += 1;
  return idle < SEALS_IDLE_MAX;
}

function sealBy(state: NodeState, { fork }: Candidate): SealRecord[] {
  if (fork === undefined || !maySeal(state, fork, true)) return [];
  const known = state.seals.get(fork.origin);
  const proof = known !== undefined && known.proof.seq <= fork.seq ? known.proof : fork;
  return [{ proof, certificate: known?.certificate, scarred: true }];
}
