/**
 * The rejoin guard: before a node signs an entry after a start, it asks its peers for its own feed, and adopts what they have of
 * it. Otherwise a folder restored from a backup would make an honest node sign a second branch.
 */
import { TessraxError } from '../errors.ts';
import type { AppendRequest } from '../events.ts';
import { APPENDS_PENDING_MAX, REJOIN_ALONE_MS } from '../limits.ts';
import { onAppend } from './append.ts';
import { emit, type NodeState, type Rejoin } from './state.ts';

/** What is known of the node's own feed at the start. */
export type RejoinTrust =
  /** It is the first node of a federation, or somebody said so: it may write at once. */
  | 'open'
  /** The marker beside the key fits the folder: a plain restart. */
  | 'trusted'
  /** No marker, or one that says more was signed than the folder holds. */
  | 'untrusted';

export function rejoinOf(trust: RejoinTrust, monoMs: number): Rejoin {
  return {
    open: trust === 'open',
    trusted: trust === 'trusted',
    openAtMs: monoMs + REJOIN_ALONE_MS,
    answered: false,
    waiting: [],
    waitingCount: 0,
  };
}

/** Holds an append back while the guard is up, or refuses it when there is nobody to ask. False: it may go on. */
export function holdAppend(state: NodeState, asked: AppendRequest): boolean {
  const { rejoin } = state;
  const { request, drafts } = asked;
  if (rejoin.open) return false;
  if (!rejoin.trusted && state.peers.size === 0 && state.now.monoMs >= rejoin.openAtMs) {
    emit(state, { kind: 'reply', request, result: nobodyAnswered() });
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

/** Lowers the guard when a peer has answered and has no more of our feed than we have, or when nobody is there to ask. */
export function checkRejoin(state: NodeState): void {
  const { rejoin, now } = state;
  if (rejoin.open) return;
  if (state.peers.size === 0) {
    if (now.monoMs < rejoin.openAtMs) return;
    if (rejoin.trusted) lower(state);
    else refuseWaiting(state);
    return;
  }
  if (rejoin.answered && !isOwnFeedBehind(state)) lower(state);
}

function isOwnFeedBehind(state: NodeState): boolean {
  const size = state.ledger.size(state.self);
  if ((state.durable.heads.get(state.self)?.size ?? 0) !== size) return true;
  return [...state.peers.values()].some(({ wanted }) => (wanted.get(state.self) ?? 0) > size);
}

function lower(state: NodeState): void {
  const { rejoin } = state;
  rejoin.open = true;
  rejoin.waitingCount = 0;
  emit(state, { kind: 'note', note: { name: 'may_write', size: state.ledger.size(state.self) } });
  for (const asked of rejoin.waiting.splice(0)) onAppend(state, asked);
}

function refuseWaiting(state: NodeState): void {
  state.rejoin.waitingCount = 0;
  for (const { request } of state.rejoin.waiting.splice(0))
    emit(state, { kind: 'reply', request, result: nobodyAnswered() });
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
