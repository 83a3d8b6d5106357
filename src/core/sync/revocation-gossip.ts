/**
 * Revocations on a topic of their own: a statement reaches everyone at once, even who cannot get at the entries before it. It is
 * the entry itself, so that gossip and feed say the same, and who has heard one learns nothing new from the other.
 */
import { examineRun } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import { mayRevoke } from './accusations.ts';
import { commit } from './commit.ts';
import { type Received, refuseForged, startJob, verdict } from './judging.ts';
import { decodeMessage } from './messages.ts';
import type { Job, NodeState } from './state.ts';

export function onRevocation(state: NodeState, received: Received): void {
  const message = decodeMessage(received.data);
  if (message.kind !== 'revocation') {
    throw new TessraxError('message_unexpected', `a ${message.kind} on the revocations topic`);
  }
  const { origin, seq, prev, entry } = message.statement;
  const run = { origin, log: 'ledger', from: seq, prev, entries: [entry] } as const;
  const [candidate] = examineRun(run, state.federation.id);
  const target = candidate?.revokes;
  if (candidate === undefined || target === undefined) {
    throw new TessraxError('revocation_invalid', 'an entry on the revocations topic that revokes nobody');
  }
  if (!mayRevoke(state, origin, target)) {
    verdict(state, received, 'ignore'); // known, or of somebody whose word does not count here
    return;
  }
  const { id, from } = received;
  const { statement } = message;
  startJob(state, { kind: 'revocation', id, from, target, statement }, candidate.jobs);
}

/** What holds is kept before it is acted on: after a crash the node still knows whom it parted from, and why. */
export function onRevocationVerified(
  state: NodeState,
  job: Extract<Job, { kind: 'revocation' }>,
  valid: readonly boolean[],
): void {
  state.gossipPending -= 1;
  if (refuseForged(state, job, valid)) return;
  verdict(state, job, 'accept');
  const { target, statement } = job;
  if (!mayRevoke(state, statement.origin, target)) return; // stored meanwhile
  commit(state, { admissions: [], revocations: [{ target, statement }] }, { kind: 'revocation', target, statement });
}
