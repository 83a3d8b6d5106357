/**
 * Finding where a foreign branch leaves ours: by search over places, sixteen headers a round, not by walking. It ends with the two
 * signed headers that prove the equivocation, or with nothing.
 */
import { BinaryReader } from '../binary.ts';
import { equalBytes } from '../bytes.ts';
import { bareHeaderOf } from '../entry/bare-header.ts';
import { readEntry } from '../entry/codec.ts';
import { ZERO_HASH } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry } from '../events.ts';
import { examineFork, type ForkProof, forkProof, headerHash } from '../ledger/fork.ts';
import { ENTRY_BYTES_MAX, PROBES_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { encodeMessage, type Message, type PlacedHeader } from './messages.ts';
import { misbehaved } from './peers.ts';
import { sealFeed } from './sealing.ts';
import { emit, type Job, type NodeState, nextId, type Peer, type SearchSession, type Served } from './state.ts';

/** Two entries a probe: the one asked for, and the one before it. */
const PROBE_BYTES_MAX = 2 * PROBES_MAX * ENTRY_BYTES_MAX;

/** Opens the next round of a search in the places [low, high]: below `low` the branches agree, at `high` they may differ. */
export function openSearch(
  state: NodeState,
  peer: Peer,
  search: { readonly origin: PeerIdText; readonly low: number; readonly high: number },
): void {
  const { origin, low, high } = search;
  const seqs = probes(low, high);
  const stream = nextId(state) * 2 + 1;
  state.sessions.set(stream, peer.id);
  peer.session = {
    kind: 'search',
    stream,
    activityMs: state.now.monoMs,
    origin,
    low,
    high,
    answer: [],
    reading: undefined,
  };
  const frame = encodeMessage({ kind: 'headers_request', federation: state.federation.id, origin, seqs });
  emit(state, { kind: 'open', stream, peer: peer.id, frame });
}

/** Up to PROBES_MAX places, evenly spread over [low, high], both ends included. */
export function probes(low: number, high: number): number[] {
  const count = Math.min(PROBES_MAX, high - low + 1);
  if (count === 1) return [high];
  return Array.from({ length: count }, (_, i) => low + Math.floor(((high - low) * i) / (count - 1)));
}

/** The peer's headers are here: read ours at the same places. */
export function onHeaders(
  state: NodeState,
  session: SearchSession,
  { headers }: Extract<Message, { kind: 'headers' }>,
): void {
  session.activityMs = state.now.monoMs;
  // Who holds less leaves out the last ones. With a gap the search might not come to an end.
  const seqs = probes(session.low, session.high);
  if (session.reading !== undefined || headers.some(({ seq }, i) => seq !== seqs[i])) {
    throw new TessraxError('headers_invalid', 'headers twice, or not those asked for, in order');
  }
  emit(state, { kind: 'close', stream: session.stream });
  session.answer = headers;
  session.reading = nextId(state);
  state.reads.set(session.reading, session.stream);
  const ranges = session.answer.map(({ seq }) => ({ origin: session.origin, from: Math.max(0, seq - 1), to: seq + 1 }));
  emit(state, {
    kind: 'read',
    job: session.reading,
    log: 'ledger',
    ranges,
    entriesMax: 2 * PROBES_MAX,
    bytesMax: PROBE_BYTES_MAX,
  });
}

/** Both sides' headers are here: narrow the search, or prove the fork. */
export function onOwnHeaders(
  state: NodeState,
  peer: Peer,
  session: SearchSession,
  entries: readonly PlacedEntry[],
): void {
  const { origin } = session;
  const own = new Map(entries.map((entry) => [entry.seq, entry]));
  let { low } = session;
  for (const foreign of session.answer) {
    const entry = own.get(foreign.seq);
    if (entry === undefined) break; // cut off meanwhile
    if (equalBytes(headerHash({ origin, ...foreign }, foreign.header, state.federation.id), entry.hash)) {
      low = foreign.seq + 1;
    } else if (foreign.seq === low) {
      endSearch(state, peer);
      prove(state, peer, origin, foreign, entry, own.get(low - 1)?.hash ?? ZERO_HASH);
      return;
    } else {
      openSearch(state, peer, { origin, low, high: foreign.seq });
      return;
    }
  }
  endSearch(state, peer); // no difference: one of us moved on since the suspicion
}

function prove(
  state: NodeState,
  peer: Peer,
  origin: PeerIdText,
  foreign: PlacedHeader,
  entry: PlacedEntry,
  prev: Uint8Array,
): void {
  const own = bareHeaderOf(readEntry(new BinaryReader(entry.bytes)));
  const proof = forkProof({ origin, seq: foreign.seq, prev }, own, foreign.header, state.federation.id);
  if (proof === undefined || !equalBytes(foreign.prev, prev)) {
    misbehaved(state, peer.id, 'headers_invalid'); // it agreed on the predecessor, and now names another
    return;
  }
  verifyFork(state, peer.id, proof);
}

/** Has the two signatures of a proof checked; `onForkVerified` follows. */
export function verifyFork(state: NodeState, peer: PeerIdText, proof: ForkProof): void {
  const items = examineFork(proof, state.federation.id);
  const job = nextId(state);
  state.jobs.set(job, { kind: 'fork', peer, proof });
  emit(state, { kind: 'verify', job, items });
}

function endSearch(state: NodeState, peer: Peer): void {
  if (peer.session?.kind === 'search') peer.suspects.delete(peer.session.origin);
  peer.session = undefined;
  state.planDue = true;
}

/** Answers with the headers we hold among those asked for. */
export function serveHeaders(
  state: NodeState,
  served: Served,
  request: Extract<Message, { kind: 'headers_request' }>,
): void {
  const { origin, seqs } = request;
  served.state = 'serving';
  served.headers = { origin, seqs };
  served.reading = nextId(state);
  state.reads.set(served.reading, served.stream);
  const ranges = seqs.map((seq) => ({ origin, from: Math.max(0, seq - 1), to: seq + 1 }));
  emit(state, {
    kind: 'read',
    job: served.reading,
    log: 'ledger',
    ranges,
    entriesMax: 2 * PROBES_MAX,
    bytesMax: PROBE_BYTES_MAX,
  });
}

export function sendHeaders(state: NodeState, served: Served, entries: readonly PlacedEntry[]): void {
  const held = new Map(entries.map((entry) => [entry.seq, entry]));
  const durableSize = state.durable.heads.get(served.headers?.origin ?? '')?.size ?? 0;
  const headers = (served.headers?.seqs ?? []).flatMap((seq): PlacedHeader[] => {
    const entry = held.get(seq);
    const prev = seq === 0 ? ZERO_HASH : held.get(seq - 1)?.hash;
    if (entry === undefined || prev === undefined || seq >= durableSize) return [];
    return [{ seq, prev, header: bareHeaderOf(readEntry(new BinaryReader(entry.bytes))) }];
  });
  served.state = 'ended';
  emit(state, { kind: 'send', stream: served.stream, frame: encodeMessage({ kind: 'headers', headers }) });
  emit(state, { kind: 'close', stream: served.stream });
}

/** Both signatures hold: the feed is sealed, and this node, which found the fork, records it. */
export function onForkVerified(
  state: NodeState,
  { peer, proof }: Extract<Job, { kind: 'fork' }>,
  valid: readonly boolean[],
): void {
  if (!valid.every(Boolean)) {
    misbehaved(state, peer, 'signature_invalid'); // our own header holds, so it was the other one
    return;
  }
  sealFeed(state, proof);
  const seal = state.seals.get(proof.origin);
  if (seal !== undefined) seal.found = true;
}
