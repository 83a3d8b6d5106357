/** The frontier exchange between nodes with thousands of feeds: ranges go to and fro on one stream until nothing differs. */
import { TessraxError } from '../errors.ts';
import { emptyHead } from '../ledger/admission.ts';
import type { FeedTable } from '../ledger/feed-table.ts';
import { RECONCILE_ROUNDS_MAX } from '../limits.ts';
import { finishFrontier, isCutOff, refuseFrontier } from './frontier.ts';
import { encodeMessage, type Message } from './messages.ts';
import { suspect, takeSizes } from './peers.ts';
import { type JudgedClaim, type Range, Reconciliation, wantAnswer } from './reconcile.ts';
import { SALT_BYTES } from './salted-table.ts';
import { mayRequestFrontier } from './standing.ts';
import { emit, type FrontierSession, type NodeState, type Peer, type Served } from './state.ts';

/** Whether this node has so many feeds that it compares ranges of them. */
export function shouldReconcile(state: NodeState): boolean {
  return state.durable.heads.size >= state.rhythm.reconcileFeedsMin;
}

export function reconcileRequest(state: NodeState): { frame: Uint8Array; reconciliation: Reconciliation } {
  const salt = state.author.random(SALT_BYTES);
  const reconciliation = new Reconciliation(tableOf(state), salt);
  const ranges = reconciliation.open();
  const frame = encodeMessage({ kind: 'reconcile_request', federation: state.federation.id, salt, ranges });
  return { frame, reconciliation };
}

/** The first message of a peer that compares; `busy` to one that asks too often. */
export function serveReconcile(
  state: NodeState,
  served: Served,
  request: Extract<Message, { kind: 'reconcile_request' }>,
): void {
  if (!mayRequestFrontier(state, served.peer)) {
    refuseFrontier(state, served);
    return;
  }
  served.reconciliation = new Reconciliation(tableOf(state), request.salt);
  onServedReconcile(state, served, request);
}

/** A round of it, until one side has nothing more to ask. */
export function onServedReconcile(
  state: NodeState,
  served: Served,
  { ranges }: Extract<Message, { kind: 'reconcile_request' | 'reconcile' }>,
): void {
  const { reconciliation } = served;
  served.frames += 1;
  if (reconciliation === undefined || served.frames > RECONCILE_ROUNDS_MAX)
    throw new TessraxError('reconcile_too_long', 'a reconciliation that does not come to its end');
  const answer = reconciliation.answer(ranges);
  const peer = state.peers.get(served.peer);
  if (peer !== undefined) takeJudged(state, peer, answer.claims);
  const isLast = !wantAnswer(answer.ranges);
  if (wantAnswer(ranges)) sendRanges(state, served.stream, answer.ranges);
  served.state = isLast ? 'ended' : 'reconciling';
  if (isLast) emit(state, { kind: 'close', stream: served.stream });
}

/** An answer of the peer that we compare with. */
export function onReconcile(
  state: NodeState,
  peer: Peer,
  session: FrontierSession,
  { ranges }: Extract<Message, { kind: 'reconcile' }>,
): void {
  session.activityMs = state.now.monoMs;
  session.frames += 1;
  if (session.reconciliation === undefined || session.frames > RECONCILE_ROUNDS_MAX)
    throw new TessraxError(
      'reconcile_too_long',
      'a reconciliation that was not asked for, or does not come to its end',
    );
  const answer = session.reconciliation.answer(ranges);
  if (takeJudged(state, peer, answer.claims)) session.fruitful = true;
  // What the peer listed is answered also when that is the last word: it learns from it what it lacks.
  if (answer.ranges.some(({ kind }) => kind !== 'same')) sendRanges(state, session.stream, answer.ranges);
  if (wantAnswer(answer.ranges)) return;
  emit(state, { kind: 'close', stream: session.stream });
  finishFrontier(state, peer, session.fruitful);
  peer.hasAnswered = true;
}

function sendRanges(state: NodeState, stream: number, ranges: readonly Range[]): void {
  emit(state, { kind: 'send', stream, frame: encodeMessage({ kind: 'reconcile', ranges }) });
}

/** Durable feeds by public key, as they are now: they do not change during an exchange, whatever is appended meanwhile. */
function tableOf(state: NodeState): FeedTable {
  const { ledger, durable, batches } = state;
  const waiting = batches.flatMap(({ heads }) => heads.filter(({ log }) => log === 'ledger'));
  return ledger.table(
    waiting.map(
      ({ origin }) => (isCutOff(state, origin) ? undefined : durable.heads.get(origin)) ?? emptyHead(origin, 'ledger'),
    ),
  );
}

/** Held against what we had at the first message: a feed that has grown since is no fork. */
function takeJudged(state: NodeState, peer: Peer, claims: readonly JudgedClaim[]): boolean {
  for (const { origin, size, forked } of claims) if (forked) suspect(state, peer, origin, size);
  return takeSizes(state, peer, claims);
}
