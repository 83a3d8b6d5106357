import { deepEqual, equal } from 'node:assert/strict';
import { toHex } from '../../src/core/bytes.ts';
import type { Effect, PlacedEntry } from '../../src/core/events.ts';
import { readEntries } from '../../src/read-entries.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { mth } from '../reference/merkle.ts';
import { batchOf, EMPTY_BATCH, FeedFixture } from './store/feed-fixture.ts';

const MANY = 1_000_000;

function read(origin: string, from: number, to: number, log: 'ledger' | 'journal' = 'ledger') {
  const effect: Extract<Effect, { kind: 'read' }> = {
    kind: 'read',
    job: 1,
    log,
    ranges: [{ origin, from, to }],
    entriesMax: MANY,
    bytesMax: MANY,
  };
  return effect;
}

function blocks(entries: readonly PlacedEntry[]): (readonly [number, string])[] {
  return entries.flatMap(({ seq, block }) => (block === undefined ? [] : [[seq, toHex(block)] as const]));
}

describe('reading for a delta', () => {
  it('gives the blocks that were read whole, out of the tree that is kept', async () => {
    const store = new MemoryStore();
    const feed = new FeedFixture('a');
    await store.write(batchOf(feed.grow(600)));
    const expected = [0, 256].map(
      (from) => [from + 255, toHex(mth(feed.entries.slice(from, from + 256).map(({ hash }) => hash)))] as const,
    );
    deepEqual(blocks(await readEntries(store, read(feed.origin, 0, 600))), expected);
    deepEqual(blocks(await readEntries(store, read(feed.origin, 1, 600))), expected.slice(1));
    deepEqual(blocks(await readEntries(store, read(feed.origin, 0, 511))), expected.slice(0, 1));
    const bare = (await readEntries(store, read(feed.origin, 0, 600))).map(({ block, ...entry }) => entry);
    deepEqual(bare, feed.entries);
  });

  it('gives none of a journal, whose parts have no root', async () => {
    const store = new MemoryStore();
    const journal = new FeedFixture('a', 'journal');
    await store.write(batchOf(journal.grow(300)));
    deepEqual(await readEntries(store, read(journal.origin, 0, 300, 'journal')), journal.entries);
  });

  it('gives none of a feed that is cut while it is read', async () => {
    const store = new MemoryStore();
    const feed = new FeedFixture('a');
    const { head } = feed.grow(100);
    const first = [...feed.entries];
    await store.write(batchOf({ entries: first, head, subtrees: [] }, feed.grow(200)));
    const reading = readEntries(store, read(feed.origin, 0, 300));
    await store.write({ ...EMPTY_BATCH, cuts: [{ head, to: 300 }] });
    const entries = await reading;
    equal(entries.length, 300);
    deepEqual(blocks(entries), []);
  });
});
