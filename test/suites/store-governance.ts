/** The part of the store suite about the index of GOVERNANCE entries. */
import assert from 'node:assert/strict';
import { BinaryWriter } from '../../src/core/binary.ts';
import { writeTypeName } from '../../src/core/entry/codec.ts';
import type { PlacedEntry } from '../../src/core/events.ts';
import type { Store } from '../../src/ports.ts';
import { batchOf, FeedFixture, type FeedGrowth } from '../unit/store/feed-fixture.ts';
import { collect } from './store-reading.ts';

export function governance(store: () => Store): void {
  describe('indexes governance entries', () => {
    const a = new FeedFixture('a');
    const b = new FeedFixture('b');
    const seqsOf = (entries: readonly PlacedEntry[], { origin }: FeedFixture) =>
      entries.filter((entry) => entry.origin === origin).map(({ seq }) => seq);

    it('of all ledger feeds, each in its order, whole; and no others', async () => {
      const inA = marked(a.grow(600, 80), (seq) => seq % 3 === 0);
      const inB = marked(b.grow(4, 80), (seq) => seq === 2);
      const journal = marked(new FeedFixture('a', 'journal').grow(3, 80), () => true);
      await store().write(batchOf(inA, journal));
      await store().write(batchOf(inB));
      const found = await collect(store().governanceEntries());
      assert.equal(found.length, 201);
      assert.deepEqual(
        found.filter(({ origin }) => origin === a.origin),
        inA.entries.filter(({ seq }) => seq % 3 === 0),
      );
      assert.deepEqual(seqsOf(found, b), [2]);
    });

    it('of a range of one feed', async () => {
      const feed = new FeedFixture('c');
      const other = new FeedFixture('d');
      await store().write(
        batchOf(
          marked(feed.grow(10), () => true),
          marked(other.grow(10), () => true),
        ),
      );
      const seqs = async (from: number, to: number) =>
        seqsOf(await collect(store().governanceEntries({ origin: feed.origin, from, to })), feed);
      assert.deepEqual(await seqs(3, 6), [3, 4, 5]);
      assert.deepEqual(await seqs(8, 20), [8, 9]);
      assert.deepEqual(await seqs(4, 4), []);
      assert.deepEqual(await seqs(6, 4), []);
    });

    it('and forgets those that are cut off', async () => {
      const feed = new FeedFixture('e');
      await store().write(batchOf(marked(feed.grow(3), () => true)));
      const { head } = feed;
      await store().write(batchOf(marked(feed.grow(5), () => true)));
      await store().write({ ...batchOf(), cuts: [{ head, to: feed.head.size }] });
      assert.deepEqual(seqsOf(await collect(store().governanceEntries()), feed), [0, 1, 2]);
    });
  });
}

/** The growth with the type of some entries made GOVERNANCE, and of the others RECEIPT. */
function marked(growth: FeedGrowth, isGovernance: (seq: number) => boolean): FeedGrowth {
  const entries = growth.entries.map((entry) => {
    const writer = new BinaryWriter(entry.bytes.length);
    writeTypeName(writer, isGovernance(entry.seq) ? 'GOVERNANCE' : 'RECEIPT');
    return { ...entry, bytes: writer.bytes(entry.bytes.subarray(1)).finish() };
  });
  return { ...growth, entries };
}
