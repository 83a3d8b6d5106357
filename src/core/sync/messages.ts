/** The messages of `/tessrax/sync/1.0.0` and of the entries topic, and their exact bytes (protocol.md, section 7). */
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { fromHex, toHex } from '../bytes.ts';
import { type BareHeader, readBareHeader, writeBareHeader } from '../entry/bare-header.ts';
import { readEntry } from '../entry/codec.ts';
import type { Run, RunEntry } from '../entry/examine.ts';
import { HASH_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { FeedRange } from '../events.ts';
import {
  type DeltaCertificate,
  readFeedCertificate,
  readPath,
  writeFeedCertificate,
  writePath,
} from '../federation/feed-certificate.ts';
import type { LogName } from '../ledger/feed.ts';
import { encodeFork, type ForkProof, readFork } from '../ledger/fork.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import {
  DELTA_ENTRIES_MAX,
  DELTA_RUNS_MAX,
  FRONTIER_CHECKPOINTS_MAX,
  PROBES_MAX,
  RANGES_COUNT_MAX,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readCheckpoints, readKey, writeCheckpoints, writeKey } from './checkpoints.ts';

/** One signed journal entry that travels alone, with its place. */
export interface Statement {
  readonly origin: PeerIdText;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly entry: RunEntry;
}

/** Why a feed is sealed. */
export type SealReason = ForkProof;

export type RangesRequest = Extract<Message, { kind: 'ranges_request' }>;

export type EndStatus = 'done' | 'busy' | 'refused';

export type Message =
  | { readonly kind: 'frontier_request'; readonly federation: string; readonly checkpoints: readonly Checkpoint[] }
  | {
      readonly kind: 'ranges_request';
      readonly federation: string;
      readonly log: LogName;
      readonly ranges: readonly FeedRange[];
      /** Of the feeds among the ranges that are sealed here: the peer may not know, and answers with certificates where it has them. */
      readonly seals: readonly SealReason[];
    }
  | { readonly kind: 'frontier'; readonly more: boolean; readonly checkpoints: readonly Checkpoint[] }
  | {
      readonly kind: 'delta';
      readonly event: Statement;
      readonly runs: readonly Run[];
      readonly certificates: readonly DeltaCertificate[];
    }
  | { readonly kind: 'confirm'; readonly statement: Statement }
  | { readonly kind: 'end'; readonly status: EndStatus }
  | { readonly kind: 'entries'; readonly runs: readonly Run[] }
  | {
      readonly kind: 'headers_request';
      readonly federation: string;
      readonly origin: PeerIdText;
      readonly seqs: readonly number[];
    }
  | { readonly kind: 'headers'; readonly headers: readonly PlacedHeader[] };

/** A header of a ledger feed at its place; the feed is the one that was asked for. */
export interface PlacedHeader {
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly header: BareHeader;
}

/** Entries as they are written: their bytes are enough. */
export interface WireRun {
  readonly origin: PeerIdText;
  readonly from: number;
  readonly prev: Uint8Array;
  readonly entries: readonly { readonly bytes: Uint8Array }[];
}
type WireStatement = Omit<Statement, 'entry'> & { readonly entry: { readonly bytes: Uint8Array } };

/** What can be sent: a message, or one of stored bytes. */
export type Outgoing =
  | Exclude<Message, { kind: 'ranges_request' | 'delta' | 'confirm' | 'entries' }>
  | (Omit<Extract<Message, { kind: 'ranges_request' }>, 'seals'> & { readonly seals?: readonly SealReason[] })
  | {
      readonly kind: 'delta';
      readonly event: WireStatement;
      readonly runs: readonly WireRun[];
      readonly certificates?: readonly DeltaCertificate[];
    }
  | { readonly kind: 'confirm'; readonly statement: WireStatement }
  | { readonly kind: 'entries'; readonly runs: readonly WireRun[] };

const KINDS = [
  'frontier_request',
  'ranges_request',
  'frontier',
  'delta',
  'confirm',
  'end',
  'entries',
  'headers_request',
  'headers',
] as const;
const STATUSES: readonly EndStatus[] = ['done', 'busy', 'refused'];
const LOGS: readonly LogName[] = ['ledger', 'journal'];

export function encodeMessage(message: Outgoing): Uint8Array {
  const writer = new BinaryWriter(message.kind === 'delta' ? 1 << 16 : 1024);
  writer.byte(KINDS.indexOf(message.kind) + 1);
  switch (message.kind) {
    case 'frontier_request':
      writeFederation(writer, message.federation);
      writeCheckpoints(writer, message.checkpoints);
      break;
    case 'ranges_request':
      writeFederation(writer, message.federation);
      writer.byte(LOGS.indexOf(message.log)).varint(message.ranges.length);
      for (const { origin, from, to } of message.ranges) writeKey(writer, origin).varint(from).varint(to);
      writer.varint(message.seals?.length ?? 0);
      for (const seal of message.seals ?? []) writer.bytes(encodeFork(seal));
      break;
    case 'frontier':
      writer.byte(message.more ? 1 : 0);
      writeCheckpoints(writer, message.checkpoints);
      break;
    case 'delta':
      writeStatement(writer, message.event);
      writeRuns(writer, message.runs);
      writeCertificates(writer, message.certificates ?? []);
      break;
    case 'confirm':
      writeStatement(writer, message.statement);
      break;
    case 'end':
      writer.byte(STATUSES.indexOf(message.status));
      break;
    case 'entries':
      writeRuns(writer, message.runs);
      break;
    case 'headers_request':
      writeFederation(writer, message.federation);
      writeKey(writer, message.origin).varint(message.seqs.length);
      for (const seq of message.seqs) writer.varint(seq);
      break;
    case 'headers':
      writer.varint(message.headers.length);
      for (const { seq, prev, header } of message.headers) {
        writer.varint(seq).bytes(prev);
        writeBareHeader(writer, header);
      }
      break;
  }
  return writer.finish();
}

/** Reads one message. Throws `wire_…` on anything that `encodeMessage` does not write. */
export function decodeMessage(frame: Uint8Array): Message {
  const reader = new BinaryReader(frame);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: BinaryReader): Message {
  const kind = pick(reader, KINDS, 1, 'message kind');
  switch (kind) {
    case 'frontier_request':
      return { kind, federation: readHash(reader), checkpoints: readCheckpoints(reader, FRONTIER_CHECKPOINTS_MAX) };
    case 'ranges_request':
      return {
        kind,
        federation: readHash(reader),
        log: pick(reader, LOGS, 0, 'log'),
        ranges: readRanges(reader),
        seals: readSeals(reader),
      };
    case 'frontier':
      return {
        kind,
        more: pick(reader, [false, true], 0, 'flag'),
        checkpoints: readCheckpoints(reader, FRONTIER_CHECKPOINTS_MAX),
      };
    case 'delta':
      return {
        kind,
        event: readStatement(reader),
        runs: readRuns(reader, 'ledger'),
        certificates: readCertificates(reader),
      };
    case 'confirm':
      return { kind, statement: readStatement(reader) };
    case 'end':
      return { kind, status: pick(reader, STATUSES, 0, 'status') };
    case 'entries':
      return { kind, runs: readRuns(reader, 'journal') };
    case 'headers_request':
      return { kind, federation: readHash(reader), origin: readKey(reader), seqs: readSeqs(reader) };
    case 'headers':
      return { kind, headers: readHeaders(reader) };
  }
}

function pick<T>(reader: BinaryReader, values: readonly T[], first: number, what: string): T {
  const code = reader.byte();
  const value = values[code - first];
  if (value === undefined) throw new TessraxError('wire_code', `${what} ${code} is not known`, { fields: { code } });
  return value;
}

function writeFederation(writer: BinaryWriter, federation: string): void {
  const bytes = fromHex(federation, HASH_BYTES);
  if (bytes === undefined) throw new TessraxError('federation_invalid', 'a federation ID is 64 hex digits');
  writer.bytes(bytes);
}

function readHash(reader: BinaryReader): string {
  return toHex(reader.bytes(HASH_BYTES));
}

function readRanges(reader: BinaryReader): FeedRange[] {
  const count = countFrom1(reader, RANGES_COUNT_MAX, 'ranges');
  const ranges: FeedRange[] = [];
  for (let i = 0; i < count; i++) {
    const range = { origin: readKey(reader), from: reader.varint(), to: reader.varint() };
    if (range.from >= range.to) throw new TessraxError('wire_range', 'a range is empty or backward');
    ranges.push(range);
  }
  return ranges;
}

function readSeals(reader: BinaryReader): SealReason[] {
  const count = reader.count(RANGES_COUNT_MAX, 'seals');
  return Array.from({ length: count }, () => readFork(reader));
}

function writeCertificates(writer: BinaryWriter, certificates: readonly DeltaCertificate[]): void {
  writer.varint(certificates.length);
  for (const certificate of certificates) {
    writeFeedCertificate(writer, certificate);
    writePath(writer, certificate.path);
  }
}

function readCertificates(reader: BinaryReader): DeltaCertificate[] {
  const count = reader.count(DELTA_RUNS_MAX, 'certificates');
  return Array.from({ length: count }, () => ({ ...readFeedCertificate(reader), path: readPath(reader) }));
}

function readSeqs(reader: BinaryReader): number[] {
  const count = reader.count(PROBES_MAX, 'headers');
  return Array.from({ length: count }, () => reader.varint());
}

function readHeaders(reader: BinaryReader): PlacedHeader[] {
  const count = reader.count(PROBES_MAX, 'headers');
  return Array.from({ length: count }, () => ({
    seq: reader.varint(),
    prev: reader.bytes(HASH_BYTES),
    header: readBareHeader(reader),
  }));
}

function writeStatement(writer: BinaryWriter, { origin, seq, prev, entry }: WireStatement): void {
  writeKey(writer, origin).varint(seq).bytes(prev).bytes(entry.bytes);
}

function readStatement(reader: BinaryReader): Statement {
  const origin = readKey(reader);
  return { origin, seq: reader.varint(), prev: reader.bytes(HASH_BYTES), entry: readRunEntry(reader) };
}

function readRunEntry(reader: BinaryReader): RunEntry {
  const start = reader.position;
  const parts = readEntry(reader);
  return { ...parts, bytes: reader.slice(start, reader.position) };
}

function writeRuns(writer: BinaryWriter, runs: readonly WireRun[]): void {
  writer.varint(runs.length);
  for (const { origin, from, prev, entries } of runs) {
    writeKey(writer, origin).varint(from).bytes(prev).varint(entries.length);
    for (const entry of entries) writer.bytes(entry.bytes);
  }
}

function readRuns(reader: BinaryReader, log: LogName): Run[] {
  const count = countFrom1(reader, DELTA_RUNS_MAX, 'runs');
  const runs: Run[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const origin = readKey(reader);
    const from = reader.varint();
    const prev = reader.bytes(HASH_BYTES);
    const length = countFrom1(reader, DELTA_ENTRIES_MAX - total, 'entries in a delta');
    if (from + length > Number.MAX_SAFE_INTEGER) throw new TessraxError('wire_range', 'a run ends beyond 2^53 - 1');
    total += length;
    const entries: RunEntry[] = [];
    for (let j = 0; j < length; j++) entries.push(readRunEntry(reader));
    runs.push({ origin, log, from, prev, entries });
  }
  return runs;
}

/** What is empty is not sent: an empty delta would cost its receiver a journal entry, and say nothing. */
function countFrom1(reader: BinaryReader, max: number, what: string): number {
  const count = reader.count(max, what);
  if (count === 0) throw new TessraxError('wire_range', `no ${what}`);
  return count;
}
