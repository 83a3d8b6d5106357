/** Batches that touch every bucket, and the check that a store holds the first of them, whole, and nothing else. */
import assert from 'node:assert/strict';
import type { StoreBatch } from '../../../src/core/events.ts';
import type { Store } from '../../../src/ports.ts';
import { batchOf, FeedFixture, hashOf } from './feed-fixture.ts';

const ENTRIES_PER_FEED = 20;
const ENTRY_BYTES = 300;

export class CrashFixture {
  readonly #feeds = [new FeedFixture('a'), new FeedFixture('b'), new FeedFixture('a', 'journal')];
  count = 0;

  next(): StoreBatch {
    const number = this.count++;
    const growths = this.#feeds.map((feed) => feed.grow(ENTRIES_PER_FEED, ENTRY_BYTES));
    return {
      ...batchOf(...growths),
      statements: [{ hash: hashOf(`statement ${number}`), json: `{"batch":${number}}` }],
      counterReserved: number + 1,
    };
  }

  /** Checks that the store holds some whole number of batches, each of them whole, and gives that number. */
  static async countIn(store: Store): Promise<number> {
    const { heads, counterReserved: count } = await store.snapshot();
    const expected = new CrashFixture();
    for (let number = 0; number < count; number++) expected.next();
    assert.equal(heads.length, count === 0 ? 0 : expected.#feeds.length);
    for (const feed of count === 0 ? [] : expected.#feeds) {
      const { origin, log } = feed;
      assert.deepEqual(
        heads.find((head) => head.origin === origin && head.log === log),
        feed.head,
      );
      const range = { origin, from: 0, to: feed.head.size + 1 };
      assert.deepEqual(await store.readRanges(log, [range], feed.head.size + 1, 1e9), feed.entries);
      const last = { origin, log, seq: feed.head.size - 1 };
      assert.deepEqual(await store.find(feed.head.hash), last);
    }
    for (let number = 0; number < count; number++) {
      assert.equal(await store.statement(hashOf(`statement ${number}`)), `{"batch":${number}}`);
    }
    assert.equal(await store.statement(hashOf(`statement ${count}`)), undefined);
    return count;
  }
}
