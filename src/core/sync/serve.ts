/** Our side of a fetch that a peer opened: read, sign a SYNC_EVENT, make it durable, send, and wait for the confirmations. */
import { toHex } from '../bytes.ts';
import type { Candidate } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry } from '../events.ts';
import type { DeltaCertificate } from '../federation/feed-certificate.ts';
import { isRevocation } from '../ledger/seal-reason.ts';
import {
  DELTA_BYTES_TARGET,
  DELTA_ENTRIES_MAX,
  DELTAS_IN_FLIGHT_MAX,
  REQUEST_ENTRIES_MAX,
  SERVED_STREAMS_MAX,
  SERVED_STREAMS_PER_PEER_MAX,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { commit, journal } from './commit.ts';
import { examineStatement, keepStatement, runOf, syncEventDraft } from './delta.ts';
import { serveFrontier } from './frontier.ts';
import { encodeMessage, isRequest, type Message } from './messages.ts';
import { exceeded, misbehaved } from './peers.ts';
import { onServedReconcile, serveReconcile } from './reconciling.ts';
import { newsIn, part, takeAndSpread } from './revoking.ts';
import { nextRanges, takeRuns } from './runs.ts';
import { sealedFrom, sealFeed, shownSize } from './sealing.ts';
import { sendHeaders, serveHeaders } from './search.ts';
import { checkSeals } from './shown-seals.ts';
import { mayRequest } from './standing.ts';
import { emit, type Job, type NodeState, nextId, type Served } from './state.ts';
import type { RequestJob, RevocationsShown } from './work.ts';

export function onStreamOpened(state: NodeState, stream: number, peer: PeerIdText): void {
  const ofPeer = [...state.served.values()].filter((served) => served.peer === peer).length;
  const isWithinRate = mayRequest(state, peer);
  if (!isWithinRate || state.served.size >= SERVED_STREAMS_MAX || ofPeer >= SERVED_STREAMS_PER_PEER_MAX) {
    emit(state, { kind: 'send', stream, frame: encodeMessage({ kind: 'end', status: 'busy' }) });
    emit(state, { kind: 'close', stream });
    if (!isWithinRate) exceeded(state, peer, 'requests_too_many');
    return;
  }
  state.served.set(stream, {
    stream,
    peer,
    state: 'opened',
    activityMs: state.now.monoMs,
    log: 'ledger',
    ranges: [],
    reading: undefined,
    inFlight: new Map(),
    sending: 0,
    frames: 0,
    reconciliation: undefined,
    headers: undefined,
    proving: undefined,
    deciding: undefined,
  });
}

/** A frame of the peer on a stream that it opened. Throws when the peer breaks the protocol. */
export function onServedFrame(state: NodeState, served: Served, message: Message): void {
  served.activityMs = state.now.monoMs;
  if (message.kind === 'confirm') {
    onConfirm(state, served, message);
    return;
  }
  if (message.kind === 'reconcile' && served.state === 'reconciling') {
    onServedReconcile(state, served, message);
    return;
  }
  if (served.state !== 'opened')
    throw new TessraxError('message_unexpected', `a ${message.kind} in the middle of an answer`);
  if (!isRequest(message)) {
    throw new TessraxError('message_unexpected', `a stream begins with a request, not with a ${message.kind}`);
  }
  if (message.federation !== state.federation.id) {
    throw new TessraxError('wrong_federation', 'the request is for another federation', {
      fields: { federation: message.federation },
    });
  }
  if (message.kind === 'frontier_request') serveFrontier(state, served, message);
  else if (message.kind === 'reconcile_request') serveReconcile(state, served, message);
  else if (message.kind === 'headers_request') serveHeaders(state, served, message);
  else if (!checkSeals(state, served, message)) serveRanges(state, served, message);
}

export function onRequestVerified(state: NodeState, job: RequestJob, valid: readonly boolean[]): void {
  if (!valid.every(Boolean)) {
    if (state.served.has(job.stream)) emit(state, { kind: 'abort', stream: job.stream, code: 'signature_invalid' });
    misbehaved(state, job.peer, 'signature_invalid');
    return;
  }
  const news = newsIn(state, job.proofs);
  if (news.length === 0) {
    actOnProofs(state, job);
    return;
  }
  const after = { kind: 'revocations_shown', accusations: news, request: job } as const;
  commit(state, { admissions: [], revocations: news }, after);
}

/** Statements that a peer has shown are durable. */
export function onRevocationsStored(state: NodeState, { accusations, request }: RevocationsShown): void {
  for (const { target, statement } of accusations) takeAndSpread(state, target, statement);
  actOnProofs(state, request);
}

/**
 * Those that were checked, and no others: what was passed over a moment ago may be in force by now, with signatures nobody looked at. Their
 * statements are on the disk.
 */
function actOnProofs(state: NodeState, { stream, request, proofs }: RequestJob): void {
  for (const proof of proofs) {
    sealFeed(state, proof);
    if (isRevocation(proof)) part(state, proof.origin);
  }
  const served = state.served.get(stream);
  if (served !== undefined) serveRanges(state, served, request);
}

function serveRanges(state: NodeState, served: Served, request: Extract<Message, { kind: 'ranges_request' }>): void {
  served.state = 'serving';
  served.log = request.log;
  let room = REQUEST_ENTRIES_MAX;
  for (const { origin, from, to } of request.ranges) {
    const end = Math.min(to, durableSize(state, request.log, origin), from + room); // only what is durable is spoken of
    if (end <= from) continue;
    served.ranges.push({ origin, from, to: end });
    room -= end - from;
  }
  pump(state, served);
}

function durableSize(state: NodeState, log: 'ledger' | 'journal', origin: PeerIdText): number {
  if (log === 'ledger') return shownSize(state, origin);
  return origin === state.self ? state.durable.journal.size : 0;
}

/** Keeps the window full: reads the next delta while earlier ones are on their way. */
function pump(state: NodeState, served: Served): void {
  if (served.state !== 'serving' || served.reading !== undefined || served.proving !== undefined) return;
  if (served.ranges.length === 0) {
    if (served.sending > 0) return;
    served.state = 'ended';
    emit(state, { kind: 'send', stream: served.stream, frame: encodeMessage({ kind: 'end', status: 'done' }) });
    if (served.inFlight.size === 0) emit(state, { kind: 'close', stream: served.stream });
    return;
  }
  if (served.inFlight.size >= DELTAS_IN_FLIGHT_MAX) return;
  const job = nextId(state);
  served.reading = job;
  state.reads.set(job, served.stream);
  emit(state, {
    kind: 'read',
    job,
    log: served.log,
    ranges: nextRanges(served.ranges),
    entriesMax: DELTA_ENTRIES_MAX + ((served.ranges[0]?.from ?? 0) > 0 ? 1 : 0),
    bytesMax: DELTA_BYTES_TARGET,
  });
}

export function onRead(state: NodeState, job: number, entries: readonly PlacedEntry[]): void {
  const stream = state.reads.get(job);
  state.reads.delete(job);
  const served = stream === undefined ? undefined : state.served.get(stream);
  if (served === undefined || served.reading !== job) return; // the stream is gone
  served.reading = undefined;
  served.activityMs = state.now.monoMs;
  if (served.headers !== undefined) {
    sendHeaders(state, served, entries);
    return;
  }
  const runs = takeRuns(served, entries);
  if (runs.length === 0) {
    // What a head names is on disk (the store promises it), so nothing read means nothing is left to read.
    served.ranges = [];
  } else if (served.log === 'ledger') {
    proveAndSend(state, served, runs);
  } else {
    emit(state, {
      kind: 'send',
      stream: served.stream,
      frame: encodeMessage({ kind: 'entries', runs: runs.flatMap(runOf) }),
    });
    served.frames += 1;
    if (served.frames >= DELTAS_IN_FLIGHT_MAX) served.ranges = []; // nobody confirms these: the window bounds the answer instead
  }
  pump(state, served);
}

/** Runs that reach beyond a fork travel with the feed's certificate, and the path from their end to it. */
function proveAndSend(state: NodeState, served: Served, runs: readonly Candidate[][]): void {
  const beyond = runs.flatMap((run) => {
    const last = run.at(-1);
    return last === undefined || last.seq < sealedFrom(state, last.origin) ? [] : [last];
  });
  if (beyond.length === 0) {
    sendDelta(state, served, runs, []);
    return;
  }
  const job = nextId(state);
  served.proving = { job, runs, sealed: beyond.map(({ origin }) => origin) };
  state.reads.set(job, served.stream);
  const items = beyond.map(({ origin, seq }) => ({
    origin,
    from: seq + 1,
    to: state.seals.get(origin)?.certificate?.checkpoint.size ?? seq + 1,
  }));
  emit(state, { kind: 'paths', job, items });
}

export function onPaths(state: NodeState, job: number, paths: readonly (readonly Uint8Array[] | undefined)[]): void {
  const served = state.served.get(state.reads.get(job) ?? 0);
  state.reads.delete(job);
  if (served?.proving?.job !== job) return; // the stream is gone
  const { runs, sealed } = served.proving;
  served.proving = undefined;
  served.activityMs = state.now.monoMs;
  const certificates = sealed.flatMap((origin, i): DeltaCertificate[] => {
    const certificate = state.seals.get(origin)?.certificate;
    const path = paths[i];
    return certificate === undefined || path === undefined ? [] : [{ ...certificate, path }];
  });
  sendDelta(state, served, runs, certificates);
  pump(state, served);
}

function sendDelta(
  state: NodeState,
  served: Served,
  runs: readonly (readonly Candidate[])[],
  certificates: readonly DeltaCertificate[],
): void {
  const { entry, admission } = journal(state, syncEventDraft(served.peer, runs));
  const frame = encodeMessage({ kind: 'delta', event: { ...entry, entry }, runs: runs.flatMap(runOf), certificates });
  const eventHash = toHex(entry.hash);
  served.inFlight.set(eventHash, { entries: runs.reduce((sum, run) => sum + run.length, 0), confirming: false });
  served.sending += 1;
  commit(state, { admissions: [admission] }, { kind: 'event', stream: served.stream, frame });
}

/** The SYNC_EVENT is durable: now the delta may go. */
export function onEventStored(state: NodeState, after: { readonly stream: number; readonly frame: Uint8Array }): void {
  const served = state.served.get(after.stream);
  if (served === undefined) return;
  served.sending -= 1;
  emit(state, { kind: 'send', stream: after.stream, frame: after.frame });
  pump(state, served);
}

function onConfirm(state: NodeState, served: Served, { statement }: Extract<Message, { kind: 'confirm' }>): void {
  const { body, hash, jobs } = examineStatement(statement, 'SYNC_CONFIRMED', state.federation.id);
  if (statement.origin !== served.peer || body['source'] !== state.self) {
    throw new TessraxError('confirm_source', 'a confirmation signed by another node, or of what another node sent');
  }
  const eventHash = typeof body['event'] === 'string' ? body['event'] : '';
  const flight = served.inFlight.get(eventHash);
  if (flight === undefined || flight.confirming)
    throw new TessraxError('confirm_unknown', 'a confirmation of nothing that was sent');
  flight.confirming = true;
  const job = nextId(state);
  state.jobs.set(job, { kind: 'confirm', stream: served.stream, peer: served.peer, statement, eventHash, hash });
  emit(state, { kind: 'verify', job, items: jobs });
}

export function onConfirmVerified(
  state: NodeState,
  job: Extract<Job, { kind: 'confirm' }>,
  valid: readonly boolean[],
): void {
  const served = state.served.get(job.stream);
  const flight = served?.inFlight.get(job.eventHash);
  if (!valid.every(Boolean)) {
    if (served !== undefined) emit(state, { kind: 'abort', stream: job.stream, code: 'signature_invalid' });
    misbehaved(state, job.peer, 'signature_invalid');
    return;
  }
  const statements = [keepStatement(job.statement, state.federation.id, job.hash)];
  commit(state, { admissions: [], statements }, { kind: 'confirmed', peer: job.peer, entries: flight?.entries ?? 0 });
  if (served === undefined) return;
  served.inFlight.delete(job.eventHash);
  served.activityMs = state.now.monoMs;
  if (served.state === 'ended' && served.inFlight.size === 0) emit(state, { kind: 'close', stream: served.stream });
  else pump(state, served);
}
