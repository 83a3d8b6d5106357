/**
 * Checkpoints of feeds by public key, in one block of memory: a row for each, laid out as ranges of them are hashed. So ten thousand
 * are copied, hashed and compared where they lie, without an object for each. A new row moves those behind it, as bytes.
 */
import { compareParts } from '../bytes.ts';
import type { PeerIdText } from '../peer-id.ts';

/** A row: public key, size as IEEE 754 double (exact: a size is at most 2^53 - 1), root. */
export const KEY_BYTES = 32;
const SIZE_AT = KEY_BYTES;
export const ROOT_AT = SIZE_AT + 8;
export const ROOT_BYTES = 32;
export const ROW_BYTES = ROOT_AT + ROOT_BYTES;
const ROWS_FIRST = 16;

export class FeedTable {
  #origins: PeerIdText[] = [];
  #bytes = new Uint8Array(ROWS_FIRST * ROW_BYTES);
  #view = new DataView(this.#bytes.buffer);

  get count(): number {
    return this.#origins.length;
  }

  /** In the order of the rows. */
  get origins(): readonly PeerIdText[] {
    return this.#origins;
  }

  /** All rows, and room behind them. Not to be written to, and another block when the table grows. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** One that does not change with this one. */
  copy(): FeedTable {
    const copy = new FeedTable();
    copy.#origins = this.#origins.slice();
    copy.#bytes = this.#bytes.slice(0, Math.max(this.count, ROWS_FIRST) * ROW_BYTES);
    copy.#view = new DataView(copy.#bytes.buffer);
    return copy;
  }

  /** Row of the feed with this key, or of the first one behind where it belongs. */
  find(key: Uint8Array): number {
    return this.firstFrom(key, 0, this.count);
  }

  /** Whether the row at `index` is that of the key. */
  isAt(index: number, key: Uint8Array): boolean {
    return index < this.count && compareParts(this.#bytes, index * ROW_BYTES, key, 0, KEY_BYTES) === 0;
  }

  /** The first row of [low, high) whose key does not sort before `prefix`; `high` when there is none. */
  firstFrom(prefix: Uint8Array, low: number, high: number): number {
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.isBefore(middle, prefix)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  isBefore(index: number, prefix: Uint8Array): boolean {
    return compareParts(this.#bytes, index * ROW_BYTES, prefix, 0, prefix.length) < 0;
  }

  /** A view of the key at `index`. */
  key(index: number): Uint8Array {
    return this.#bytes.subarray(index * ROW_BYTES, index * ROW_BYTES + KEY_BYTES);
  }

  size(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + SIZE_AT);
  }

  /** Writes the checkpoint of the feed at `index`, which must be there. */
  set(index: number, size: number, root: Uint8Array): void {
    this.#view.setFloat64(index * ROW_BYTES + SIZE_AT, size);
    this.#bytes.set(root, index * ROW_BYTES + ROOT_AT);
  }

  /** Puts a feed before the row at `index`, which is where its key belongs. */
  insert(index: number, feed: { origin: PeerIdText; key: Uint8Array; size: number; root: Uint8Array }): void {
    const at = index * ROW_BYTES;
    const end = this.count * ROW_BYTES;
    if (end === this.#bytes.length) this.#grow();
    this.#bytes.copyWithin(at + ROW_BYTES, at, end);
    this.#bytes.set(feed.key, at);
    this.#origins.splice(index, 0, feed.origin);
    this.set(index, feed.size, feed.root);
  }

  remove(index: number): void {
    this.#bytes.copyWithin(index * ROW_BYTES, (index + 1) * ROW_BYTES, this.count * ROW_BYTES);
    this.#origins.splice(index, 1);
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#bytes.length);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
