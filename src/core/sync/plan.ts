/** Who is asked for what: at most one session with each peer, each feed from one peer at a time, several peers at once. */
import type { FeedRange } from '../events.ts';
import { RANGES_COUNT_MAX, REQUEST_ENTRIES_MAX, SESSION_STEAL_MS } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { encodeMessage } from './messages.ts';
import { emit, type NodeState, nextId, type Peer } from './state.ts';
import { frontierRequest } from './frontier.ts';

export function plan(state: NodeState): void {
  if (!state.planDue) return;
  state.planDue = false;
  const { monoMs, wallMs } = state.now;
  for (const [origin, untilMs] of state.held) if (untilMs <= wallMs) state.held.delete(origin);
  const free = [...state.peers.values()].filter((peer) => peer.session === undefined && peer.restUntilMs <= monoMs);
  for (const peer of free) if (peer.frontierDueMs <= monoMs) openFrontier(state, peer);
  const askable = free.filter((peer) => peer.session === undefined && peer.wanted.size > 0);
  askable.forEach((peer, i) => {
    const lacking = lackingFeeds(state, peer);
    // Peers that come later get a share too: what they hold is usually the same.
    const share = Math.ceil(lacking.length / (askable.length - i));
    openFetch(state, peer, lacking.slice(0, Math.min(share, RANGES_COUNT_MAX)));
  });
}

function openFrontier(state: NodeState, peer: Peer): void {
  const stream = openStream(state, peer, frontierRequest(state));
  peer.session = { kind: 'frontier', stream, activityMs: state.now.monoMs, frames: 0, fruitful: false };
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
  const frame = encodeMessage({ kind: 'ranges_request', federation: state.federation.id, log: 'ledger', ranges });
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

function openStream(state: NodeState, peer: Peer, frame: Uint8Array): number {
  const stream = nextId(state) * 2 + 1; // odd: ours
  state.sessions.set(stream, peer.id);
  emit(state, { kind: 'open', stream, peer: peer.id, frame });
  return stream;
}

/** What the peer has and we lack and nobody else is fetching. Claims that are satisfied meanwhile are dropped on the way. */
function lackingFeeds(state: NodeState, peer: Peer): FeedRange[] {
  const lacking: FeedRange[] = [];
  for (const [origin, to] of peer.wanted) {
    const from = state.ledger.size(origin);
    if (from >= to) {
      peer.wanted.delete(origin);
      continue;
    }
    if (state.held.has(origin) || isFetched(state, origin)) continue;
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
