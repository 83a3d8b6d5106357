/** Who is asked for what: at most one session with each peer, each feed from one peer at a time, several peers at once. */
import type { FeedRange } from '../events.ts';
import type { SealReason } from '../ledger/seal-reason.ts';
import { RANGES_COUNT_MAX, REQUEST_ENTRIES_MAX, SEALS_PER_REQUEST_MAX, SESSION_STEAL_MS } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { frontierRequest } from './frontier.ts';
import { encodeMessage } from './messages.ts';
import { reconcileRequest, shouldReconcile } from './reconciling.ts';
import { openSearch } from './search.ts';
import { standingName } from './standing.ts';
import { emit, type NodeState, nextId, type Peer } from './state.ts';

export function plan(state: NodeState): void {
  if (!state.planDue) return;
  state.planDue = false;
  const { monoMs, wallMs } = state.now;
  for (const [origin, { untilMs }] of state.held) if (untilMs <= wallMs) state.held.delete(origin);
  const free = [...state.peers.values()].filter((peer) => peer.session === undefined && peer.restUntilMs <= monoMs);
  for (const peer of free) if (peer.frontierDueMs <= monoMs) openFrontier(state, peer);
  for (const peer of free) if (peer.session === undefined) openSuspected(state, peer);
  const askable = free.filter((peer) => peer.session === undefined && peer.wanted.size > 0);
  const answering = [...state.peers.values()].filter((peer) => isAnswering(state, peer)).length;
  fetchFrom(
    state,
    askable.filter(({ id }) => standingName(state, id) === 'good'),
    answering,
  );
  if (answering > 0) return;
  // Who has points is asked for what none of the others has: its claims are worth less, but may be true.
  fetchFrom(
    state,
    askable.filter(({ id }) => standingName(state, id) !== 'good'),
    0,
  );
}

function fetchFrom(state: NodeState, peers: readonly Peer[], answering: number): void {
  peers.forEach((peer, i) => {
    // Peers that come later get a share too, and those about to say what they hold: it is usually the same.
    const sharers = peers.length - i + answering;
    const lacking = lackingFeeds(state, peer, sharers * RANGES_COUNT_MAX);
    openFetch(state, peer, lacking.slice(0, Math.ceil(lacking.length / sharers)));
  });
}

/** Whether a peer has been asked what it holds, and has not fallen silent over it. */
function isAnswering(state: NodeState, { session }: Peer): boolean {
  return session?.kind === 'frontier' && session.activityMs + SESSION_STEAL_MS > state.now.monoMs;
}

/** A suspicion comes before a fetch: what the peer holds of that feed is of no use before it is settled. */
function openSuspected(state: NodeState, peer: Peer): void {
  for (const [origin, size] of peer.suspects) {
    const high = Math.min(size, state.durable.heads.get(origin)?.size ?? 0) - 1;
    if (high < 0 || (state.seals.get(origin)?.proof.seq ?? Number.POSITIVE_INFINITY) <= 0) {
      peer.suspects.delete(origin);
      continue;
    }
    openSearch(state, peer, { origin, low: 0, high });
    return;
  }
}

function openFrontier(state: NodeState, peer: Peer): void {
  // Decisions travel in frontiers alone.
  const { frame, reconciliation } =
    shouldReconcile(state) && !peer.isAhead
      ? reconcileRequest(state)
      : { frame: frontierRequest(state), reconciliation: undefined };
  const stream = openStream(state, peer, frame);
  peer.isAhead = false;
  const { monoMs: activityMs } = state.now;
  peer.session = { kind: 'frontier', stream, activityMs, frames: 0, reconciliation, fruitful: false, decided: false };
}

function openFetch(state: NodeState, peer: Peer, lacking: readonly FeedRange[]): void {
  const ranges: FeedRange[] = [];
  let room = REQUEST_ENTRIES_MAX;
  for (const { origin, from, to } of lacking) {
    if (room === 0) break;
    const end = Math.min(to, from + room);
    ranges.push({ origin, from, to: end });
    room -= end - from;
  }
  if (ranges.length === 0) return;
  const frame = encodeMessage({
    kind: 'ranges_request',
    federation: state.federation.id,
    log: 'ledger',
    ranges,
    seals: sealsOf(state, ranges),
  });
  const stream = openStream(state, peer, frame);
  for (const { origin } of ranges) state.fetching.set(origin, peer.id);
  peer.session = {
    kind: 'fetch',
    stream,
    activityMs: state.now.monoMs,
    expected: new Map(ranges.map(({ origin, from, to }) => [origin, { next: from, to }])),
    deliveries: [],
    ended: false,
    closed: false,
  };
}

/** Of sealed feeds the peer is told why; it answers with what is certified, or seals the feed itself. */
function sealsOf(state: NodeState, ranges: readonly FeedRange[]): SealReason[] {
  const reasons = ranges.flatMap(({ origin, to }) => {
    const seal = state.seals.get(origin);
    return seal === undefined || to <= seal.proof.seq ? [] : [seal.proof];
  });
  return reasons.slice(0, SEALS_PER_REQUEST_MAX); // the rest at the next request
}

function openStream(state: NodeState, peer: Peer, frame: Uint8Array): number {
  const stream = nextId(state) * 2 + 1; // odd: ours
  state.sessions.set(stream, peer.id);
  emit(state, { kind: 'open', stream, peer: peer.id, frame });
  return stream;
}

/** What the peer has and we lack and nobody else is fetching: so many feeds of it at most. Claims that are satisfied meanwhile are dropped on the way. */
function lackingFeeds(state: NodeState, peer: Peer, max: number): FeedRange[] {
  const lacking: FeedRange[] = [];
  for (const [origin, to] of peer.wanted) {
    if (lacking.length === max) break;
    const from = state.ledger.size(origin);
    if (from >= to) {
      peer.wanted.delete(origin);
      continue;
    }
    if (state.epochs.writerRefusal(origin, from) !== undefined) continue; // our own, before the decision that lets us write
    if (state.held.get(origin)?.shownBy.has(peer.id) === true) continue;
    if (state.seals.get(origin)?.settled === false || isFetched(state, origin)) continue;
    lacking.push({ origin, from, to });
  }
  return lacking;
}

/** Whether a session brings this feed in already. One that has stood still for a while does not count. */
function isFetched(state: NodeState, origin: PeerIdText): boolean {
  const fetcher = state.fetching.get(origin);
  if (fetcher === undefined) return false;
  const session = state.peers.get(fetcher)?.session;
  return session?.kind === 'fetch' && session.activityMs + SESSION_STEAL_MS > state.now.monoMs;
}
