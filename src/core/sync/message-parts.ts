/** The parts that messages are made of, and their exact bytes (protocol.md, section 7). */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { fromHex, toHex } from '../bytes.ts';
import { readBareHeader } from '../entry/bare-header.ts';
import type { Run, RunEntry } from '../entry/examine.ts';
import { HASH_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { FeedRange } from '../events.ts';
import { type Decision, readDecision } from '../federation/decision.ts';
import {
  type DeltaCertificate,
  readFeedCertificate,
  readPath,
  writeFeedCertificate,
  writePath,
} from '../federation/feed-certificate.ts';
import type { LogName } from '../ledger/feed.ts';
import { readSealReason, type SealReason } from '../ledger/seal-reason.ts';
import {
  DECISIONS_COUNT_MAX,
  DELTA_ENTRIES_MAX,
  DELTA_RUNS_MAX,
  PROBES_MAX,
  RANGES_COUNT_MAX,
  SEALS_PER_REQUEST_MAX,
} from '../limits.ts';
import { readKey, writeKey } from './checkpoints.ts';
import type { PlacedHeader, WireRun } from './messages.ts';
import { readRunEntry } from './statement.ts';

export function pick<T>(reader: BinaryReader, values: readonly T[], first: number, what: string): T {
  const code = reader.byte();
  const value = values[code - first];
  if (value === undefined) throw new TessraxError('wire_code', `${what} ${code} is not known`, { fields: { code } });
  return value;
}

export function writeFederation(writer: BinaryWriter, federation: string): void {
  const bytes = fromHex(federation, HASH_BYTES);
  if (bytes === undefined) throw new TessraxError('federation_invalid', 'a federation ID is 64 hex digits');
  writer.bytes(bytes);
}

export function readHash(reader: BinaryReader): string {
  return toHex(reader.bytes(HASH_BYTES));
}

export function readRanges(reader: BinaryReader): FeedRange[] {
  const count = countFrom1(reader, RANGES_COUNT_MAX, 'ranges');
  const ranges: FeedRange[] = [];
  for (let i = 0; i < count; i++) {
    const range = { origin: readKey(reader), from: reader.varint(), to: reader.varint() };
    if (range.from >= range.to) throw new TessraxError('wire_range', 'a range is empty or backward');
    ranges.push(range);
  }
  return ranges;
}

export function readSeals(reader: BinaryReader): SealReason[] {
  const count = reader.count(SEALS_PER_REQUEST_MAX, 'seals');
  return Array.from({ length: count }, () => readSealReason(reader));
}

export function writeCertificates(writer: BinaryWriter, certificates: readonly DeltaCertificate[]): void {
  writer.varint(certificates.length);
  for (const certificate of certificates) {
    writeFeedCertificate(writer, certificate);
    writePath(writer, certificate.path);
  }
}

export function readCertificates(reader: BinaryReader): DeltaCertificate[] {
  const count = reader.count(DELTA_RUNS_MAX, 'certificates');
  return Array.from({ length: count }, () => ({ ...readFeedCertificate(reader), path: readPath(reader) }));
}

export function readSeqs(reader: BinaryReader): number[] {
  const count = reader.count(PROBES_MAX, 'headers');
  return Array.from({ length: count }, () => reader.varint());
}

export function readHeaders(reader: BinaryReader): PlacedHeader[] {
  const count = reader.count(PROBES_MAX, 'headers');
  return Array.from({ length: count }, () => ({
    seq: reader.varint(),
    prev: reader.bytes(HASH_BYTES),
    header: readBareHeader(reader),
  }));
}

export function writeRuns(writer: BinaryWriter, runs: readonly WireRun[]): void {
  writer.varint(runs.length);
  for (const { origin, from, prev, entries } of runs) {
    writeKey(writer, origin).varint(from).bytes(prev).varint(entries.length);
    for (const entry of entries) writer.bytes(entry.bytes);
  }
}

export function readRuns(reader: BinaryReader, log: LogName): Run[] {
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

export function readDecisions(reader: BinaryReader): Decision[] {
  const count = reader.count(DECISIONS_COUNT_MAX, 'decisions');
  return Array.from({ length: count }, () => readDecision(reader));
}

/** What is empty is not sent: an empty delta would cost its receiver a journal entry, and say nothing. */
function countFrom1(reader: BinaryReader, max: number, what: string): number {
  const count = reader.count(max, what);
  if (count === 0) throw new TessraxError('wire_range', `no ${what}`);
  return count;
}
