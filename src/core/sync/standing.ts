/**
 * What a peer costs. Faults give points, points halve with monotonic time; with some a peer is asked last, with many it is
 * refused for a while. It decides whom we ask and listen to, never what is accepted, and is forgotten at a restart.
 */
import {
  BAN_MS,
  FRONTIER_SERVED_INTERVAL_MS,
  FRONTIERS_AT_ONCE_MAX,
  PEER_POINTS_BAN,
  PEER_POINTS_HALF_LIFE_MS,
  PEER_POINTS_LAST,
  PEER_POINTS_MAX,
  PEER_STANDINGS_MAX,
  REQUEST_INTERVAL_MS,
  REQUESTS_AT_ONCE_MAX,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { NodeState } from './state.ts';

/** Kept for each of the last PEER_STANDINGS_MAX peers that asked for something or did something wrong. */
export interface Standing {
  /** As they were at `atMs` (monotonic). */
  points: number;
  atMs: number;
  /** Its connections are closed until then (monotonic). */
  bannedUntilMs: number;
  /** The last fault; empty without one. */
  why: string;
  /** Until when (monotonic) the peer's rates are used up, by what it asked so far. */
  requestsMs: number;
  frontiersMs: number;
}

/** `last`: asked when nobody else has what we lack. `banned`: its connections are closed. */
export type StandingName = 'good' | 'last' | 'banned';

/** A peer's points by now; 0 of one that nothing is known against. */
export function pointsOf(state: NodeState, peer: PeerIdText): number {
  const standing = state.standings.get(peer);
  if (standing === undefined) return 0;
  return standing.points * 0.5 ** ((state.now.monoMs - standing.atMs) / PEER_POINTS_HALF_LIFE_MS);
}

/** Adds points, up to `max` in all; what a peer has beyond `max` already stays. Gives back its points after it. */
export function charge(
  state: NodeState,
  peer: PeerIdText,
  { points, why, max = PEER_POINTS_MAX }: { readonly points: number; readonly why: string; readonly max?: number },
): number {
  const before = pointsOf(state, peer);
  if (isBanned(state, peer)) return before;
  const standing = standingOf(state, peer);
  standing.points = Math.max(before, Math.min(before + points, max));
  standing.atMs = state.now.monoMs;
  standing.why = why;
  return standing.points;
}

/**
 * Refuses a peer that has points enough for it, and says for how long: longer the more it has. What still arrives of a peer that is
 * refused already is part of the same fault, and adds nothing.
 */
export function ban(state: NodeState, peer: PeerIdText): number {
  const { now } = state;
  const standing = standingOf(state, peer);
  if (standing.bannedUntilMs <= now.monoMs) {
    standing.bannedUntilMs = now.monoMs + Math.round((BAN_MS * pointsOf(state, peer)) / PEER_POINTS_BAN);
  }
  return standing.bannedUntilMs - now.monoMs;
}

/** How a peer stands. */
export function standingName(state: NodeState, peer: PeerIdText): StandingName {
  if (isBanned(state, peer)) return 'banned';
  return pointsOf(state, peer) >= PEER_POINTS_LAST ? 'last' : 'good';
}

function isBanned(state: NodeState, peer: PeerIdText): boolean {
  return (state.standings.get(peer)?.bannedUntilMs ?? 0) > state.now.monoMs;
}

/** Whether a request of the peer is within its rate; one that is uses some of it up. */
export function mayRequest(state: NodeState, peer: PeerIdText): boolean {
  const standing = standingOf(state, peer);
  const nextMs = nextOf(standing.requestsMs, state.now.monoMs, REQUEST_INTERVAL_MS, REQUESTS_AT_ONCE_MAX);
  if (nextMs !== undefined) standing.requestsMs = nextMs;
  return nextMs !== undefined;
}

/** The same for frontiers. */
export function mayRequestFrontier(state: NodeState, peer: PeerIdText): boolean {
  const standing = standingOf(state, peer);
  const nextMs = nextOf(standing.frontiersMs, state.now.monoMs, FRONTIER_SERVED_INTERVAL_MS, FRONTIERS_AT_ONCE_MAX);
  if (nextMs !== undefined) standing.frontiersMs = nextMs;
  return nextMs !== undefined;
}

/** A token bucket in one number: the time at which it is full again. Undefined when it is empty. */
function nextOf(fullMs: number, monoMs: number, intervalMs: number, atOnce: number): number | undefined {
  const nextMs = Math.max(fullMs, monoMs) + intervalMs;
  return nextMs > monoMs + intervalMs * atOnce ? undefined : nextMs;
}

/** The peer's standing, moved to the end of the table; the first one makes room for a new one. */
function standingOf(state: NodeState, peer: PeerIdText): Standing {
  const { standings, now } = state;
  const standing = standings.get(peer) ?? {
    points: 0,
    atMs: now.monoMs,
    bannedUntilMs: 0,
    why: '',
    requestsMs: 0,
    frontiersMs: 0,
  };
  standings.delete(peer);
  standings.set(peer, standing);
  if (standings.size > PEER_STANDINGS_MAX) {
    for (const oldest of standings.keys()) {
      standings.delete(oldest);
      break;
    }
  }
  return standing;
}
