/** Connected peers: what each claims to hold, and how it stands. A claim bounds the work it can cause; it proves nothing. */
import { equalBytes } from '../bytes.ts';
import { type Checkpoint, checkpointOf } from '../ledger/ledger.ts';
import {
  FEEDS_COUNT_MAX,
  FRONTIER_INTERVAL_MS_MIN,
  FRONTIER_SERVED_INTERVAL_MS,
  HEARTBEAT_DEBOUNCE_MS_EACH,
  HEARTBEAT_DEBOUNCE_MS_MAX,
  PEER_POINTS_BAN,
  PEERS_COUNT_MAX,
  POINTS_OF_BREACH,
  POINTS_OF_EXCESS,
  POINTS_OF_FAILURE,
  POINTS_OF_FAILURES_MAX,
  SESSION_BACKOFF_MS,
  SESSION_BACKOFF_MS_MAX,
  SUSPECTS_MAX,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { ban, charge } from './standing.ts';
import { emit, type NodeState, type Peer } from './state.ts';

export function onPeerConnected(state: NodeState, id: PeerIdText): void {
  if (state.peers.has(id)) return;
  if (state.peers.size >= PEERS_COUNT_MAX) {
    emit(state, { kind: 'disconnect', peer: id, banMs: 0, code: 'too_many_peers' });
    return;
  }
  state.peers.set(id, {
    id,
    wanted: new Map(),
    suspects: new Map(),
    hasAnswered: false,
    height: 0,
    root: undefined,
    isAhead: false,
    mismatchSinceMs: undefined,
    session: undefined,
    frontierDueMs: state.now.monoMs, // pull on connect: gossip is never the only trigger
    frontierIntervalMs: FRONTIER_INTERVAL_MS_MIN,
    restUntilMs: 0,
    journal: undefined,
    restMs: SESSION_BACKOFF_MS,
  });
  heartbeatSoon(state);
  state.planDue = true;
}

export function onPeerDisconnected(state: NodeState, id: PeerIdText): void {
  // The streams to it end by themselves: the adapter reports each.
  state.peers.delete(id);
  for (const { shownBy } of state.held.values()) shownBy.delete(id);
  releaseFeeds(state, id);
}

/** The next entry of a feed lies in the future, as a peer shows. */
export function hold({ held }: NodeState, origin: PeerIdText, peer: PeerIdText, untilMs: number): void {
  const shownBy = held.get(origin)?.shownBy ?? new Set();
  held.set(origin, { untilMs: Math.min(untilMs, held.get(origin)?.untilMs ?? untilMs), shownBy: shownBy.add(peer) });
}

/** What was being fetched from a peer may be fetched from others. */
export function releaseFeeds(state: NodeState, id: PeerIdText): void {
  for (const [origin, fetcher] of state.fetching) if (fetcher === id) state.fetching.delete(origin);
  state.planDue = true;
}

/** Takes what a peer claims to hold of some feeds. Gives back whether it has something that we lack and may take. */
export function takeClaims(state: NodeState, peer: Peer, checkpoints: readonly Checkpoint[]): boolean {
  for (const { origin, size, root } of checkpoints) {
    const head = state.durable.heads.get(origin);
    // What is not durable yet is compared another time.
    if (head === undefined || head.size !== size || state.ledger.size(origin) !== size) continue;
    if (!equalBytes(checkpointOf(head).root, root)) suspect(state, peer, origin, size);
  }
  return takeSizes(state, peer, checkpoints);
}

/** The same of claims without roots. */
export function takeSizes(
  state: NodeState,
  peer: Peer,
  claims: readonly { readonly origin: PeerIdText; readonly size: number }[],
): boolean {
  let news = false;
  for (const { origin, size } of claims) {
    const held = state.ledger.size(origin);
    if (size <= held) continue;
    if (held === 0 && state.ledger.feedCount >= FEEDS_COUNT_MAX) continue;
    if (peer.wanted.size >= FEEDS_COUNT_MAX || !mayClaim(state, origin, held)) continue;
    peer.wanted.set(origin, Math.max(size, peer.wanted.get(origin) ?? 0));
    news = true;
  }
  if (news) state.planDue = true;
  return news;
}

/** Its own feed a node must know of before it writes, even while it lacks the decision that made it a writer. */
function mayClaim({ epochs, self }: NodeState, origin: PeerIdText, seq: number): boolean {
  return origin === self || epochs.writerRefusal(origin, seq) === undefined;
}

/** Notes that the peer holds another branch of a feed: they differ somewhere below `size`. A search follows. */
export function suspect(state: NodeState, peer: Peer, origin: PeerIdText, size: number): void {
  if (size === 0 || peer.suspects.size >= SUSPECTS_MAX || state.seals.get(origin)?.proof.seq === 0) return;
  peer.suspects.set(origin, size);
  state.planDue = true;
}

/** Compares the root a peer signed with ours, and asks for its frontier when nothing known explains a difference. */
export function compareRoots(state: NodeState, peer: Peer): void {
  if (peer.root === undefined) return;
  const { monoMs } = state.now;
  if (equalBytes(peer.root, state.durable.root)) {
    peer.wanted.clear();
    if (peer.mismatchSinceMs === undefined) return;
    emit(state, {
      kind: 'note',
      note: { name: 'conflict_resolved', peer: peer.id, durationMs: monoMs - peer.mismatchSinceMs },
    });
    peer.mismatchSinceMs = undefined;
    peer.frontierIntervalMs = FRONTIER_INTERVAL_MS_MIN;
    return;
  }
  if (peer.mismatchSinceMs === undefined) {
    peer.mismatchSinceMs = monoMs;
    emit(state, { kind: 'note', note: { name: 'conflict_seen', peer: peer.id } });
  }
  if (peer.wanted.size === 0) peer.frontierDueMs = Math.min(peer.frontierDueMs, monoMs + peer.frontierIntervalMs);
  state.planDue = true;
}

/** It holds something that we lack and cannot name: its frontier tells. Asked for in vain, less and less soon. */
export function expectMore(state: NodeState, peer: Peer): void {
  peer.isAhead = true;
  const afterMs = Math.max(peer.frontierIntervalMs, FRONTIER_SERVED_INTERVAL_MS);
  peer.frontierDueMs = Math.min(peer.frontierDueMs, state.now.monoMs + afterMs);
  state.planDue = true;
}

/** After an append everywhere: which peers now agree with us. */
export function compareAllRoots(state: NodeState): void {
  for (const peer of state.peers.values()) if (peer.mismatchSinceMs !== undefined) compareRoots(state, peer);
}

/** Failures that cost points: a promise of the peer's was not kept. The rest is chance, or a line that broke. */
const BROKEN_PROMISES: ReadonlySet<string> = new Set(['stalled', 'not_served']);

/** Lets a peer rest after a session that failed; twice as long each time. */
export function rest(state: NodeState, id: PeerIdText, code: string): void {
  emit(state, { kind: 'note', note: { name: 'session_failed', peer: id, code } });
  // Slow and cut off peers fail too: that alone must not part us from them.
  if (BROKEN_PROMISES.has(code))
    charge(state, id, { points: POINTS_OF_FAILURE, why: code, max: POINTS_OF_FAILURES_MAX });
  const peer = state.peers.get(id);
  if (peer === undefined) return;
  peer.restUntilMs = state.now.monoMs + peer.restMs;
  peer.restMs = Math.min(peer.restMs * 2, SESSION_BACKOFF_MS_MAX);
}

/** A peer that broke a rule which no honest node breaks is dropped. Others do not notice. */
export function misbehaved(state: NodeState, peer: PeerIdText, code: string): void {
  charge(state, peer, { points: POINTS_OF_BREACH, why: code });
  refuse(state, peer, code);
}

/** A peer that asks more than it may is refused each time, and dropped when it does not stop. */
export function exceeded(state: NodeState, peer: PeerIdText, code: string): void {
  if (charge(state, peer, { points: POINTS_OF_EXCESS, why: code }) >= PEER_POINTS_BAN) refuse(state, peer, code);
}

function refuse(state: NodeState, peer: PeerIdText, code: string): void {
  emit(state, { kind: 'note', note: { name: 'peer_misbehaved', peer, code } });
  emit(state, { kind: 'disconnect', peer, banMs: ban(state, peer), code });
}

/** Brings the next heartbeat forward, leaving time for more changes. */
export function heartbeatSoon(state: NodeState): void {
  state.heartbeat.intervalMs = state.rhythm.heartbeatIntervalMs;
  state.heartbeat.idle = 0;
  state.heartbeat.dueMs = Math.min(state.heartbeat.dueMs, state.now.monoMs + debounceMs(state));
}

/** Grows with the nodes that are heard: all of them tell all others, and under constant load each of them as often as this allows. */
export function debounceMs(state: NodeState): number {
  const { heartbeatDebounceMs } = state.rhythm;
  const grownMs = Math.min(state.counters.size * HEARTBEAT_DEBOUNCE_MS_EACH, HEARTBEAT_DEBOUNCE_MS_MAX);
  return Math.max(heartbeatDebounceMs, grownMs);
}
