/** The part of the store suite about reading entries in order. */
import assert from 'node:assert/strict';
import type { FeedRange, PlacedEntry } from '../../src/core/events.ts';
import type { Store } from '../../src/ports.ts';
import { batchOf, EMPTY_BATCH, FeedFixture } from '../unit/store/feed-fixture.ts';

export const NO_LIMIT = 1_000_000;

export function readingRanges(store: () => Store): void {
  const a = new FeedFixture('a');
  const b = new FeedFixture('b');
  const growths = [a.grow(10, 100), b.grow(5, 40)];
  const inA = (from: number, to: number): FeedRange => ({ origin: a.origin, from, to });
  const inB = (from: number, to: number): FeedRange => ({ origin: b.origin, from, to });
  const read = (ranges: FeedRange[], entriesMax = NO_LIMIT, bytesMax = NO_LIMIT) =>
    store().readRanges('ledger', ranges, entriesMax, bytesMax);
  const placesOf = (entries: readonly PlacedEntry[]) =>
    entries.map(({ origin, seq }) => `${origin === a.origin ? 'a' : 'b'}${seq}`).join(' ');

  describe('reads ranges', () => {
    beforeEach(() => store().write(batchOf(...growths)));

    it('entry for entry as written, as plain bytes', async () => {
      const entries = await read([inA(0, 10)]);
      assert.deepEqual(entries, a.entries);
      assert.equal(Object.getPrototypeOf(entries[0]?.bytes), Uint8Array.prototype);
      assert.equal(Object.getPrototypeOf(entries[0]?.hash), Uint8Array.prototype);
    });
    it('in the order asked, of several feeds', async () => {
      assert.equal(placesOf(await read([inB(3, 5), inA(8, 10), inB(0, 1)])), 'b3 b4 a8 a9 b0');
    });
    it('of that log only', async () => {
      assert.deepEqual(await store().readRanges('journal', [inA(0, 10)], NO_LIMIT, NO_LIMIT), []);
    });
    it('up to the number of entries, over all ranges', async () => {
      assert.equal(placesOf(await read([inA(0, 2), inB(0, 5)], 4)), 'a0 a1 b0 b1');
      assert.deepEqual(await read([inA(0, 2)], 0), []);
    });
    it('up to the bytes of the entries, over all ranges', async () => {
      assert.equal(placesOf(await read([inA(0, 2), inB(0, 5)], 9, 240)), 'a0 a1 b0');
      assert.equal(placesOf(await read([inA(0, 2), inB(0, 5)], 9, 239)), 'a0 a1');
      assert.equal(placesOf(await read([inA(0, 2), inB(0, 5)], 9, 199)), 'a0');
    });
    it('with the first entry even when it is larger than allowed', async () => {
      assert.equal(placesOf(await read([inA(4, 9)], 9, 1)), 'a4');
    });
    it('until a range goes beyond the end of its feed', async () => {
      assert.equal(placesOf(await read([inA(9, 12), inB(0, 5)])), 'a9');
      assert.deepEqual(await read([inA(10, 12), inB(0, 5)]), []);
    });
    it('over empty ranges', async () => {
      assert.equal(placesOf(await read([inA(3, 3), inB(4, 5), inA(50, 50)])), 'b4');
    });
    it('until a gap', async () => {
      const c = new FeedFixture('c');
      const { entries } = c.grow(4);
      await store().write({ ...EMPTY_BATCH, entries: entries.filter(({ seq }) => seq !== 2) });
      const ranges = [{ origin: c.origin, from: 0, to: 4 }, inA(0, 1)];
      assert.deepEqual(await read(ranges), entries.slice(0, 2));
    });
    it('longer than one step of the disk', async () => {
      const c = new FeedFixture('c');
      await store().write(batchOf(c.grow(2500, 300)));
      const entries = await read([{ origin: c.origin, from: 7, to: 2490 }]);
      assert.deepEqual(entries, c.entries.slice(7, 2490));
    });
  });
}

export function iterating(store: () => Store): void {
  describe('iterates', () => {
    const feed = new FeedFixture('a');
    const growth = feed.grow(2100);
    const range = (from: number, to: number): FeedRange => ({ origin: feed.origin, from, to });
    const seqs = async (from: number, to: number, reverse?: boolean) =>
      (await collect(store().iterate('ledger', range(from, to), reverse))).map(({ seq }) => seq);
    beforeEach(() => store().write(batchOf(growth)));

    it('in order, over many steps', async () => {
      assert.deepEqual(await collect(store().iterate('ledger', range(0, 5000))), feed.entries);
    });
    it('newest first', async () => {
      const entries = await collect(store().iterate('ledger', range(0, 5000), true));
      assert.deepEqual(entries.reverse(), feed.entries);
    });
    it('within the range only', async () => {
      assert.deepEqual(await seqs(3, 6), [3, 4, 5]);
      assert.deepEqual(await seqs(3, 6, true), [5, 4, 3]);
      assert.deepEqual(await seqs(2098, 2105, true), [2099, 2098]);
      assert.deepEqual(await seqs(2100, 2105), []);
      assert.deepEqual(await seqs(2100, 2105, true), []);
      assert.deepEqual(await seqs(6, 3), []);
      assert.deepEqual(await seqs(6, 3, true), []);
    });
    it('no further than the caller wants', async () => {
      for await (const { seq } of store().iterate('ledger', range(0, 2100), true)) if (seq < 2090) break;
      await store().write(batchOf(new FeedFixture('b').grow(1)));
    });
  });
}

export async function collect(entries: AsyncIterable<PlacedEntry>): Promise<PlacedEntry[]> {
  const all: PlacedEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}
