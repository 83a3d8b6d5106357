/**
 * Which feeds differ, when both sides have thousands: range-based reconciliation (A. Meyer, "Range-Based Set Reconciliation", SRDS 2023,
 * arXiv 2212.13567). Feeds are sorted by public key. A range of them is compared by a fingerprint; ranges that differ are split, and small
 * ones listed. Pure: each side works on a list that does not change during the exchange.
 */
import { sha256 } from '#sha256';
import { compareBytes, equalBytes } from '../bytes.ts';
import { RECONCILE_BRANCHES, RECONCILE_BYTES_TARGET, RECONCILE_LISTED_MAX } from '../limits.ts';

/** Fingerprints and marks depend on a salt that is new in each exchange, so 64 bits do: nobody can prepare two that stay alike. */
export const FINGERPRINT_BYTES = 8;
export const SALT_BYTES = 16;
const ITEM_BYTES = 32 + 8 + 32;

/** A feed as we have it. */
export interface Item {
  /** The origin's public key. */
  readonly key: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A feed as it is listed: FINGERPRINT_BYTES of its root are enough to see that it is another. */
export interface Listed {
  readonly key: Uint8Array;
  readonly size: number;
  readonly mark: Uint8Array;
}

/** What a side has more than the other. With the size that the other has too, its root is another. */
export interface Claim {
  readonly key: Uint8Array;
  readonly size: number;
}

/** A claim of the other side, held against what we had when the exchange began. */
export interface JudgedClaim extends Claim {
  /** Two branches: as long as ours was, with another root. */
  readonly forked: boolean;
}

/** One range of keys: from where the range before it ends up to, not including, `end`; an empty `end` is the end of all keys. */
export type Range = { readonly end: Uint8Array } & (
  | { readonly kind: 'same' }
  | { readonly kind: 'fingerprint'; readonly fingerprint: Uint8Array }
  /** All that the sender has there, by key; the other side tells what it has more. */
  | { readonly kind: 'list'; readonly list: readonly Listed[] }
  /** The answer to a list: feeds of it that are longer, or as long with another root, by their index in it; and feeds that it lacks. */
  | {
      readonly kind: 'longer';
      readonly listed: readonly { readonly index: number; readonly size: number }[];
      readonly unlisted: readonly Claim[];
    }
);

export interface Answer {
  readonly ranges: readonly Range[];
  readonly claims: readonly JudgedClaim[];
}

/** Whether ranges want an answer. */
export function wantAnswer(ranges: readonly Range[]): boolean {
  return ranges.some(({ kind }) => kind === 'fingerprint' || kind === 'list');
}

/** Hashing keeps nothing of its input: this room serves every small range. */
const room = new Uint8Array(SALT_BYTES + 64 * ITEM_BYTES);

/** One side of an exchange. */
export class Reconciliation {
  readonly #items: readonly Item[];
  readonly #salt: Uint8Array;

  /** @param items by key, ascending */
  constructor(items: readonly Item[], salt: Uint8Array) {
    this.#items = items;
    this.#salt = salt;
  }

  /** The first message. */
  open(): Range[] {
    return this.#split({ from: 0, to: this.#items.length, end: new Uint8Array(), own: undefined });
  }

  /** One round: takes the other side's ranges, gives ours. Once a frame is full, further ranges are put off by their fingerprint. */
  answer(ranges: readonly Range[]): Answer {
    const spans = this.#spansOf(ranges);
    const answer: Range[] = [];
    const claims: JudgedClaim[] = [];
    let bytes = 0;
    ranges.forEach((range, i) => {
      const span = spans[i];
      if (span === undefined) return;
      const parts = this.#answerRange(range, span, bytes > RECONCILE_BYTES_TARGET);
      for (const part of parts) {
        bytes += sizeOf(part);
        // Neighbouring ranges that are the same are one.
        if (part.kind === 'same' && answer.at(-1)?.kind === 'same') answer.pop();
        answer.push(part);
      }
      if (range.kind === 'list') claims.push(...this.#claimsOf(range.list, span));
      if (range.kind === 'longer') claims.push(...longerClaims(range, this.#items, span));
    });
    return { ranges: answer, claims };
  }

  #spansOf(ranges: readonly Range[]): Span[] {
    let from = 0;
    return ranges.map(({ end, kind }) => {
      const to = end.length === 0 ? this.#items.length : firstFrom(this.#items, end, from);
      const own = kind === 'fingerprint' ? this.#fingerprint(from, to) : undefined;
      const span = { from, to, end, own };
      from = to;
      return span;
    });
  }

  /** @param full nothing is looked into any further in this round */
  #answerRange(range: Range, span: Span, full: boolean): Range[] {
    const { end, own } = span;
    if (range.kind === 'list') return [{ kind: 'longer', end, ...this.#longerThan(range.list, span) }];
    if (range.kind !== 'fingerprint' || own === undefined || equalBytes(own, range.fingerprint))
      return [{ kind: 'same', end }];
    return full ? [{ kind: 'fingerprint', fingerprint: own, end }] : this.#split(span);
  }

  /** A few items are listed; more are cut into parts, each with its fingerprint. */
  #split({ from, to, end }: Span): Range[] {
    const count = to - from;
    if (count <= RECONCILE_LISTED_MAX) {
      const list = this.#items.slice(from, to).map(({ key, size, root }) => ({ key, size, mark: this.#mark(root) }));
      return [{ kind: 'list', list, end }];
    }
    const parts = Math.min(RECONCILE_BRANCHES, Math.ceil(count / RECONCILE_LISTED_MAX));
    return Array.from({ length: parts }, (_, i) => {
      const first = from + Math.floor((count * i) / parts);
      const next = from + Math.floor((count * (i + 1)) / parts);
      return { kind: 'fingerprint', fingerprint: this.#fingerprint(first, next), end: this.#boundary(next, to, end) };
    });
  }

  /** The shortest prefix that sorts after the item before `at` and not after the one there. */
  #boundary(at: number, to: number, end: Uint8Array): Uint8Array {
    const before = this.#items[at - 1]?.key;
    const here = this.#items[at]?.key;
    if (at >= to || before === undefined || here === undefined) return end;
    let shared = 0;
    while (before[shared] === here[shared]) shared++;
    return here.subarray(0, shared + 1);
  }

  /** What we have more than a list says. Both are sorted: one walk. */
  #longerThan(list: readonly Listed[], { from, to }: Span) {
    const listed: { index: number; size: number }[] = [];
    const unlisted: Claim[] = [];
    let index = 0;
    for (let at = from; at < to; at++) {
      const item = this.#items[at];
      if (item === undefined) break;
      while (index < list.length && compareAt(list, index, item.key) < 0) index++;
      const theirs = list[index];
      const { key, size } = item;
      if (theirs === undefined || !equalBytes(theirs.key, key)) unlisted.push({ key, size });
      else if (size > theirs.size || (size === theirs.size && !this.#isMarked(item, theirs)))
        listed.push({ index, size });
    }
    return { listed, unlisted };
  }

  /** What a list says that the other side has more than we. */
  #claimsOf(list: readonly Listed[], { from, to }: Span): JudgedClaim[] {
    let at = from;
    return list.flatMap((theirs): JudgedClaim[] => {
      while (at < to && compareAt(this.#items, at, theirs.key) < 0) at++;
      const item = at < to ? this.#items[at] : undefined;
      const { key, size } = theirs;
      if (item === undefined || !equalBytes(item.key, key)) return [{ key, size, forked: false }];
      if (size > item.size) return [{ key, size, forked: false }];
      return size === item.size && !this.#isMarked(item, theirs) ? [{ key, size, forked: true }] : [];
    });
  }

  #isMarked({ root }: Item, { mark }: Listed): boolean {
    return equalBytes(this.#mark(root), mark);
  }

  /** Where it is cut out depends on the salt: two roots made to look alike in one exchange do not in the next. */
  #mark(root: Uint8Array): Uint8Array {
    const [salt = 0] = this.#salt;
    const from = salt % (root.length - FINGERPRINT_BYTES + 1);
    return root.subarray(from, from + FINGERPRINT_BYTES);
  }

  /** Of all items of a range: a hash over the whole, since sums of hashes could be made alike by whoever owns many feeds. */
  #fingerprint(from: number, to: number): Uint8Array {
    const length = SALT_BYTES + (to - from) * ITEM_BYTES;
    const bytes = length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    bytes.set(this.#salt);
    let at = SALT_BYTES;
    for (let i = from; i < to; i++) {
      const item = this.#items[i];
      if (item === undefined) break;
      bytes.set(item.key, at);
      view.setFloat64(at + 32, item.size); // exact: a size is at most 2^53 - 1
      bytes.set(item.root, at + 40);
      at += ITEM_BYTES;
    }
    return sha256(bytes).subarray(0, FINGERPRINT_BYTES);
  }
}

/** Items [from, to) of ours, which are those of a range up to `end`, and their fingerprint where one was asked for. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly end: Uint8Array;
  readonly own: Uint8Array | undefined;
}

/** The list was made of our items of this span, which have not changed since. */
function longerClaims(
  { listed, unlisted }: Extract<Range, { kind: 'longer' }>,
  items: readonly Item[],
  span: Span,
): JudgedClaim[] {
  const claims = listed.flatMap(({ index, size }): JudgedClaim[] => {
    const item = span.from + index < span.to ? items[span.from + index] : undefined;
    return item === undefined ? [] : [{ key: item.key, size, forked: size === item.size }];
  });
  return [...claims, ...unlisted.map((claim) => ({ ...claim, forked: false }))];
}

/** Index of the first item whose key does not sort before `prefix`. */
function firstFrom(items: readonly Item[], prefix: Uint8Array, from: number): number {
  let low = from;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareAt(items, middle, prefix) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareAt(items: readonly { readonly key: Uint8Array }[], at: number, key: Uint8Array): number {
  const item = items[at];
  return item === undefined ? 1 : compareBytes(item.key, key);
}

/** Roughly, on the wire. */
function sizeOf(range: Range): number {
  if (range.kind === 'fingerprint') return FINGERPRINT_BYTES + 4;
  if (range.kind === 'list') return range.list.length * (32 + 2 + FINGERPRINT_BYTES);
  if (range.kind === 'longer') return range.listed.length * 4 + range.unlisted.length * 34;
  return 4;
}
