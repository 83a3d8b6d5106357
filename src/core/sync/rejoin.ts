/**
 * The rejoin guard: before a node signs an entry after a start, it asks its peers for its own feed, and adopts what they have of
 * it. Otherwise a folder restored from a backup would make an honest node sign a second branch.
 */
import { TessraxError } from '../errors.ts';
import type { AppendRequest } from '../events.ts';
import { APPENDS_PENDING_MAX, REJOIN_ALONE_MS } from '../limits.ts';
import { onAppend } from './append.ts';
import { emit, type NodeState } from './state.ts';

/** What is known of the node's own feed at the start. */
export type RejoinTrust =
  /** It is the first node of a federation, or somebody said so: it may write at once. */
  | 'open'
  /** The marker beside the key fits the folder: a plain restart. */
  | 'trusted'
  /** No marker, or one that says more was signed than the folder holds. */
  | 'untrusted';

/** The rejoin guard: up until the node knows that its own feed is the latest there is. */
export interface Rejoin {
  open: boolean;
  readonly trusted: boolean;
  /** Own entries that were signed and may be known to others: with fewer of them here the node does not write. */
  readonly signed: number;
  /** With nobody in reach until then (monotonic), a trusted node may write, and another refuses what waits. */
  readonly openAtMs: number;
  /** Appends that wait, in order. */
  readonly waiting: AppendRequest[];
  waitingCount: number;
}

/** `signed`: how many own entries the marker says were signed; 0 when there is none. */
export function rejoinOf(trust: RejoinTrust, signed: number, monoMs: number): Rejoin {
  return {
    open: trust === 'open',
    trusted: trust === 'trusted',
    signed,
    openAtMs: monoMs + REJOIN_ALONE_MS,
    waiting: [],
    waitingCount: 0,
  };
}

/** Holds an append back while the guard is up, or refuses it when waiting is of no use. False: it may go on. */
export function holdAppend(state: NodeState, asked: AppendRequest): boolean {
  const { rejoin } = state;
  const { request, drafts } = asked;
  if (rejoin.open || state.seals.has(state.self)) return false; // a sealed feed says so itself
  const refusal = refusalOf(state);
  if (refusal !== undefined) {
    emit(state, { kind: 'reply', request, result: refusal });
  } else if (rejoin.waitingCount + drafts.length > APPENDS_PENDING_MAX) {
    const result = new TessraxError(
      'append_busy',
      `${rejoin.waitingCount} appends wait until this node has compared its feed`,
      {
        remedy: 'try again in a moment',
      },
    );
    emit(state, { kind: 'reply', request, result });
  } else {
    rejoin.waiting.push(asked);
    rejoin.waitingCount += drafts.length;
  }
  return true;
}

/** Lowers the guard when a peer has answered and nobody has more of our feed than we have, or when nobody is there to ask. */
export function checkRejoin(state: NodeState): void {
  const { rejoin, now, peers } = state;
  if (rejoin.open) return;
  const asked = peers.size === 0 ? rejoin.trusted && now.monoMs >= rejoin.openAtMs : hasAnswer(state);
  if (asked && isOwnFeedWhole(state)) {
    lower(state);
    return;
  }
  const refusal = rejoin.waiting.length === 0 ? undefined : refusalOf(state);
  if (refusal === undefined) return;
  rejoin.waitingCount = 0;
  for (const { request } of rejoin.waiting.splice(0)) emit(state, { kind: 'reply', request, result: refusal });
}

/** Whether all that was ever signed is here, durably, as far as the marker and the peers know. */
function isOwnFeedWhole(state: NodeState): boolean {
  const size = state.ledger.size(state.self);
  if (size < state.rejoin.signed || (state.durable.heads.get(state.self)?.size ?? 0) !== size) return false;
  return !isMoreClaimed(state);
}

/** Whether somebody in reach has shown a whole frontier. Who left takes its answer along: what it claimed of our feed went with it. */
function hasAnswer({ peers }: NodeState): boolean {
  return [...peers.values()].some((peer) => peer.hasAnswered);
}

function isMoreClaimed({ peers, ledger, self }: NodeState): boolean {
  return [...peers.values()].some(({ wanted }) => (wanted.get(self) ?? 0) > ledger.size(self));
}

/** Why an append cannot be taken, once waiting for it has lasted long enough. */
function refusalOf(state: NodeState): TessraxError | undefined {
  const { rejoin, now, peers } = state;
  if (now.monoMs < rejoin.openAtMs) return undefined;
  if (peers.size === 0) return rejoin.trusted ? undefined : nobodyAnswered();
  const size = state.ledger.size(state.self);
  return hasAnswer(state) && size < rejoin.signed && !isMoreClaimed(state)
    ? entriesMissing(size, rejoin.signed)
    : undefined;
}

function lower(state: NodeState): void {
  const { rejoin } = state;
  rejoin.open = true;
  rejoin.waitingCount = 0;
  emit(state, { kind: 'note', note: { name: 'may_write', size: state.ledger.size(state.self) } });
  onAppend(state, rejoin.waiting.splice(0));
}

function nobodyAnswered(): TessraxError {
  return new TessraxError(
    'rejoining',
    'this node has not compared its feed with any peer since it started, and cannot tell whether its folder is the latest',
    {
      remedy: 'let it reach a peer; or start it with --alone if it is the first node of its federation',
    },
  );
}

function entriesMissing(held: number, signed: number): TessraxError {
  return new TessraxError(
    'rejoining',
    `this node signed ${signed} entries, its folder holds ${held}, and no peer in reach has more: it would sign places twice`,
    {
      remedy:
        'let it reach a peer that has them; only if nobody ever can, start it with --alone: what was signed there is then given up',
      fields: { held, signed },
    },
  );
}
