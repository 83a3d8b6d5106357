/**
 * The rejoin guard: before a node signs an entry after a start, it asks its peers for its own feed, and adopts what they have of
 * it. Otherwise a folder restored from a backup would make an honest node sign a second branch.
 */
import { TessraxError } from '../errors.ts';
import type { AppendRequest } from '../events.ts';
import { answersNeeded } from '../federation/quorum.ts';
import { APPENDS_PENDING_MAX, REJOIN_ALONE_MS, REJOIN_ANSWERS_MAX } from '../limits.ts';
import { onAppend } from './append.ts';
import { emit, type NodeState, type Peer } from './state.ts';

/** What is known of the node's own feed at the start. */
export type RejoinTrust =
  /** It is the first node of a federation, or somebody said so: it may write at once. */
  | 'open'
  /** The marker beside the key fits the folder: a plain restart. */
  | 'trusted'
  /** The marker says that more may have been signed than the folder holds. */
  | 'untrusted'
  /** No marker: nothing but the peers can tell how much was signed. */
  | 'unmarked';

/** The rejoin guard: up until the node knows that its own feed is the latest there is. */
export interface Rejoin {
  open: boolean;
  readonly trust: RejoinTrust;
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
    trust,
    signed,
    openAtMs: monoMs + REJOIN_ALONE_MS,
    waiting: [],
    waitingCount: 0,
  };
}

/**
 * A peer claimed more of our feed than it gave: without a marker it counts again when it has shown its frontier anew, and has no more.
 * With one it says itself how much there is, and a peer that claims what is not there holds nobody up.
 */
export function voidAnswer({ rejoin }: NodeState, peer: Peer): void {
  if (rejoin.trust === 'unmarked') peer.hasAnswered = false;
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

/** Lowers the guard when enough peers have answered and nobody has more of our feed than we have, or when nobody is there to ask. */
export function checkRejoin(state: NodeState): void {
  const { rejoin, now, peers } = state;
  if (rejoin.open) return;
  const asked =
    peers.size === 0
      ? rejoin.trust === 'trusted' && now.monoMs >= rejoin.openAtMs
      : countAnswers(state) >= needed(state);
  if (asked && isOwnFeedWhole(state)) {
    lower(state);
    return;
  }
  const refusal = rejoin.waiting.length === 0 ? undefined : refusalOf(state);
  if (refusal === undefined) return;
  rejoin.waitingCount = 0;
  for (const { request } of rejoin.waiting.splice(0)) emit(state, { kind: 'reply', request, result: refusal });
}

/**
 * How many must have answered. With a marker one: it says itself how much is to be found. Without, so many witnesses that one of them is
 * honest and holds what was final; where there is no other witness, one peer.
 */
function needed({ rejoin, epochs: { current }, self }: NodeState): number {
  if (rejoin.trust !== 'unmarked') return 1;
  const { witnesses, threshold } = current;
  const count = answersNeeded({ witnessCount: witnesses.size, threshold }, witnesses.has(self));
  return Math.min(Math.max(1, count), REJOIN_ANSWERS_MAX);
}

/** Those in reach that have shown a whole frontier. Who left takes its answer along: what it claimed of our feed went with it. */
function countAnswers({ rejoin, epochs: { current }, peers, self }: NodeState): number {
  const isAlone = current.witnesses.size === (current.witnesses.has(self) ? 1 : 0);
  const anybody = rejoin.trust !== 'unmarked' || isAlone;
  return [...peers.values()].filter(({ id, hasAnswered }) => hasAnswered && (anybody || current.witnesses.has(id)))
    .length;
}

/** Whether all that was ever signed is here, durably, as far as the marker and the peers know. */
function isOwnFeedWhole(state: NodeState): boolean {
  const size = state.ledger.size(state.self);
  if (size < state.rejoin.signed || (state.durable.heads.get(state.self)?.size ?? 0) !== size) return false;
  return !isMoreClaimed(state);
}

function isMoreClaimed({ peers, ledger, self }: NodeState): boolean {
  return [...peers.values()].some(({ wanted }) => (wanted.get(self) ?? 0) > ledger.size(self));
}

/** Why an append cannot be taken, once waiting for it has lasted long enough. */
function refusalOf(state: NodeState): TessraxError | undefined {
  const { rejoin, now, peers } = state;
  if (now.monoMs < rejoin.openAtMs) return undefined;
  if (peers.size === 0) return rejoin.trust === 'trusted' ? undefined : nobodyAnswered();
  const count = countAnswers(state);
  if (count < needed(state)) return rejoin.trust === 'unmarked' ? tooFewAnswered(count, needed(state)) : undefined;
  const size = state.ledger.size(state.self);
  return size < rejoin.signed && !isMoreClaimed(state) ? entriesMissing(size, rejoin.signed) : undefined;
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

function tooFewAnswered(count: number, needed: number): TessraxError {
  return new TessraxError(
    'rejoining',
    `there is no marker beside the key of this node: ${needed} witnesses must show what they hold of its feed before it writes; ${count} did`,
    {
      remedy:
        'let it reach more of them; only if this key never signed anything, or what it signed may be given up, start it with --alone',
      fields: { answers: count, needed },
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
