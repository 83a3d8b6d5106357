/** Our side of a fetch: deltas come in, are verified in any order, admitted and confirmed in the order they came. */
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { certificateEpoch, type DeltaCertificate, examineFeedCertificate } from '../federation/feed-certificate.ts';
import { type Admission, admit } from '../ledger/admission.ts';
import { DELTAS_IN_FLIGHT_MAX, SESSION_BACKOFF_MS } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { apply, commit, journal } from './commit.ts';
import { examineDelta, keepStatement, syncConfirmedDraft } from './delta.ts';
import { encodeMessage, type Message } from './messages.ts';
import { hold, misbehaved, releaseFeeds, rest, suspect } from './peers.ts';
import { voidAnswer } from './rejoin.ts';
import { letsIn, openThrough, takeCertified, takeScars } from './sealing.ts';
import { type Delivery, emit, type FetchSession, type NodeState, nextId, type Peer } from './state.ts';

type Delta = Extract<Message, { kind: 'delta' }>;

/** A delta arrived on our fetch: hold it against what was asked and against its SYNC_EVENT, then have the signatures checked. */
export function onDelta(state: NodeState, peer: Peer, session: FetchSession, delta: Delta): void {
  session.activityMs = state.now.monoMs;
  if (session.ended || session.deliveries.length >= DELTAS_IN_FLIGHT_MAX) {
    throw new TessraxError('delta_unexpected', 'more deltas than the window allows');
  }
  if (new Set(delta.runs.map(({ origin }) => origin)).size !== delta.runs.length) {
    throw new TessraxError('delta_not_asked', 'a delta has two runs of one feed');
  }
  for (const { origin, from, entries } of delta.runs) {
    const expected = session.expected.get(origin);
    if (expected === undefined || from !== expected.next || from + entries.length > expected.to) {
      throw new TessraxError('delta_not_asked', 'a delta has entries that were not asked for', {
        fields: { origin, from },
      });
    }
    const refusal = state.epochs.writerRefusal(origin, from + entries.length - 1);
    if (refusal !== undefined)
      throw new TessraxError(refusal, 'an entry of a node that may not write it', { fields: { origin } });
    expected.next += entries.length;
  }
  const { id: federation } = state.federation;
  const examined = examineDelta(delta, { source: peer.id, target: state.self, federation });
  const runs = examined.runs.map((run) => run.filter(({ origin, seq }) => seq >= state.ledger.size(origin)));
  const { certificates, jobs: voteJobs } = examineCertificates(state, delta.certificates);
  const delivery: Delivery = {
    event: delta.event,
    eventHash: examined.eventHash,
    runs,
    certificates,
    receivedMs: state.now.monoMs,
    verified: false,
  };
  session.deliveries.push(delivery);
  const job = nextId(state);
  state.jobs.set(job, { kind: 'delivery', peer: peer.id, stream: session.stream, delivery });
  emit(state, {
    kind: 'verify',
    job,
    items: [...examined.eventJobs, ...runs.flatMap((run) => run.flatMap(({ jobs }) => jobs)), ...voteJobs],
  });
}

/** The certificates of feeds that are sealed here, as far as they let something in; others are not needed. */
function examineCertificates(state: NodeState, all: readonly DeltaCertificate[]) {
  const { epochs, seals } = state;
  const certificates = new Map<PeerIdText, DeltaCertificate>();
  const jobs: SignatureJob[] = [];
  for (const certificate of all) {
    const { origin } = certificate.checkpoint;
    const electorate = epochs.electedWith(certificateEpoch(certificate) ?? -1);
    if (!seals.has(origin) || certificates.has(origin)) continue;
    if (electorate === undefined || !letsIn(state, certificate)) continue;
    jobs.push(...examineFeedCertificate(certificate, epochs.id, electorate));
    certificates.set(origin, certificate);
  }
  return { certificates, jobs };
}

export function onDeliveryVerified(
  state: NodeState,
  job: { readonly peer: PeerIdText; readonly stream: number; readonly delivery: Delivery },
  valid: readonly boolean[],
): void {
  const peer = state.peers.get(job.peer);
  const session = peer?.session;
  if (peer === undefined || session?.kind !== 'fetch' || session.stream !== job.stream) return; // the session is over: asked again elsewhere
  if (!valid.every(Boolean)) {
    noteForgery(state, peer.id, job.delivery, valid);
    failFetch(state, peer, session, 'signature_invalid');
    misbehaved(state, peer.id, 'signature_invalid');
    return;
  }
  session.activityMs = state.now.monoMs;
  job.delivery.verified = true;
  while (session.deliveries[0]?.verified === true) {
    const delivery = session.deliveries.shift();
    if (delivery !== undefined && !deliver(state, peer, session, delivery)) return;
  }
  finishFetch(state, peer, session);
}

/** Admits a verified delta and journals its confirmation in the same write. False when the session ended over it. */
function deliver(state: NodeState, peer: Peer, session: FetchSession, delivery: Delivery): boolean {
  const admissions = admitRuns(state, delivery);
  const confirmed = confirm(state, peer.id, delivery, admissions);
  const certified = takeCertified(state, admissions, delivery.certificates);
  commit(
    state,
    { ...confirmed.write, ...certified },
    {
      kind: 'delivered',
      peer: peer.id,
      stream: session.stream,
      confirm: encodeMessage({ kind: 'confirm', statement: confirmed.statement }),
      entries: confirmed.entries,
      receivedMs: delivery.receivedMs,
    },
  );
  takeScars(state, admissions);
  if (!admissions.every((admission) => takeStop(state, peer, session, admission))) return false;
  if (!isFruitless(delivery, admissions)) return true;
  failFetch(state, peer, session, 'nothing_admitted'); // a seal let none of it in: the peer rests, or it would be asked at once
  return false;
}

function isFruitless(delivery: Delivery, admissions: readonly Admission[]): boolean {
  const sentSome = delivery.runs.some((run) => run.length > 0);
  return sentSome && admissions.every(({ accepted, duplicates }) => accepted.length === 0 && duplicates === 0);
}

/** Admits each run. What a run's verdict means for the session is for the caller. */
export function admitRuns(state: NodeState, delivery: Delivery): Admission[] {
  const admissions: Admission[] = [];
  let duplicates = 0;
  for (const run of delivery.runs) {
    const [first] = run;
    if (first === undefined) continue;
    const admission = admit(
      state.ledger.head(first.origin),
      openThrough(state, run, delivery.certificates.get(first.origin)),
      state.now.wallMs,
    );
    apply(state, admission);
    admissions.push(admission);
    duplicates += admission.duplicates;
  }
  if (duplicates > 0) emit(state, { kind: 'note', note: { name: 'entries_duplicate', count: duplicates } });
  return admissions;
}

/** Signs the SYNC_CONFIRMED for what was admitted. */
export function confirm(state: NodeState, source: PeerIdText, delivery: Delivery, admissions: readonly Admission[]) {
  const { height, root } = state.ledger;
  const { entry, admission } = journal(
    state,
    syncConfirmedDraft(source, delivery.eventHash, admissions, { height, root }),
  );
  return {
    statement: { ...entry, entry },
    entries: admissions.reduce((sum, { accepted }) => sum + accepted.length, 0),
    write: {
      admissions: [...admissions, admission],
      statements: [keepStatement(delivery.event, state.federation.id, delivery.eventHash)],
    },
  };
}

/** What an early stop of an admission means. False when the session ended over it. */
function takeStop(state: NodeState, peer: Peer, session: FetchSession, { stopped, head }: Admission): boolean {
  if (stopped === undefined) return true;
  const { verdict, seq } = stopped;
  if (verdict.kind === 'reject') {
    emit(state, {
      kind: 'note',
      note: { name: 'entry_rejected', origin: head.origin, seq, reason: verdict.reason, peer: peer.id },
    });
    peer.wanted.delete(head.origin);
    failFetch(state, peer, session, verdict.reason);
    // A foreign branch may be the origin's doing; the other rules are broken by nobody who verifies what it passes on.
    if (verdict.reason === 'chain_broken') suspect(state, peer, head.origin, head.size);
    else misbehaved(state, peer.id, verdict.reason);
    return false;
  }
  if (verdict.reason === 'gap' && state.seals.has(head.origin)) return true; // cut while this was on its way
  if (verdict.untilMs !== undefined) hold(state, head.origin, peer.id, verdict.untilMs);
  failFetch(state, peer, session, verdict.reason);
  return false;
}

/** The provider said how it ended. */
export function onFetchEnd(
  state: NodeState,
  peer: Peer,
  session: FetchSession,
  status: 'done' | 'busy' | 'refused',
): void {
  session.ended = true;
  session.activityMs = state.now.monoMs;
  if (status !== 'done') {
    failFetch(state, peer, session, status);
    return;
  }
  finishFetch(state, peer, session);
}

/** The fetch is over once everything that came is admitted. Its confirmations go out as the batches become durable. */
export function finishFetch(state: NodeState, peer: Peer, session: FetchSession): void {
  if (session.deliveries.length > 0) return;
  if (session.closed && !session.ended) {
    failFetch(state, peer, session, 'stream_closed');
    return;
  }
  if (!session.ended) return;
  const short = takeShortfall(state, peer, session);
  release(state, peer);
  closeWhenConfirmed(state, session.stream);
  if (short) rest(state, peer.id, 'not_served');
  else peer.restMs = SESSION_BACKOFF_MS;
}

/** Claims that were not served are dropped: the peer may claim them anew, but it does not keep us busy with them. */
function takeShortfall(state: NodeState, peer: Peer, session: FetchSession): boolean {
  let short = false;
  for (const [origin, { next, to }] of session.expected) {
    if (next >= to) continue;
    peer.wanted.delete(origin);
    if (origin === state.self) voidAnswer(state, peer);
    short = true;
  }
  return short;
}

/** Our side of a fetch closes after the last confirmation went out. */
export function closeWhenConfirmed(state: NodeState, stream: number): void {
  const peer = state.peers.get(state.sessions.get(stream) ?? '');
  const open = peer?.session?.stream === stream;
  const unsent = state.batches.some(({ after }) => after.kind === 'delivered' && after.stream === stream);
  if (!open && !unsent && state.sessions.has(stream)) emit(state, { kind: 'close', stream });
}

/** Ends a session before its time. What was admitted stays; the rest is asked again. */
export function failFetch(state: NodeState, peer: Peer, session: FetchSession, code: string): void {
  if (!session.closed) emit(state, { kind: 'abort', stream: session.stream, code });
  release(state, peer);
  rest(state, peer.id, code);
}

function release(state: NodeState, peer: Peer): void {
  peer.session = undefined;
  releaseFeeds(state, peer.id);
}

function noteForgery(state: NodeState, peer: PeerIdText, delivery: Delivery, valid: readonly boolean[]): void {
  let at = 1; // the first verdict is the SYNC_EVENT's own
  for (const { origin, seq, jobs } of delivery.runs.flat()) {
    const forged = jobs.some((_, i) => valid[at + i] === false);
    at += jobs.length;
    if (!forged) continue;
    emit(state, { kind: 'note', note: { name: 'entry_rejected', origin, seq, reason: 'signature_invalid', peer } });
    return;
  }
  emit(state, {
    kind: 'note',
    note: { name: 'entry_rejected', origin: peer, seq: delivery.event.seq, reason: 'signature_invalid', peer },
  });
}
