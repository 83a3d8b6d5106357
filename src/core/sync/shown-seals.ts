/** Why feeds are sealed for a peer, as it shows with a request: what is news here is checked first. */
import { isBeyond } from '../ledger/revocation.ts';
import { examineSealReason, isRevocation } from '../ledger/seal-reason.ts';
import type { RangesRequest } from './messages.ts';
import { sealedFrom } from './sealing.ts';
import { emit, type NodeState, nextId, type Served } from './state.ts';

/** Proofs that are news are checked before the request is answered. */
export function checkSeals(state: NodeState, served: Served, request: RangesRequest): boolean {
  // A revocation that only witnesses of an epoch not known here yet put in force is no fault of the peer: it is heard again.
  const news = request.seals.filter(
    (proof) => proof.seq < sealedFrom(state, proof.origin) && !(isRevocation(proof) && isBeyond(proof, state.epochs)),
  );
  if (news.length === 0) return false;
  const items = news.flatMap((proof) => examineSealReason(proof, state.epochs));
  served.state = 'serving';
  const job = nextId(state);
  state.jobs.set(job, { kind: 'request', stream: served.stream, peer: served.peer, request, proofs: news });
  emit(state, { kind: 'verify', job, items });
  return true;
}
