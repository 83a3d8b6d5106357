/** Reads entries of one feed in order, in bounded steps, by iterators. */
import type { FeedRange, PlacedEntry } from '../core/events.ts';
import type { LogName } from '../core/ledger/feed.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type Database, getValue, scan } from './database.ts';
import { corruptError } from './failures.ts';
import { entryKey, type FeedKey, type FeedKeys, headKey, seqOfEntryKey } from './keys.ts';
import { unsealEntry, unsealHead } from './records.ts';

export class FeedReader {
  readonly #db: Database;
  readonly #keys: FeedKeys;

  constructor(db: Database, keys: FeedKeys) {
    this.#db = db;
    this.#keys = keys;
  }

  /**
   * Entries from `range.from` upward without a gap, at most `limit`; the last step may be short. Rejects with `store_corrupt` when one
   * is missing that the feed's head counts.
   */
  async *forward(log: LogName, range: FeedRange, limit: number): AsyncGenerator<PlacedEntry[], void> {
    const feed = this.#keys.of(range.origin, log);
    const end = Math.min(range.to, range.from + limit);
    let next = range.from;
    for await (const pairs of this.#scan(feed, range.from, end, false)) {
      const entries: PlacedEntry[] = [];
      for (const [key, value] of pairs) {
        if (seqOfEntryKey(key) !== next) break;
        entries.push(unsealEntry(range.origin, log, key, value));
        next++;
      }
      if (entries.length > 0) yield entries;
      if (entries.length < pairs.length) break;
    }
    if (next < end) await this.#requireEnd(feed, next);
  }

  /** Entries of the range, newest first. Rejects as `forward` does. */
  async *backward(log: LogName, range: FeedRange): AsyncGenerator<PlacedEntry[], void> {
    const feed = this.#keys.of(range.origin, log);
    let above = range.to;
    let first = true;
    for await (const pairs of this.#scan(feed, range.from, range.to, true)) {
      const entries: PlacedEntry[] = [];
      for (const [key, value] of pairs) {
        const seq = seqOfEntryKey(key);
        if (seq !== above - 1) {
          if (!first) throw missing(feed, above - 1);
          await this.#requireEnd(feed, seq + 1);
        }
        first = false;
        entries.push(unsealEntry(range.origin, log, key, value));
        above = seq;
      }
      yield entries;
    }
    if (above > range.from) await this.#requireEnd(feed, first ? range.from : above - 1);
  }

  #scan(feed: FeedKey, from: number, to: number, reverse: boolean): ReturnType<typeof scan> {
    return scan(this.#db, {
      gte: entryKey(feed, from),
      lt: entryKey(feed, to),
      reverse,
      chunkPairs: Math.min(STORE_READ_CHUNK_ENTRIES, to - from),
      chunkBytes: STORE_READ_CHUNK_BYTES,
    });
  }

  /**
   * A feed may end before `seq`; it may not have a hole there. Head and entry are read again, in this order: a write that came after
   * the iterator's snapshot shows in both.
   */
  async #requireEnd(feed: FeedKey, seq: number): Promise<void> {
    const key = headKey(feed);
    const value = await getValue(this.#db, key);
    if (value === undefined || unsealHead(key, value).size <= seq) return;
    if ((await getValue(this.#db, entryKey(feed, seq))) === undefined) throw missing(feed, seq);
  }
}

function missing(feed: FeedKey, seq: number): Error {
  return corruptError(`entry ${seq} of a feed is missing`, {
    seq,
    feed: Buffer.from(feed.bytes.subarray(1)).toString('hex'),
  });
}
