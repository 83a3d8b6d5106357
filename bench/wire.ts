/** Bytes on the wire: deltas as they are sent, against the flat JSON of the same receipts. Real receipts, and generated ones. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRandom } from '../src/clock.ts';
import { BinaryReader } from '../src/core/binary.ts';
import { authorEntry } from '../src/core/entry/author.ts';
import { readEntry } from '../src/core/entry/codec.ts';
import type { Candidate } from '../src/core/entry/examine.ts';
import { toFlat } from '../src/core/entry/flat.ts';
import { parseStrict } from '../src/core/entry/strict-json.ts';
import { isObject } from '../src/core/entry/types.ts';
import { TessraxError } from '../src/core/errors.ts';
import type { Draft } from '../src/core/events.ts';
import { emptyHead } from '../src/core/ledger/admission.ts';
import { DELTA_ENTRIES_MAX } from '../src/core/limits.ts';
import { sha256 } from '../src/core/sha256-node.ts';
import { runOf, syncEventDraft } from '../src/core/sync/delta.ts';
import { decodeMessage, encodeMessage } from '../src/core/sync/messages.ts';
import { createIdentity } from '../src/identity/identity.ts';
import { encodeFrames, FrameReader } from '../src/network/frames.ts';
import { createSigner } from '../src/verify/signer.ts';
import type { Bench } from './bench.ts';
import { takeReceipts } from './receipts.ts';
import { type Measurement, rounded } from './report.ts';

const GENERATED = 10_000;
const REAL_FILE = join(import.meta.dirname, '../examples/receipts.jsonl');
const FEDERATION = '00'.repeat(32);
/** The clock is too coarse for one frame. */
const ROUNDS = 20;

export const wire: Bench = {
  name: 'wire',
  summary: `bytes of a receipt in a delta against its JSON form: real receipts, and n = ${GENERATED} generated ones`,
  async *run({ n = GENERATED }) {
    yield measure('real', await realDrafts());
    yield measure('generated', takeReceipts(5, n));
  },
};

async function realDrafts(): Promise<Draft[]> {
  const lines = (await readFile(REAL_FILE, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, i) => {
    const value = parseStrict(line);
    if (!isObject(value) || typeof value['type'] !== 'string')
      throw new TessraxError('line_invalid', `${REAL_FILE}, line ${i + 1}`);
    const { type, ...body } = value;
    return { type, body };
  });
}

function measure(receipts: string, drafts: readonly Draft[]): Measurement {
  const { entries, seal } = author(drafts);
  const deltas: Candidate[][] = [];
  for (let at = 0; at < entries.length; at += DELTA_ENTRIES_MAX) deltas.push(entries.slice(at, at + DELTA_ENTRIES_MAX));
  const events = deltas.map(seal);
  const encode = (): Uint8Array[] =>
    deltas.map((delta, i) =>
      encodeMessage({ kind: 'delta', event: { ...event(events, i), entry: event(events, i) }, runs: runOf(delta) }),
    );
  const started = performance.now();
  let frames = encode();
  for (let round = 1; round < ROUNDS; round++) frames = encode();
  const encoded = performance.now();
  for (let round = 0; round < ROUNDS; round++) for (const frame of frames) decodeMessage(frame);
  const decoded = performance.now();
  const packed = frames.map((frame) => encodeFrames([frame], true));
  const compressed = timed(() => frames.map((frame) => encodeFrames([frame], true)));
  const decompressed = timed(() => packed.map((bytes) => new FrameReader(true, () => true).push(bytes)));
  const n = entries.length;
  const perReceipt = 1000 / ROUNDS / n;
  const bytes = sizeOf(packed) / n;
  const jsonBytes = entries.reduce((sum, entry) => sum + flatBytes(entry), 0) / n;
  return {
    n,
    seconds: rounded((decoded - started) / 1000, 3),
    unit: 'bytes/receipt',
    receipts,
    bytes_per_receipt: rounded(bytes, 1),
    json_bytes_per_receipt: rounded(jsonBytes, 1),
    ratio: rounded(bytes / jsonBytes, 3),
    uncompressed_bytes_per_receipt: rounded(sizeOf(frames) / n, 1),
    encode_us: rounded((encoded - started) * perReceipt, 2),
    decode_us: rounded((decoded - encoded) * perReceipt, 2),
    compress_us: rounded(compressed * perReceipt, 2),
    decompress_us: rounded(decompressed * perReceipt, 2),
  };
}

/** Milliseconds of ROUNDS rounds. */
function timed(work: () => unknown): number {
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) work();
  return performance.now() - started;
}

function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** The drafts as entries of one feed, and what signs the SYNC_EVENT of a delta. */
function author(drafts: readonly Draft[]): { entries: Candidate[]; seal: (delta: readonly Candidate[]) => Candidate } {
  const identity = createIdentity();
  const signer = createSigner(identity.seed);
  const by = {
    federation: FEDERATION,
    sign: (message: Uint8Array) => signer.sign(message),
    random: (count: number) => systemRandom.bytes(count),
  };
  const entries: Candidate[] = [];
  let tip: Parameters<typeof authorEntry>[1] = emptyHead(identity.peerId, 'ledger');
  for (const draft of drafts) {
    const entry = authorEntry(by, tip, draft, Date.now());
    entries.push(entry);
    tip = { ...entry, size: entry.seq + 1 };
  }
  const journal = emptyHead(identity.peerId, 'journal');
  return { entries, seal: (delta) => authorEntry(by, journal, syncEventDraft(identity.peerId, [delta]), Date.now()) };
}

function event(events: readonly Candidate[], index: number): Candidate {
  const found = events[index];
  if (found === undefined) throw new TessraxError('bench_invalid', 'a delta has no event');
  return found;
}

function flatBytes({ origin, log, seq, prev, hash, bytes }: Candidate): number {
  const parts = readEntry(new BinaryReader(bytes));
  const flat = toFlat({ ...parts, federation: FEDERATION, origin, log, seq, prev, hash, bodyHash: sha256(parts.body) });
  return Buffer.byteLength(JSON.stringify(flat));
}
