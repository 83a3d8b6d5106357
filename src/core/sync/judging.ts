/** Verdicts on gossip messages: each gets one, after its signatures were checked. */
import type { GossipVerdict, SignatureJob } from '../events.ts';
import type { PeerIdText } from '../peer-id.ts';
import { misbehaved } from './peers.ts';
import { emit, type Job, type NodeState, nextId } from './state.ts';

/** A message as it came, from whoever passed it on. */
export interface Received {
  readonly id: string;
  readonly from: PeerIdText;
  readonly data: Uint8Array;
}

export function verdict(state: NodeState, { id, from }: Pick<Received, 'id' | 'from'>, given: GossipVerdict): void {
  emit(state, { kind: 'gossip_verdict', id, from, verdict: given });
}

/** Has the signatures of a message checked; it counts as pending until then. */
export function startJob(
  state: NodeState,
  job: Extract<Job, { kind: 'heartbeat' | 'push' | 'revocation' }>,
  items: readonly SignatureJob[],
): void {
  state.gossipPending += 1;
  const id = nextId(state);
  state.jobs.set(id, job);
  emit(state, { kind: 'verify', job: id, items });
}

/** Whether a signature does not hold. Who passed it on did not check it, and is no honest node. */
export function refuseForged(state: NodeState, job: Pick<Received, 'id' | 'from'>, valid: readonly boolean[]): boolean {
  if (valid.every(Boolean)) return false;
  verdict(state, job, 'reject');
  misbehaved(state, job.from, 'signature_invalid');
  return true;
}
