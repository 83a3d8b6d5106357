/** The part of the store suite about sealed feeds: cuts, seals, votes and certified sizes. */
import assert from 'node:assert/strict';
import { toHex } from '../../src/core/bytes.ts';
import type { SealRecord } from '../../src/core/events.ts';
import { rootOfLeaves } from '../../src/core/merkle/compact-range.ts';
import type { Store } from '../../src/ports.ts';
import { ALICE, BOB, CAROL, plain } from '../unit/core/fixtures.ts';
import { branch, certificateFor, forkAt, labelled, voteFor } from '../unit/core/forks.ts';
import { batchOf, EMPTY_BATCH, FeedFixture, type FeedGrowth } from '../unit/store/feed-fixture.ts';
import { collect, NO_LIMIT } from './store-reading.ts';

const LEFT = branch(CAROL, 6, 2, 'left');
const PROOF = forkAt(2, LEFT, branch(CAROL, 3, 2, 'right'));
const LOWER = forkAt(1, LEFT, labelled(CAROL, ['', 'lower']));
export const SEAL: SealRecord = { proof: PROOF, certificate: certificateFor(LEFT, 5), scarred: true };
const BARE_SEAL: SealRecord = { proof: LOWER, certificate: undefined, scarred: false };

export function cuttingAndSealing(store: () => Store): void {
  describe('cuts a feed', () => {
    const kept = 300;
    let feed: FeedFixture;
    let first: FeedGrowth;
    let second: FeedGrowth;
    beforeEach(async () => {
      feed = new FeedFixture('a');
      first = feed.grow(kept);
      second = feed.grow(400);
      await store().write(batchOf(first, new FeedFixture('b').grow(3)));
      await store().write(batchOf(second));
    });
    const cut = () => store().write({ ...EMPTY_BATCH, cuts: [{ head: first.head, to: 700 }] });

    it('so that its entries end there, read in whatever way', async () => {
      await cut();
      const range = { origin: feed.origin, from: 0, to: 9999 };
      assert.deepEqual(await store().readRanges('ledger', [range], NO_LIMIT, NO_LIMIT), first.entries);
      assert.deepEqual(await collect(store().iterate('ledger', range)), first.entries);
      const reverse = await collect(store().iterate('ledger', range, true));
      assert.deepEqual(reverse.reverse(), first.entries);
    });

    it('so that its head is the one given, and others stay', async () => {
      await cut();
      const { heads } = await store().snapshot();
      assert.equal(heads.length, 2);
      assert.deepEqual(
        heads.find(({ origin }) => origin === feed.origin),
        first.head,
      );
    });

    it('so that what was cut off is not found any more, and what stays is', async () => {
      await cut();
      for (const { hash } of second.entries) assert.equal(await store().find(hash), undefined);
      for (const { hash, seq } of first.entries) {
        assert.deepEqual(await store().find(hash), { origin: feed.origin, log: 'ledger', seq });
      }
    });

    it('so that subtrees beyond it are not complete any more', async () => {
      await store().subtree(feed.origin, 'ledger', 9, 0);
      await cut();
      const code = 'subtree_incomplete';
      for (const [level, index] of [
        [0, 300],
        [8, 1],
        [9, 0],
      ] as const) {
        await assert.rejects(store().subtree(feed.origin, 'ledger', level, index), { code }, `${level}, ${index}`);
      }
      const hashes = first.entries.slice(0, 256).map(({ hash }) => hash);
      assert.equal(toHex(await store().subtree(feed.origin, 'ledger', 8, 0)), toHex(rootOfLeaves(hashes)));
    });

    it('which then goes on along another branch', async () => {
      await cut();
      feed.goBack(first.head);
      const other = feed.grow(250);
      await store().write(batchOf(other));
      const range = { origin: feed.origin, from: 0, to: 9999 };
      const held = [...first.entries, ...other.entries];
      assert.deepEqual(await store().readRanges('ledger', [range], NO_LIMIT, NO_LIMIT), held);
      for (const { hash, seq } of other.entries) assert.equal((await store().find(hash))?.seq, seq);
      for (const [level, index] of [
        [8, 1],
        [5, 16],
        [0, 549],
      ] as const) {
        const hashes = held.slice(index * 2 ** level, (index + 1) * 2 ** level).map(({ hash }) => hash);
        const subtree = await store().subtree(feed.origin, 'ledger', level, index);
        assert.equal(toHex(subtree), toHex(rootOfLeaves(hashes)), `level ${level}, index ${index}`);
      }
    });

    it('and keeps what was cut off as evidence, by place and receipt hash, across several cuts', async () => {
      const all = (from: number, to: number) => collect(store().quarantine({ origin: feed.origin, from, to }));
      assert.deepEqual(await all(0, 9999), []);
      await cut();
      assert.deepEqual(await all(0, 9999), second.entries);
      assert.deepEqual(await all(310, 312), second.entries.slice(10, 12));
      assert.deepEqual(await all(700, 9999), []);
      feed.goBack(first.head);
      const other = feed.grow(2);
      await store().write(batchOf(other));
      await store().write({ ...EMPTY_BATCH, cuts: [{ head: first.head, to: kept + 2 }] });
      const both = await all(kept, kept + 1);
      assert.deepEqual(
        both.map(({ hash }) => toHex(hash)),
        [second.entries[0], other.entries[0]].map((entry) => toHex(entry?.hash ?? new Uint8Array())).sort(),
      );
      assert.deepEqual(await collect(store().quarantine({ origin: BOB.peer, from: 0, to: 9999 })), []);
    });

    it('down to nothing', async () => {
      const none = { size: 0, hash: new Uint8Array(32), timestampMs: 0, nonce: new Uint8Array(16), peaks: [] };
      await store().write({ ...EMPTY_BATCH, cuts: [{ head: { ...first.head, ...none }, to: 700 }] });
      const { heads } = await store().snapshot();
      assert.deepEqual(
        heads.filter(({ origin }) => origin === feed.origin),
        [],
      );
      const range = { origin: feed.origin, from: 0, to: 9999 };
      assert.deepEqual(await store().readRanges('ledger', [range], NO_LIMIT, NO_LIMIT), []);
    });

    it('of entries that are still on their way to the disk, and finishes it when it is closed', async () => {
      const more = feed.grow(5);
      const writes = [
        store().write(batchOf(more)),
        store().write({ ...EMPTY_BATCH, cuts: [{ head: first.head, to: 705 }] }),
      ];
      const range = { origin: feed.origin, from: 0, to: 9999 };
      await Promise.all(writes);
      assert.deepEqual(await store().readRanges('ledger', [range], NO_LIMIT, NO_LIMIT), first.entries);
      feed.goBack(first.head);
      await store().write(batchOf(feed.grow(2)));
      const last = store().write({ ...EMPTY_BATCH, cuts: [{ head: first.head, to: kept + 2 }] });
      await store().close();
      await last;
    });

    it('in the order of the calls, between writes before and after it', async () => {
      feed.goBack(first.head);
      const writes = [
        store().write(batchOf(new FeedFixture('c').grow(2))),
        cut(),
        store().write(batchOf(feed.grow(2))),
        store().write(batchOf(feed.grow(3))),
      ];
      await Promise.all(writes);
      const range = { origin: feed.origin, from: 0, to: 9999 };
      assert.deepEqual(await store().readRanges('ledger', [range], NO_LIMIT, NO_LIMIT), feed.entries);
      assert.equal((await store().snapshot()).heads.find(({ origin }) => origin === feed.origin)?.size, kept + 5);
    });
  });

  it('keeps the last seal of each feed, with and without certificate', async () => {
    await store().write({ ...EMPTY_BATCH, seals: [BARE_SEAL] });
    assert.deepEqual(plain((await store().snapshot()).seals), plain([BARE_SEAL]));
    await store().write({ ...EMPTY_BATCH, seals: [SEAL] });
    assert.deepEqual(plain((await store().snapshot()).seals), plain([SEAL]));
  });

  it('keeps of each feed the votes that were written last, together, and how much of each is certified', async () => {
    const votes = [voteFor(ALICE, LEFT, 3), voteFor(BOB, LEFT, 3)];
    await store().write({ ...EMPTY_BATCH, votes, certified: [{ origin: CAROL.peer, size: 3 }] });
    assert.deepEqual(plain(await store().votes(CAROL.peer)), plain(votes));
    const later = [voteFor(ALICE, LEFT, 5), voteFor(CAROL, LEFT, 4)];
    const own = voteFor(ALICE, branch(ALICE, 2));
    await store().write({ ...EMPTY_BATCH, votes: [...later, own], certified: [{ origin: CAROL.peer, size: 4 }] });
    assert.deepEqual(plain(await store().votes(CAROL.peer)), plain(later));
    assert.deepEqual(plain(await store().votes(ALICE.peer)), plain([own]));
    assert.deepEqual(await store().votes(BOB.peer), []);
    assert.deepEqual((await store().snapshot()).certified, [{ origin: CAROL.peer, size: 4 }]);
  });
}
