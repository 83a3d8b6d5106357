/** The ranges of a reconciliation on the wire (protocol.md, R-105). */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { compareBytes } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import { FEEDS_COUNT_MAX, RECONCILE_RANGES_MAX } from '../limits.ts';
import { pick } from './message-parts.ts';
import { type Claim, FINGERPRINT_BYTES, type Listed, type Range } from './reconcile.ts';

const KEY_BYTES = 32;
const KINDS = ['same', 'fingerprint', 'list', 'longer'] as const;

export function writeReconcileRanges(writer: BinaryWriter, ranges: readonly Range[]): void {
  writer.varint(ranges.length);
  for (const range of ranges) {
    writer.byte(KINDS.indexOf(range.kind)).byte(range.end.length).bytes(range.end);
    if (range.kind === 'fingerprint') writer.bytes(range.fingerprint);
    if (range.kind === 'list') {
      writer.varint(range.list.length);
      for (const { key, size, mark } of range.list) writer.bytes(key).varint(size).bytes(mark);
    }
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

function readList(reader: BinaryReader, keys: Keys): Listed[] {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds in a list');
  return Array.from({ length: count }, () => ({
    key: keys.next(reader.bytes(KEY_BYTES)),
    size: reader.varint(),
    mark: reader.bytes(FINGERPRINT_BYTES),
  }));
}

function readIndices(reader: BinaryReader): { index: number; size: number }[] {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds that are longer');
  let before = -1;
  return Array.from({ length: count }, () => {
    const index = before + 1 + reader.varint();
    before = index;
    return { index, size: reader.varint() };
  });
}

function readClaims(reader: BinaryReader, keys: Keys): Claim[] {
  const count = reader.count(FEEDS_COUNT_MAX, 'feeds beside a list');
  return Array.from({ length: count }, () => ({ key: keys.next(reader.bytes(KEY_BYTES)), size: reader.varint() }));
}

/** Keys within a range, each after the one before: what is walked side by side must be in order. */
class Keys {
  #last: Uint8Array;
  readonly #end: Uint8Array;
  #first = true;

  constructor(from: Uint8Array, end: Uint8Array) {
    this.#last = from;
    this.#end = end;
  }

  next(key: Uint8Array): Uint8Array {
    const order = compareBytes(this.#last, key);
    const isAfter = this.#first ? order <= 0 : order < 0;
    if (!isAfter || (this.#end.length > 0 && compareBytes(key, this.#end) >= 0))
      throw disorder('a key is out of its place');
    this.#first = false;
    this.#last = key;
    return key;
  }
}

function disorder(what: string): TessraxError {
  return new TessraxError('wire_order', `ranges of a reconciliation: ${what}`);
}
