/** What every Store must do, by the promises of src/ports.ts. Run on each implementation. */
import assert from 'node:assert/strict';
import { toHex } from '../../src/core/bytes.ts';
import { STORE_VALUE_BYTES_MAX, STORE_VALUE_NAME_LENGTH_MAX } from '../../src/core/limits.ts';
import { leafHash, nodeHash } from '../../src/core/merkle/hash.ts';
import type { Store } from '../../src/ports.ts';
import { batchOf, EMPTY_BATCH, FeedFixture, hashOf } from '../unit/store/feed-fixture.ts';
import { governance } from './store-governance.ts';
import { collect, iterating, NO_LIMIT, readingRanges } from './store-reading.ts';
import { cuttingAndSealing } from './store-sealing.ts';

export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await store.close();
    });
    const current = () => store;
    emptyAndHeads(current);
    readingRanges(current);
    iterating(current);
    subtrees(current);
    smallRecords(current);
    governance(current);
    cuttingAndSealing(current);
    writingAndClosing(current);
  });
}

function emptyAndHeads(store: () => Store): void {
  it('keeps decisions by their epochs, and with whom the node votes', async () => {
    const decisions = Array.from({ length: 300 }, (_, epoch) => ({ epoch, bytes: new Uint8Array(10).fill(epoch) }));
    await store().write({ ...EMPTY_BATCH, decisions: decisions.slice(0, 2), votingSince: 2 });
    await store().write({ ...EMPTY_BATCH, decisions: decisions.slice(2) });
    const bytes = decisions.map((decision) => decision.bytes);
    const snapshot = await store().snapshot();
    assert.deepEqual([snapshot.decisions, snapshot.votingSince], [bytes, 2]);
    assert.deepEqual(await store().decisions(255, 30), bytes.slice(255, 258));
    assert.deepEqual(await store().decisions(299, 1), bytes.slice(299), 'one at least');
    assert.deepEqual(await store().decisions(300, 1), []);
  });

  it('is empty at first', async () => {
    const { origin } = new FeedFixture('a');
    assert.deepEqual(await store().snapshot(), {
      heads: [],
      certified: [],
      seals: [],
      revocations: [],
      decisions: [],
      votingSince: 0,
      counterReserved: 0,
    });
    assert.deepEqual(await store().readRanges('ledger', [{ origin, from: 0, to: 9 }], 9, NO_LIMIT), []);
    assert.deepEqual(await collect(store().iterate('ledger', { origin, from: 0, to: 9 })), []);
    assert.deepEqual(await collect(store().iterate('ledger', { origin, from: 0, to: 9 }, true)), []);
    assert.deepEqual(await collect(store().governanceEntries()), []);
    assert.equal(await store().find(hashOf('nothing')), undefined);
    assert.equal(await store().statement(hashOf('nothing')), undefined);
    assert.equal(await store().getValue('nothing'), undefined);
  });

  it('gives heads back as they were written, the newest of each feed', async () => {
    const feeds = [new FeedFixture('a'), new FeedFixture('b'), new FeedFixture('a', 'journal')];
    for (const count of [1, 6]) await store().write(batchOf(...feeds.map((feed) => feed.grow(count))));
    const { heads } = await store().snapshot();
    assert.equal(heads.length, 3);
    for (const { head } of feeds) {
      const held = heads.find(({ origin, log }) => origin === head.origin && log === head.log);
      assert.deepEqual(held, head);
    }
  });

  it('keeps a size and a timestamp beyond 32 bits', async () => {
    const head = { ...new FeedFixture('a').head, size: Number.MAX_SAFE_INTEGER, timestampMs: 253_402_300_799_999 };
    await store().write({ ...EMPTY_BATCH, heads: [head] });
    assert.deepEqual((await store().snapshot()).heads, [head]);
  });

  it('keeps the reserved counter when a later batch has none', async () => {
    await store().write({ ...EMPTY_BATCH, counterReserved: 4096 });
    await store().write(batchOf(new FeedFixture('a').grow(1)));
    assert.equal((await store().snapshot()).counterReserved, 4096);
  });
}

function subtrees(store: () => Store): void {
  describe('gives the hash of a subtree', () => {
    const feed = new FeedFixture('a');
    const growths = [feed.grow(200), feed.grow(57), feed.grow(400)];
    const size = 657;
    beforeEach(async () => {
      for (const growth of growths) await store().write(batchOf(growth));
    });

    it('for every complete one, as RFC 9162 says', async () => {
      for (let level = 0; 2 ** level <= size; level++) {
        for (let index = 0; (index + 1) * 2 ** level <= size; index += level < 3 ? 37 : 1) {
          const leaves = feed.entries.slice(index * 2 ** level, (index + 1) * 2 ** level);
          const held = await store().subtree(feed.origin, 'ledger', level, index);
          assert.equal(toHex(held), toHex(treeHash(leaves.map(({ hash }) => hash))), `level ${level}, index ${index}`);
        }
      }
    });
    for (const [level, index] of [
      [0, 657],
      [1, 328],
      [5, 20],
      [8, 2],
      [9, 1],
      [10, 0],
      [16, 0],
      [60, 0],
    ] as const) {
      it(`and refuses level ${level}, index ${index}, which is not complete`, async () => {
        const refusal = store().subtree(feed.origin, 'ledger', level, index);
        await assert.rejects(refusal, { code: 'subtree_incomplete' });
      });
    }
    for (const [level, index] of [
      [-1, 0],
      [0, -1],
      [1.5, 0],
      [0, 0.5],
      [Number.NaN, 0],
      [52, 4],
    ] as const) {
      it(`and refuses level ${level}, index ${index}, which is none`, async () => {
        const refusal = store().subtree(feed.origin, 'ledger', level, index);
        await assert.rejects(refusal, { code: 'subtree_incomplete' });
      });
    }
    it('of that feed only', async () => {
      await assert.rejects(store().subtree(feed.origin, 'journal', 0, 0), { code: 'subtree_incomplete' });
      await assert.rejects(store().subtree(new FeedFixture('b').origin, 'ledger', 8, 0), {
        code: 'subtree_incomplete',
      });
    });
  });
}

function smallRecords(store: () => Store): void {
  it('finds entries by receipt hash, in both logs', async () => {
    const ledger = new FeedFixture('a');
    const journal = new FeedFixture('a', 'journal');
    await store().write(batchOf(ledger.grow(3), journal.grow(2)));
    for (const { origin, log, seq, hash } of [...ledger.entries, ...journal.entries]) {
      assert.deepEqual(await store().find(hash), { origin, log, seq });
    }
    assert.equal(await store().find(hashOf('another')), undefined);
  });

  it('keeps statements by receipt hash', async () => {
    const hash = hashOf('statement');
    await store().write({ ...EMPTY_BATCH, statements: [{ hash, json: '{"type":"SYNC_CONFIRMED","é":1}' }] });
    assert.equal(await store().statement(hash), '{"type":"SYNC_CONFIRMED","é":1}');
    assert.equal(await store().find(hash), undefined);
  });

  it('keeps named values, the last one written', async () => {
    await store().putValue('peers', '[]');
    await store().putValue('peers', '["Zoë"]');
    await store().putValue('other', '');
    assert.equal(await store().getValue('peers'), '["Zoë"]');
    assert.equal(await store().getValue('other'), '');
    assert.equal(await store().getValue('peer'), undefined);
  });

  it('keeps the values of a batch with its entries', async () => {
    const feed = new FeedFixture('a');
    await store().putValue('request/1', 'before');
    await store().write({ ...batchOf(feed.grow(2)), values: [{ name: 'request/1', value: 'a 0 2' }] });
    assert.equal(await store().getValue('request/1'), 'a 0 2');
    assert.equal((await store().snapshot()).heads[0]?.size, 2);
  });

  it('refuses values and names that are too large, and goes on', async () => {
    const code = 'store_value_size';
    await assert.rejects(store().putValue('large', '€'.repeat(STORE_VALUE_BYTES_MAX / 3 + 1)), { code });
    await assert.rejects(store().putValue('n'.repeat(STORE_VALUE_NAME_LENGTH_MAX + 1), ''), { code });
    await store().putValue('n'.repeat(STORE_VALUE_NAME_LENGTH_MAX), 'fits');
    assert.equal(await store().getValue('n'.repeat(STORE_VALUE_NAME_LENGTH_MAX)), 'fits');
  });
}

function writingAndClosing(store: () => Store): void {
  it('writes in the order of the calls, and each is there when its call resolves', async () => {
    const feed = new FeedFixture('a');
    const resolved: number[] = [];
    const writes: Promise<void>[] = [];
    for (let i = 0; i < 200; i++) {
      const batch = batchOf(feed.grow(1 + (i % 3)));
      const { hash } = feed.head;
      const write = store().write(batch);
      writes.push(
        write.then(async () => {
          resolved.push(i);
          assert.notEqual(await store().find(hash), undefined);
        }),
      );
    }
    await Promise.all(writes);
    assert.deepEqual(
      resolved,
      Array.from({ length: 200 }, (_, i) => i),
    );
    assert.deepEqual((await store().snapshot()).heads, [feed.head]);
    const all = await store().readRanges(
      'ledger',
      [{ origin: feed.origin, from: 0, to: feed.head.size }],
      NO_LIMIT,
      NO_LIMIT,
    );
    assert.deepEqual(all, feed.entries);
  });

  it('finishes writes under way when it closes, and then refuses everything', async () => {
    const feed = new FeedFixture('a');
    const write = store().write(batchOf(feed.grow(3)));
    const large = 'x'.repeat(STORE_VALUE_BYTES_MAX);
    const values = [1, 2, 3, 4, 5].map((number) => store().putValue(`value ${number}`, large));
    await store().close();
    await Promise.all([write, ...values]);
    const { origin } = feed;
    const range = { origin, from: 0, to: 1 };
    const calls = [
      () => store().snapshot(),
      () => store().write(EMPTY_BATCH),
      () => store().readRanges('ledger', [range], 1, 1),
      () => collect(store().iterate('ledger', range)),
      () => collect(store().governanceEntries()),
      () => store().find(feed.head.hash),
      () => store().subtree(origin, 'ledger', 0, 0),
      () => store().statement(feed.head.hash),
      () => store().getValue('name'),
      () => store().putValue('name', ''),
    ];
    for (const call of calls) await assert.rejects(call, { code: 'store_closed' });
    await store().close();
  });
}

/** MTH of RFC 9162, section 2.1.1, for 2^k leaves, as it is written there. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  assert.ok(only);
  if (leaves.length === 1) return leafHash(only);
  const half = leaves.length / 2;
  return nodeHash(treeHash(leaves.slice(0, half)), treeHash(leaves.slice(half)));
}
