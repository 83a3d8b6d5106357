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
import type { Author } from './entry/author.ts';
import { TessraxError } from './errors.ts';
import type { Effect, Event, PlacedEntry, SealRecord, Stamp } from './events.ts';
import type { Federation } from './federation/genesis.ts';
import { Tally } from './federation/tally.ts';
import { emptyHead } from './ledger/admission.ts';
import type { FeedHead } from './ledger/feed.ts';
import { Ledger } from './ledger/ledger.ts';
import {
  FRONTIER_INTERVAL_MS, HEARTBEAT_DEBOUNCE_MS, HEARTBEAT_INTERVAL_MS, HEARTBEAT_INTERVAL_MS_MAX, SESSION_STEAL_MS, STREAM_IDLE_MS_MAX,
} from './limits.ts';
import type { PeerIdText } from './peer-id.ts';
import { onAppend, onDraftsVerified } from './sync/append.ts';
import { settle } from './sync/commit.ts';
import { closeWhenConfirmed, failFetch, onDelta, onDeliveryVerified, onFetchEnd, finishFetch } from './sync/fetch.ts';
import { onFrontier } from './sync/frontier.ts';
import { beat, isCutting, onGossip, onHeartbeatVerified, onPushVerified } from './sync/gossip.ts';
import { decodeMessage } from './sync/messages.ts';
import { compareAllRoots, heartbeatSoon, misbehaved, onPeerConnected, onPeerDisconnected, rest } from './sync/peers.ts';
import { plan } from './sync/plan.ts';
import { countAll, feedGrew, onRoots } from './sync/voting.ts';
import { NOBODY, recordScars } from './sync/scars.ts';
import { onSealRead, sealFeed, settleSeals } from './sync/sealing.ts';
import { onHeaders, onOwnHeaders } from './sync/search.ts';
import {
  onConfirmVerified, onEventStored, onPaths, onRead, onRequestVerified, onServedFrame, onStreamOpened,
} from './sync/serve.ts';
import { type Certification, emit, type Job, type NodeState, type Peer, type PendingBatch, type Rhythm, type Session } from './sync/state.ts';

export type { NodeState, Rhythm } from './sync/state.ts';

export const DEFAULT_RHYTHM: Rhythm = {
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  heartbeatIntervalMsMax: HEARTBEAT_INTERVAL_MS_MAX,
  heartbeatDebounceMs: HEARTBEAT_DEBOUNCE_MS,
  frontierIntervalMs: FRONTIER_INTERVAL_MS,
};

export interface NodeOptions {
  readonly self: PeerIdText;
  readonly federation: Federation;
  /** Pure functions of what they are given, or dice: the node's key and its random numbers. */
  readonly author: Author;
  readonly rhythm?: Rhythm;
  /** What the store knew when it opened. */
  readonly heads: readonly FeedHead[];
  readonly certified?: readonly { readonly origin: PeerIdText; readonly size: number }[];
  readonly seals?: readonly SealRecord[];
  readonly counterReserved: number;
  readonly now: Stamp;
}

export interface StepResult {
  readonly effects: readonly Effect[];
  /** Monotonic time at which the node wants a `tick`, if nothing else happens before. */
  readonly wakeMs: number;
}

export function createNodeState(options: NodeOptions): NodeState {
  const ledger = new Ledger();
  const durableHeads = new Map<PeerIdText, FeedHead>();
  let journal = emptyHead(options.self, 'journal');
  for (const head of options.heads) {
    if (head.log === 'ledger') {
      ledger.set(head);
      durableHeads.set(head.origin, head);
    } else if (head.origin === options.self) {
      journal = head;
    }
  }
  const rhythm = options.rhythm ?? DEFAULT_RHYTHM;
  return {
    self: options.self,
    federation: options.federation,
    author: options.author,
    rhythm,
    now: options.now,
    effects: [],
    planDue: false,
    wakeMs: options.now.monoMs,
    ledger,
    journal,
    durable: {
      heads: durableHeads,
      certified: new Map((options.certified ?? []).map(({ origin, size }) => [origin, size])),
      journal,
      height: ledger.height,
      root: ledger.root,
    },
    batches: [],
    appendsPending: 0,
    certification: certificationOf(options, ledger),
    seals: new Map((options.seals ?? []).map((record) => [record.proof.origin, { ...record, found: true, settled: false, reading: undefined }])),
    jobs: new Map(),
    gossipPending: 0,
    reads: new Map(),
    peers: new Map(),
    sessions: new Map(),
    served: new Map(),
    fetching: new Map(),
    held: new Map(),
    counters: new Map(),
    heartbeat: {
      dueMs: options.now.monoMs,
      intervalMs: rhythm.heartbeatIntervalMs,
      counter: options.counterReserved,
      reserved: options.counterReserved,
      reserving: false,
      idle: 0,
      changed: new Set(),
    },
    nextId: 0,
  };
}

/** Votes are heard anew after a start; what they certified before is known. */
function certificationOf({ federation, certified = [] }: NodeOptions, ledger: Ledger): Certification {
  const sizes = new Map(certified.map(({ origin, size }) => [origin, size]));
  const open = [...ledger.heads()].filter(({ origin, size }) => size > (sizes.get(origin) ?? 0));
  return {
    witnesses: new Set(federation.witnesses.map(({ peer }) => peer)),
    sizes,
    tallies: new Map(open.map(({ origin }) => [origin, new Tally()])),
    rootsJob: undefined,
  };
}

/** Takes one event. `state` is changed in place and belongs to the caller; nothing else is touched. */
export function step(state: NodeState, now: Stamp, event: Event): StepResult {
  state.now = now;
  state.effects = [];
  // The wake-up that was asked for may be overtaken by any other event at that moment: then that one does its work.
  if (now.monoMs >= state.wakeMs) state.planDue = true;
  dispatch(state, event);
  if (event.kind === 'stored' || event.kind === 'tick' || event.kind === 'seal_read') {
    settleSeals(state);
    recordScars(state);
  }
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
      return onAppend(state, event.request, event.drafts);
    case 'verified':
      return onVerified(state, event.job, event.valid);
    case 'stored':
      return onStored(state, settle(state, event.batch));
    case 'read':
      return onReadAny(state, event.job, event.entries);
    case 'seal_read':
      return onSealRead(state, event.job, event.head, event.votes);
    case 'paths':
      return onPaths(state, event.job, event.paths);
    case 'roots':
      return onRoots(state, event.job, event.roots);
    case 'peer_connected':
      return onPeerConnected(state, event.peer);
    case 'peer_disconnected':
      return onPeerDisconnected(state, event.peer);
    case 'gossip':
      return onGossip(state, event.topic, event);
    case 'stream_opened':
      return onStreamOpened(state, event.stream, event.peer);
    case 'frame':
      return onFrame(state, event.stream, event.data);
    case 'stream_closed':
      return onStreamClosed(state, event.stream);
  }
}

function onVerified(state: NodeState, id: number, valid: readonly boolean[]): void {
  const job = state.jobs.get(id);
  state.jobs.delete(id);
  switch (job?.kind) {
    case 'heartbeat':
      return onHeartbeatVerified(state, job, valid);
    case 'push':
      return onPushVerified(state, job, valid);
    case 'delivery':
      return onDeliveryVerified(state, job, valid);
    case 'fork':
      return onForkVerified(state, job, valid);
    case 'request':
      return onRequestVerified(state, job, valid);
    case 'confirm':
      return onConfirmVerified(state, job, valid);
    case 'append':
      return onDraftsVerified(state, job, valid);
    default:
      throw new TessraxError('job_unknown', `verification job ${id} was never started, or answered twice`);
  }
}

/** Entries read for a peer that asked, or for a search of our own. */
function onReadAny(state: NodeState, job: number, entries: readonly PlacedEntry[]): void {
  for (const peer of state.peers.values()) {
    if (peer.session?.kind !== 'search' || peer.session.reading !== job) continue;
    state.reads.delete(job);
    onOwnHeaders(state, peer, peer.session, entries);
    return;
  }
  onRead(state, job, entries);
}

function onForkVerified(state: NodeState, { peer, proof }: Extract<Job, { kind: 'fork' }>, valid: readonly boolean[]): void {
  if (!valid.every(Boolean)) {
    misbehaved(state, peer, 'signature_invalid'); // our own header holds, so it was the other one
    return;
  }
  sealFeed(state, proof);
  const seal = state.seals.get(proof.origin);
  if (seal !== undefined) seal.found = true;
}

/** A batch is durable: now it may be spoken of. */
function onStored(state: NodeState, { after, stored, heads, certified }: PendingBatch): void {
  if (certified.length > 0) emit(state, { kind: 'note', note: { name: 'entries_certified', feeds: certified } });
  for (const { log, origin } of heads) if (log === 'ledger') feedGrew(state, origin);
  const ledgerEntries = stored.filter(({ log }) => log === 'ledger');
  if (ledgerEntries.length > 0) {
    const { height, root } = state.durable;
    const source = after.kind === 'delivered' || after.kind === 'pushed' ? after.peer : state.self;
    emit(state, { kind: 'note', note: { name: 'entries_stored', entries: ledgerEntries, source, local: source === state.self, height, root } });
    heartbeatSoon(state);
  }
  switch (after.kind) {
    case 'appended':
      state.appendsPending -= after.result.length;
      if (after.request !== NOBODY) emit(state, { kind: 'reply', request: after.request, result: after.result });
      if (after.push !== undefined) emit(state, { kind: 'publish', topic: 'entries', data: after.push });
      break;
    case 'delivered':
      if (state.sessions.has(after.stream)) {
        emit(state, { kind: 'send', stream: after.stream, frame: after.confirm });
        closeWhenConfirmed(state, after.stream);
      }
      noteConfirmed(state, after, false);
      break;
    case 'pushed':
      noteConfirmed(state, after, true);
      break;
    case 'event':
      onEventStored(state, after);
      break;
    case 'confirmed':
      emit(state, { kind: 'note', note: { name: 'sync_served', peer: after.peer, entries: after.entries } });
      break;
    case 'certified':
    case 'sealed':
      break;
    case 'counter':
      state.heartbeat.reserved = after.reserved;
      state.heartbeat.reserving = false;
      break;
  }
  if (ledgerEntries.length > 0) {
    compareAllRoots(state);
    countAll(state);
  }
}

/** `federation_latency_seconds`: from the mismatch, when one was seen, else from the arrival of the entries, to SYNC_CONFIRMED. */
function noteConfirmed(state: NodeState, done: { peer: PeerIdText; entries: number; receivedMs: number }, pushed: boolean): void {
  const sinceMs = pushed ? done.receivedMs : (state.peers.get(done.peer)?.mismatchSinceMs ?? done.receivedMs);
  const latencyMs = state.now.monoMs - sinceMs;
  emit(state, { kind: 'note', note: { name: 'sync_confirmed', peer: done.peer, entries: done.entries, pushed, latencyMs } });
}

function onFrame(state: NodeState, stream: number, data: Uint8Array): void {
  const served = state.served.get(stream);
  const peerId = served?.peer ?? state.sessions.get(stream);
  if (peerId === undefined) return; // the stream is over for us, and the adapter was told
  try {
    const message = decodeMessage(data);
    if (served !== undefined) {
      onServedFrame(state, served, message);
      return;
    }
    const peer = state.peers.get(peerId);
    const session = peer?.session;
    if (peer === undefined || session?.stream !== stream) return;
    if (session.kind === 'frontier' && message.kind === 'frontier') onFrontier(state, peer, session, message);
    else if (session.kind === 'fetch' && message.kind === 'delta') onDelta(state, peer, session, message);
    else if (session.kind === 'search' && message.kind === 'headers') onHeaders(state, session, message);
    else if (message.kind === 'end') onEnd(state, peer, session, message.status);
    else throw new TessraxError('message_unexpected', `a ${message.kind} in answer to a ${session.kind}`);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    endSession(state, state.peers.get(peerId), stream, error.code);
    misbehaved(state, peerId, error.code);
  }
}

function onEnd(state: NodeState, peer: Peer, session: Session, status: 'done' | 'busy' | 'refused'): void {
  if (session.kind === 'fetch') onFetchEnd(state, peer, session, status);
  else endSession(state, peer, session.stream, status);
}

function onStreamClosed(state: NodeState, stream: number): void {
  state.served.delete(stream);
  const peer = state.peers.get(state.sessions.get(stream) ?? '');
  state.sessions.delete(stream);
  const session = peer?.session;
  if (peer === undefined || session?.stream !== stream) return;
  if (session.kind === 'fetch') {
    session.closed = true;
    finishFetch(state, peer, session);
  } else if (session.kind === 'frontier' || session.reading === undefined) {
    endSession(state, peer, stream, 'stream_closed');
  }
}

/** Ends a session that did not come to its end, whatever it was. */
function endSession(state: NodeState, peer: Peer | undefined, stream: number, code: string): void {
  const session = peer?.session;
  if (peer === undefined || session?.stream !== stream) {
    emit(state, { kind: 'abort', stream, code });
    return;
  }
  if (session.kind === 'fetch') {
    failFetch(state, peer, session, code);
    return;
  }
  peer.session = undefined;
  if (state.sessions.has(stream)) emit(state, { kind: 'abort', stream, code });
  rest(state, peer.id, code);
  peer.frontierDueMs = peer.restUntilMs;
}

/** A stream on which nothing moves is dropped, whoever opened it: every exchange has an end. */
function dropIdleStreams(state: NodeState): void {
  const deadlineMs = state.now.monoMs - STREAM_IDLE_MS_MAX;
  for (const peer of state.peers.values()) {
    if (peer.session !== undefined && peer.session.activityMs <= deadlineMs) endSession(state, peer, peer.session.stream, 'stalled');
  }
  for (const served of state.served.values()) {
    if (served.activityMs > deadlineMs) continue;
    served.activityMs = state.now.monoMs; // once: `stream_closed` follows
    emit(state, { kind: 'abort', stream: served.stream, code: 'stalled' });
  }
}

/** When something falls due by time alone. */
function wakeTime(state: NodeState): number {
  let wakeMs = state.heartbeat.reserving || isCutting(state) ? Number.POSITIVE_INFINITY : state.heartbeat.dueMs;
  for (const peer of state.peers.values()) {
    if (peer.session !== undefined) wakeMs = Math.min(wakeMs, sessionWake(state, peer.session));
    else if (peer.wanted.size > 0 && peer.restUntilMs > state.now.monoMs) wakeMs = Math.min(wakeMs, peer.restUntilMs);
    else wakeMs = Math.min(wakeMs, Math.max(peer.frontierDueMs, peer.restUntilMs));
  }
  for (const served of state.served.values()) wakeMs = Math.min(wakeMs, served.activityMs + STREAM_IDLE_MS_MAX);
  for (const untilMs of state.held.values()) wakeMs = Math.min(wakeMs, state.now.monoMs + Math.max(1, untilMs - state.now.wallMs));
  return wakeMs;
}

/** A standing fetch is looked at when others may take over, and when it is given up. */
function sessionWake(state: NodeState, { activityMs }: Session): number {
  const stealMs = activityMs + SESSION_STEAL_MS;
  return stealMs > state.now.monoMs ? stealMs : activityMs + STREAM_IDLE_MS_MAX;
}
