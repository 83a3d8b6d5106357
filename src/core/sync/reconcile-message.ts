/** The ranges of a reconciliation on the wire (protocol.md, R-105). */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { compareBytes, compareParts } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import { KEY_BYTES } from '../ledger/feed-table.ts';
import { FEEDS_COUNT_MAX, RECONCILE_RANGES_MAX } from '../limits.ts';
import { pick } from './message-parts.ts';
import type { Claim, Range } from './reconcile.ts';
import { FINGERPRINT_BYTES, type Listing } from './salted-table.ts';

const KINDS = ['same', 'fingerprint', 'list', 'longer'] as const;

export function writeReconcileRanges(writer: BinaryWriter, ranges: readonly Range[]): void {
  writer.varint(ranges.length);
  for (const range of ranges) {
    writer.byte(KINDS.indexOf(range.kind)).byte(range.end.length).bytes(range.end);
    if (range.kind === 'fingerprint') writer.bytes(range.fingerprint);
    if (range.kind === 'list') writeList(writer, range.list);
    if (range.kind === 'longer') {
      writer.varint(range.listed.length);
      let before = -1;
      for (const { index, size } of range.listed) {
        writer.varint(index - before - 1).varint(size);
        before = index;
      }
      writer.varint(range.unlisted.length);
      for (const { key, size } of range.unlisted) writer.bytes(key).varint(size);
    }
  }
}

function writeList(writer: BinaryWriter, { bytes, keys, sizes, marks }: Listing): void {
  writer.varint(sizes.length);
  for (const [i, size] of sizes.entries())
    writer
      .part(bytes, keys[i] ?? 0, KEY_BYTES)
      .varint(size)
      .part(bytes, marks[i] ?? 0, FINGERPRINT_BYTES);
}

/** Ranges in ascending order that end with all keys. Throws `wire_…`, `wire_order` when ranges or keys are not in their place. */
export function readReconcileRanges(reader: BinaryReader): Range[] {
  const count = reader.count(RECONCILE_RANGES_MAX, 'ranges');
  const ranges: Range[] = [];
  let from: Uint8Array = new Uint8Array();
  for (let i = 0; i < count; i++) {
    const range = readRange(reader, from);
    const isLast = i === count - 1;
    if ((range.end.length === 0) !== isLast) throw disorder('only the last range goes up to the end');
    if (!isLast && i > 0 && compareBytes(from, range.end) >= 0) throw disorder('a range ends before it begins');
    ranges.push(range);
    from = range.end;
  }
  if (count === 0) throw disorder('no range');
  return ranges;
}

function readRange(reader: BinaryReader, from: Uint8Array): Range {
  const kind = pick(reader, KINDS, 0, 'kind of range');
  const length = reader.byte();
  if (length > KEY_BYTES) throw disorder('an end longer than a key');
  const end = reader.bytes(length);
  const keys = new Keys(from, end);
  switch (kind) {
    case 'same':
      return { kind, end };
    case 'fingerprint':
      return { kind, end, fingerprint: reader.bytes(FINGERPRINT_BYTES) };
    case 'list':
      return { kind, end, list: readList(reader, keys) };
    case 'longer':
      return { kind, end, listed: readIndices(reader), unlisted: readClaims(reader, keys) };
  }
}

/** Where each feed lies is noted, nothing is copied: the list lives as long as the frame does. */
function readList(reader: BinaryReader, keysOfRange: Keys): Listing {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds in a list');
  const { whole: bytes } = reader;
  const list = { bytes, keys: [] as number[], sizes: [] as number[], marks: [] as number[] };
  for (let i = 0; i < count; i++) {
    const key = reader.skip(KEY_BYTES);
    keysOfRange.next(bytes, key);
    list.keys.push(key);
    list.sizes.push(reader.varint());
    list.marks.push(reader.skip(FINGERPRINT_BYTES));
  }
  return list;
}

function readIndices(reader: BinaryReader): { index: number; size: number }[] {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds that are longer');
  const indices: { index: number; size: number }[] = [];
  let before = -1;
  for (let i = 0; i < count; i++) {
    const index = before + 1 + reader.varint();
    before = index;
    indices.push({ index, size: reader.varint() });
  }
  return indices;
}

function readClaims(reader: BinaryReader, keys: Keys): Claim[] {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds beside a list');
  return Array.from({ length: count }, () => {
    const key = reader.bytes(KEY_BYTES);
    keys.next(key, 0);
    return { key, size: reader.varint() };
  });
}

/** Keys within a range, each after the one before: what is walked side by side must be in order. */
class Keys {
  /** Where the last key lies; at first, where the range begins. */
  #last: Uint8Array;
  #lastAt = 0;
  #lastLength: number;
  #isFirst = true;
  readonly #end: Uint8Array;

  constructor(from: Uint8Array, end: Uint8Array) {
    this.#last = from;
    this.#lastLength = from.length;
    this.#end = end;
  }

  /** Takes the key at `at`. */
  next(bytes: Uint8Array, at: number): void {
    const order = compareParts(bytes, at, this.#last, this.#lastAt, this.#lastLength);
    const isAfter = this.#isFirst ? order >= 0 : order > 0;
    const end = this.#end;
    if (!isAfter || (end.length > 0 && compareParts(bytes, at, end, 0, end.length) >= 0))
      throw disorder('a key is out of its place');
    this.#last = bytes;
    this.#lastAt = at;
    this.#lastLength = KEY_BYTES;
    this.#isFirst = false;
  }
}

function disorder(what: string): TessraxError {
  return new TessraxError('wire_order', `ranges of a reconciliation: ${what}`);
}
