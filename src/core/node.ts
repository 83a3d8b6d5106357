/**
 * The node: `step(state, event) -> effects`, the one place where it is decided what happens.
 *
 * Invariants, each guarded where it is named:
 *  1. Verify, then append: nothing enters the ledger whose every signature, hash and link was not checked here (fetch.ts, gossip.ts).
 *  2. Persist, then speak: heartbeats, replies, confirmations and deltas name only what the store has acknowledged (`onStored`).
 *  3. Batches become durable in the order in which they were committed (commit.ts, `settle`).
 *  4. What is accepted depends on bytes and prefix; clocks and delivery only decide when (admission.ts).
 *  5. A peer's claim bounds the work it causes; no peer's silence stops another's (plan.ts).
 *  6. Converged and idle, nothing is appended anywhere.
 *  7. The same events, with the same times and dice, give the same effects.
 */
import { TessraxError } from './errors.ts';
import type { Effect, Event, PlacedEntry, Stamp } from './events.ts';
import { onAppend, onDraftsVerified } from './sync/append.ts';
import { settle } from './sync/commit.ts';
import { declareAdopted } from './sync/declaring.ts';
import { onDeliveryVerified } from './sync/fetch.ts';
import { onDecisions } from './sync/frontier.ts';
import { beat, onGossip, onHeartbeatVerified, onPushVerified } from './sync/gossip.ts';
import { govern, onDecisionsVerified, onEvidence, onGovernance } from './sync/governing.ts';
import { misbehaved, onPeerConnected, onPeerDisconnected } from './sync/peers.ts';
import { plan } from './sync/plan.ts';
import { checkRejoin, holdAppend } from './sync/rejoin.ts';
import { onRevocationVerified } from './sync/revocation-gossip.ts';
import { enforceAll, isRevoked, part } from './sync/revoking.ts';
import { recordScars } from './sync/scars.ts';
import { onSealRead, settleSeals } from './sync/sealing.ts';
import { onForkVerified, onOwnHeaders } from './sync/search.ts';
import { onConfirmVerified, onPaths, onRead, onRequestVerified, onStreamOpened } from './sync/serve.ts';
import type { NodeState } from './sync/state.ts';
import { onStored } from './sync/stored.ts';
import { dropIdleStreams, onFrame, onStreamClosed, wakeTime } from './sync/streams.ts';
import { onRoots } from './sync/voting.ts';

export { createNodeState, DEFAULT_RHYTHM, type NodeOptions } from './node-state.ts';
export type { NodeState, Rhythm } from './sync/state.ts';

export interface StepResult {
  readonly effects: readonly Effect[];
  /** Monotonic time at which the node wants a `tick`, if nothing else happens before. */
  readonly wakeMs: number;
}

/** Takes one event. `state` is changed in place and belongs to the caller; nothing else is touched. */
export function step(state: NodeState, now: Stamp, event: Event): StepResult {
  state.now = now;
  state.effects = [];
  // The wake-up that was asked for may be overtaken by any other event at that moment: then that one does its work.
  if (now.monoMs >= state.wakeMs) state.planDue = true;
  dispatch(state, event);
  if (event.kind === 'stored' || event.kind === 'tick' || event.kind === 'seal_read') {
    enforceAll(state);
    settleSeals(state);
    recordScars(state);
  }
  govern(state);
  declareAdopted(state);
  checkRejoin(state);
  dropIdleStreams(state);
  plan(state);
  beat(state);
  state.wakeMs = wakeTime(state);
  return { effects: state.effects, wakeMs: state.wakeMs };
}

function dispatch(state: NodeState, event: Event): void {
  switch (event.kind) {
    case 'tick':
      state.planDue = true;
      return;
    case 'append':
      onAppend(
        state,
        event.requests.filter((asked) => !holdAppend(state, asked)),
      );
      return;
    case 'verified':
      onVerified(state, event.job, event.valid);
      return;
    case 'stored':
      onStored(state, settle(state, event.batch));
      return;
    case 'read':
      onReadAny(state, event.job, event.entries);
      return;
    case 'seal_read':
      onSealRead(state, event.job, event.head, event.votes);
      return;
    case 'paths':
      onPaths(state, event.job, event.paths);
      return;
    case 'governance':
      onGovernance(state, event.job, event.entries);
      return;
    case 'decisions':
      onDecisions(state, event.job, event.decisions);
      return;
    case 'roots':
      onRoots(state, event.job, event.roots);
      return;
    case 'peer_connected':
      onPeerConnected(state, event.peer);
      if (isRevoked(state, event.peer)) part(state, event.peer);
      return;
    case 'peer_disconnected':
      onPeerDisconnected(state, event.peer);
      return;
    case 'peer_flooded':
      misbehaved(state, event.peer, 'gossip_flood');
      return;
    case 'gossip':
      onGossip(state, event.topic, event);
      return;
    case 'stream_opened':
      onStreamOpened(state, event.stream, event.peer);
      return;
    case 'frame':
      onFrame(state, event.stream, event.data);
      return;
    case 'stream_closed':
      onStreamClosed(state, event.stream);
      return;
  }
}

function onVerified(state: NodeState, id: number, valid: readonly boolean[]): void {
  const job = state.jobs.get(id);
  state.jobs.delete(id);
  switch (job?.kind) {
    case 'heartbeat':
      onHeartbeatVerified(state, job, valid);
      return;
    case 'push':
      onPushVerified(state, job, valid);
      return;
    case 'revocation':
      onRevocationVerified(state, job, valid);
      return;
    case 'delivery':
      onDeliveryVerified(state, job, valid);
      return;
    case 'fork':
      onForkVerified(state, job, valid);
      return;
    case 'decisions':
      onDecisionsVerified(state, job, valid);
      return;
    case 'request':
      onRequestVerified(state, job, valid);
      return;
    case 'confirm':
      onConfirmVerified(state, job, valid);
      return;
    case 'append':
      onDraftsVerified(state, job, valid);
      return;
    default:
      throw new TessraxError('job_unknown', `verification job ${id} was never started, or answered twice`);
  }
}

/** Entries read for a peer that asked, or for a search of our own. */
function onReadAny(state: NodeState, job: number, entries: readonly PlacedEntry[]): void {
  if (onEvidence(state, job, entries)) return;
  for (const peer of state.peers.values()) {
    if (peer.session?.kind !== 'search' || peer.session.reading !== job) continue;
    state.reads.delete(job);
    onOwnHeaders(state, peer, peer.session, entries);
    return;
  }
  onRead(state, job, entries);
}
