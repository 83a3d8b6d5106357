/** The frontier exchange: all checkpoints of both sides in one round; with thousands of feeds see reconciling.ts. */
import { BinaryReader } from '../binary.ts';
import { type Decision, readDecision } from '../federation/decision.ts';
import { type Checkpoint, checkpointOf } from '../ledger/ledger.ts';
import {
  DECISIONS_BYTES_TARGET,
  DECISIONS_COUNT_MAX,
  FRONTIER_CHECKPOINTS_MAX,
  FRONTIER_FRAMES_MAX,
  FRONTIER_INTERVAL_MS_MIN,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { takeDecisions } from './governing.ts';
import { encodeMessage, type Message } from './messages.ts';
import { exceeded, expectMore, misbehaved, takeClaims } from './peers.ts';
import { mayRequestFrontier } from './standing.ts';
import { emit, type FrontierSession, type NodeState, nextId, type Peer, type Served } from './state.ts';

export function frontierRequest(state: NodeState): Uint8Array {
  const checkpoints = durableCheckpoints(state).slice(0, FRONTIER_CHECKPOINTS_MAX);
  return encodeMessage({
    kind: 'frontier_request',
    federation: state.federation.id,
    epoch: state.epochs.epoch,
    checkpoints,
  });
}

/** Answers with everything we hold, and takes what the peer says it holds; `busy` to one that asks too often, which rests then. */
export function serveFrontier(
  state: NodeState,
  served: Served,
  request: Extract<Message, { kind: 'frontier_request' }>,
): void {
  if (!mayRequestFrontier(state, served.peer)) {
    refuseFrontier(state, served);
    return;
  }
  served.state = 'ended';
  const peer = state.peers.get(served.peer);
  if (peer !== undefined) takeClaims(state, peer, request.checkpoints);
  if (request.epoch >= state.epochs.epoch) {
    if (peer !== undefined && request.epoch > state.epochs.epoch) expectMore(state, peer);
    sendFrontier(state, served, []);
    return;
  }
  served.deciding = nextId(state);
  state.reads.set(served.deciding, served.stream);
  emit(state, { kind: 'decisions', job: served.deciding, from: request.epoch, bytesMax: DECISIONS_BYTES_TARGET });
}

/** The decisions that the peer lacks were read. */
export function onDecisions(state: NodeState, job: number, decisions: readonly Uint8Array[]): void {
  const served = state.served.get(state.reads.get(job) ?? 0);
  state.reads.delete(job);
  if (served?.deciding !== job) return; // the stream is gone
  const lacking = decisions.slice(0, DECISIONS_COUNT_MAX).map((bytes) => readDecision(new BinaryReader(bytes)));
  sendFrontier(state, served, lacking);
}

function sendFrontier(state: NodeState, served: Served, decisions: readonly Decision[]): void {
  served.activityMs = state.now.monoMs;
  const checkpoints = durableCheckpoints(state);
  let at = 0;
  do {
    const part = {
      checkpoints: checkpoints.slice(at, at + FRONTIER_CHECKPOINTS_MAX),
      decisions: at === 0 ? decisions : [],
    };
    at += FRONTIER_CHECKPOINTS_MAX;
    const frame = encodeMessage({ kind: 'frontier', more: at < checkpoints.length, ...part });
    emit(state, { kind: 'send', stream: served.stream, frame });
  } while (at < checkpoints.length);
  emit(state, { kind: 'close', stream: served.stream });
}

/** To a peer that asks more often than it may. */
export function refuseFrontier(state: NodeState, served: Served): void {
  served.state = 'ended';
  emit(state, { kind: 'send', stream: served.stream, frame: encodeMessage({ kind: 'end', status: 'busy' }) });
  emit(state, { kind: 'close', stream: served.stream });
  exceeded(state, served.peer, 'frontiers_too_many');
}

/** Takes one frame of the answer; after the last the session is over. */
export function onFrontier(
  state: NodeState,
  peer: Peer,
  session: FrontierSession,
  frame: Extract<Message, { kind: 'frontier' }>,
): void {
  session.activityMs = state.now.monoMs;
  session.frames += 1;
  if (session.frames > FRONTIER_FRAMES_MAX) {
    misbehaved(state, peer.id, 'frontier_too_long');
    return;
  }
  if (takeClaims(state, peer, frame.checkpoints)) session.fruitful = true;
  if (frame.decisions.length > 0) {
    session.fruitful = true;
    session.decided = true;
    takeDecisions(state, peer.id, frame.decisions);
  }
  if (frame.more) return;
  emit(state, { kind: 'close', stream: session.stream });
  finishFrontier(state, peer, session.fruitful);
  if (session.decided)
    expectMore(state, peer); // there may be more of them, and other witnesses
  else peer.hasAnswered = true;
}

/** The next exchange comes with the timer; sooner, but less and less soon, while roots differ and nothing comes of it. */
export function finishFrontier(state: NodeState, peer: Peer, fruitful: boolean): void {
  const { frontierIntervalMs } = state.rhythm;
  peer.session = undefined;
  peer.frontierIntervalMs = fruitful
    ? FRONTIER_INTERVAL_MS_MIN
    : Math.min(peer.frontierIntervalMs * 2, frontierIntervalMs);
  peer.frontierDueMs = state.now.monoMs + jitter(state, frontierIntervalMs);
  state.planDue = true;
}

function durableCheckpoints(state: NodeState): Checkpoint[] {
  return [...state.durable.heads.values()].filter(({ origin }) => !isCutOff(state, origin)).map(checkpointOf);
}

/** What is being cut off is not spoken of any more. */
export function isCutOff(state: NodeState, origin: PeerIdText): boolean {
  return state.batches.some(({ cuts, heads }) => cuts && heads.some((head) => head.origin === origin));
}

/** Between three quarters and five quarters of an interval, so that nodes do not fall into step. */
function jitter(state: NodeState, intervalMs: number): number {
  const [byte = 0] = state.author.random(1);
  return Math.round(intervalMs * (0.75 + byte / 512));
}
