/**
 * Which feeds differ, when both sides have thousands: range-based reconciliation (A. Meyer, "Range-Based Set Reconciliation", SRDS 2023,
 * arXiv 2212.13567). Feeds are sorted by public key. A range of them is compared by a fingerprint; ranges that differ are split, and small
 * ones listed. Pure: each side works on a table that does not change during the exchange.
 */
import { equalBytes } from '../bytes.ts';
import { type FeedTable, KEY_BYTES } from '../ledger/feed-table.ts';
import {
  RECONCILE_BRANCHES,
  RECONCILE_BYTES_TARGET,
  RECONCILE_LISTED_MAX,
  RECONCILE_LISTED_MAX_APART,
  RECONCILE_RANGES_APART_MIN,
} from '../limits.ts';
import { type PeerIdText, peerIdOf } from '../peer-id.ts';
import { FINGERPRINT_BYTES, type Listing, SaltedTable } from './salted-table.ts';

/** What a side has more than the other. With the size that the other has too, its root is another. */
export interface Claim {
  readonly key: Uint8Array;
  readonly size: number;
}

/** A claim of the other side, held against what we had when the exchange began. */
export interface JudgedClaim {
  readonly origin: PeerIdText;
  readonly size: number;
  /** Two branches: as long as ours was, with another root. */
  readonly forked: boolean;
}

/** One range of keys: from where the range before it ends up to, not including, `end`; an empty `end` is the end of all keys. */
export type Range = { readonly end: Uint8Array } & (
  | { readonly kind: 'same' }
  | { readonly kind: 'fingerprint'; readonly fingerprint: Uint8Array }
  /** All that the sender has there, by key; the other side tells what it has more. */
  | { readonly kind: 'list'; readonly list: Listing }
  | Longer
);

/** The answer to a list: feeds of it that are longer, or as long with another root, by their index in it; and feeds that it lacks. */
interface Longer {
  readonly kind: 'longer';
  readonly end: Uint8Array;
  readonly listed: readonly { readonly index: number; readonly size: number }[];
  readonly unlisted: readonly Claim[];
}

export interface Answer {
  readonly ranges: readonly Range[];
  readonly claims: readonly JudgedClaim[];
}

/** Bytes of ranges on the wire, roughly. */
export function sizeOfRanges(ranges: readonly Range[]): number {
  let bytes = 0;
  for (const range of ranges) bytes += sizeOf(range);
  return bytes;
}

/** Whether ranges want an answer. */
export function wantAnswer(ranges: readonly Range[]): boolean {
  return ranges.some(({ kind }) => kind === 'fingerprint' || kind === 'list');
}

/** One side of an exchange. */
export class Reconciliation {
  readonly #table: FeedTable;
  readonly #salted: SaltedTable;

  /** @param table does not change */
  constructor(table: FeedTable, salt: Uint8Array) {
    this.#table = table;
    this.#salted = new SaltedTable(table, salt);
  }

  /** The first message. */
  open(): Range[] {
    const all = { from: 0, to: this.#table.count, end: new Uint8Array(), own: undefined };
    return this.#split(all, RECONCILE_LISTED_MAX);
  }

  /** One round: takes the other side's ranges, gives ours. Once a frame is full, further ranges are put off by their fingerprint. */
  answer(ranges: readonly Range[]): Answer {
    const spans = this.#spansOf(ranges);
    const listedMax = areApart(ranges, spans) ? RECONCILE_LISTED_MAX_APART : RECONCILE_LISTED_MAX;
    const answer: Range[] = [];
    const claims: JudgedClaim[] = [];
    let bytes = 0;
    ranges.forEach((range, i) => {
      const span = spans[i];
      if (span === undefined) return;
      if (range.kind === 'longer') this.#takeLonger(range, span, claims);
      const isFull = bytes > RECONCILE_BYTES_TARGET;
      const parts =
        range.kind === 'list'
          ? [this.#answerList(range.list, span, claims)]
          : this.#lookInto(range, span, isFull ? 0 : listedMax);
      for (const part of parts) {
        bytes += sizeOf(part);
        // Neighbouring ranges that are the same are one.
        if (part.kind === 'same' && answer.at(-1)?.kind === 'same') answer.pop();
        answer.push(part);
      }
    });
    return { ranges: answer, claims };
  }

  /** @param listedMax 0 when nothing is looked into any further in this round */
  #lookInto(range: Range, span: Span, listedMax: number): Range[] {
    const { end, own } = span;
    if (own === undefined || !differs(range, span)) return [{ kind: 'same', end }];
    return listedMax === 0 ? [{ kind: 'fingerprint', fingerprint: own, end }] : this.#split(span, listedMax);
  }

  #spansOf(ranges: readonly Range[]): Span[] {
    let from = 0;
    return ranges.map(({ end, kind }) => {
      const to = end.length === 0 ? this.#table.count : this.#salted.firstFrom(end, from);
      const own = kind === 'fingerprint' ? this.#salted.fingerprint(from, to) : undefined;
      const span = { from, to, end, own };
      from = to;
      return span;
    });
  }

  /** A few feeds are listed; more are cut into parts, each with its fingerprint. */
  #split({ from, to, end }: Span, listedMax: number): Range[] {
    const count = to - from;
    if (count <= listedMax) return [{ kind: 'list', list: this.#salted.list(from, to), end }];
    const parts = Math.min(RECONCILE_BRANCHES, Math.ceil(count / RECONCILE_LISTED_MAX));
    return Array.from({ length: parts }, (_, i) => {
      const first = from + Math.floor((count * i) / parts);
      const next = from + Math.floor((count * (i + 1)) / parts);
      return {
        kind: 'fingerprint',
        fingerprint: this.#salted.fingerprint(first, next),
        end: next < to ? this.#salted.boundary(next) : end,
      };
    });
  }

  /** What we have more than a list says, and, as claims, what it has more than we. Both are sorted: one walk. */
  #answerList(list: Listing, { from, to, end }: Span, claims: JudgedClaim[]): Range {
    const table = this.#table;
    const listed: { index: number; size: number }[] = [];
    const unlisted: Claim[] = [];
    let at = from;
    for (const [index, theirs] of list.sizes.entries()) {
      let order = 1;
      for (; at < to; at++) {
        order = this.#salted.compareKey(at, list, index);
        if (order >= 0) break;
        unlisted.push({ key: table.key(at), size: table.size(at) });
      }
      if (at === to || order > 0) {
        const keyAt = list.keys[index] ?? 0;
        claims.push({ origin: peerIdOf(list.bytes.subarray(keyAt, keyAt + KEY_BYTES)), size: theirs, forked: false });
        continue;
      }
      const size = table.size(at);
      const forked = size === theirs && !this.#salted.hasMark(at, list, index);
      if (size > theirs || forked) listed.push({ index, size });
      if (size < theirs || forked) claims.push({ origin: table.origins[at] ?? '', size: theirs, forked });
      at += 1;
    }
    for (; at < to; at++) unlisted.push({ key: table.key(at), size: table.size(at) });
    return { kind: 'longer', end, listed, unlisted };
  }

  /** The list was made of our feeds of this span, which have not changed since. */
  #takeLonger({ listed, unlisted }: Longer, { from, to }: Span, claims: JudgedClaim[]): void {
    for (const { index, size } of listed) {
      const at = from + index;
      const origin = at < to ? this.#table.origins[at] : undefined;
      if (origin !== undefined) claims.push({ origin, size, forked: size === this.#table.size(at) });
    }
    for (const { key, size } of unlisted) claims.push({ origin: peerIdOf(key), size, forked: false });
  }
}

/** Feeds [from, to) of ours, which are those of a range up to `end`, and their fingerprint where one was asked for. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly end: Uint8Array;
  readonly own: Uint8Array | undefined;
}

function differs(range: Range, { own }: Span): boolean {
  return range.kind === 'fingerprint' && own !== undefined && !equalBytes(own, range.fingerprint);
}

/** Where each of many ranges differs, so will most of their parts: asking for these first would cost a round and find little that is the same. */
function areApart(ranges: readonly Range[], spans: readonly Span[]): boolean {
  if (ranges.length < RECONCILE_RANGES_APART_MIN) return false;
  return spans.every((span, i) => {
    const range = ranges[i];
    return range !== undefined && differs(range, span);
  });
}

/** Roughly, on the wire. */
function sizeOf(range: Range): number {
  if (range.kind === 'fingerprint') return FINGERPRINT_BYTES + 4;
  if (range.kind === 'list') return range.list.sizes.length * (KEY_BYTES + 2 + FINGERPRINT_BYTES);
  if (range.kind === 'longer') return range.listed.length * 4 + range.unlisted.length * 34;
  return 4;
}
