/** The frontier of one side of a reconciliation under the salt of the exchange: ranges of it are hashed, listed and compared where they lie. */
import { sha256 } from '#sha256';
import { compareParts } from '../bytes.ts';
import { type FeedTable, KEY_BYTES, ROOT_AT, ROOT_BYTES, ROW_BYTES } from '../ledger/feed-table.ts';

/** Fingerprints and marks depend on a salt that is new in each exchange, so 64 bits do: nobody can prepare two that stay alike. */
export const FINGERPRINT_BYTES = 8;
export const SALT_BYTES = 16;

/** Feeds of a range as they are listed, by key: where they lie in the sender's table, or in the frame that came. */
export interface Listing {
  readonly bytes: Uint8Array;
  /** Where the KEY_BYTES of each begin. */
  readonly keys: readonly number[];
  readonly sizes: readonly number[];
  /** Where its mark begins: FINGERPRINT_BYTES of its root are enough to see that it is another. */
  readonly marks: readonly number[];
}

export class SaltedTable {
  readonly table: FeedTable;
  /** Where a mark is cut out of a row depends on the salt: two roots made to look alike in one exchange do not in the next. */
  readonly #markAt: number;
  /** The salt, and the range that is being hashed. */
  #input: Uint8Array;

  constructor(table: FeedTable, salt: Uint8Array) {
    this.table = table;
    this.#markAt = ROOT_AT + ((salt[0] ?? 0) % (ROOT_BYTES - FINGERPRINT_BYTES + 1));
    this.#input = Uint8Array.from(salt);
  }

  /** Index of the first feed from `from` on whose key does not sort before `prefix`: it is likely to be near. */
  firstFrom(prefix: Uint8Array, from: number): number {
    const { table } = this;
    let stride = 1;
    let low = from;
    while (low + stride < table.count && table.isBefore(low + stride, prefix)) {
      low += stride;
      stride *= 2;
    }
    return table.firstFrom(prefix, low, Math.min(low + stride, table.count));
  }

  /** The shortest prefix that sorts after the feed before `index` and not after the one there. Both must be there. */
  boundary(index: number): Uint8Array {
    const before = this.table.key(index - 1);
    const here = this.table.key(index);
    let shared = 0;
    while (shared < KEY_BYTES - 1 && before[shared] === here[shared]) shared++;
    return here.subarray(0, shared + 1);
  }

  /** Of feeds [from, to): a hash over the whole, since sums of hashes could be made alike by whoever owns many feeds. */
  fingerprint(from: number, to: number): Uint8Array {
    const length = SALT_BYTES + (to - from) * ROW_BYTES;
    if (this.#input.length < length) {
      const grown = new Uint8Array(length);
      grown.set(this.#input.subarray(0, SALT_BYTES));
      this.#input = grown;
    }
    this.#input.set(this.table.bytes.subarray(from * ROW_BYTES, to * ROW_BYTES), SALT_BYTES);
    return sha256(this.#input.subarray(0, length)).subarray(0, FINGERPRINT_BYTES);
  }

  /** Feeds [from, to). */
  list(from: number, to: number): Listing {
    const keys: number[] = [];
    const sizes: number[] = [];
    const marks: number[] = [];
    for (let index = from; index < to; index++) {
      keys.push(index * ROW_BYTES);
      sizes.push(this.table.size(index));
      marks.push(index * ROW_BYTES + this.#markAt);
    }
    return { bytes: this.table.bytes, keys, sizes, marks };
  }

  /** How the key at `index` sorts against one of a listing: negative, zero or positive. */
  compareKey(index: number, { bytes, keys }: Listing, listed: number): number {
    return compareParts(this.table.bytes, index * ROW_BYTES, bytes, keys[listed] ?? 0, KEY_BYTES);
  }

  /** Whether the root at `index` has the mark of one of a listing. */
  hasMark(index: number, { bytes, marks }: Listing, listed: number): boolean {
    const at = index * ROW_BYTES + this.#markAt;
    return compareParts(this.table.bytes, at, bytes, marks[listed] ?? 0, FINGERPRINT_BYTES) === 0;
  }
}
