import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../../src/core/bytes.ts';
import { openDatabase, scan } from '../../../src/store/database.ts';
import { bucketRange } from '../../../src/store/keys.ts';
import { unseal } from '../../../src/store/records.ts';
import { storeSuite } from '../../suites/store.ts';
import { SEAL } from '../../suites/store-sealing.ts';
import { ALICE, BOB, CAROL, plain } from '../core/fixtures.ts';
import { branch, voteFor } from '../core/forks.ts';
import { batchOf, EMPTY_BATCH, FeedFixture, hashOf } from './feed-fixture.ts';
import { Folders } from './folders.ts';

describe('the store on disk', () => {
  const folders = new Folders();
  afterEach(() => folders.clean());

  storeSuite('in a new folder', async () => folders.open(await folders.make()));

  it('makes missing folders for its owner alone', async () => {
    const directory = join(await folders.make(), 'missing', 'folder');
    await folders.open(directory);
    for (const folder of [directory, join(directory, '..')]) assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it('has everything after it is opened anew', async () => {
    const directory = await folders.make();
    const feed = new FeedFixture('a');
    const hash = hashOf('statement');
    const first = await folders.open(directory);
    await first.write({
      ...batchOf(feed.grow(300)),
      statements: [{ hash, json: '{}' }],
      counterReserved: 7,
      decisions: [{ epoch: 0, bytes: hash }],
      votingSince: 1,
    });
    await first.putValue('peers', '[]');
    await first.close();

    const again = await folders.open(directory);
    assert.deepEqual(await again.snapshot(), {
      heads: [feed.head],
      certified: [],
      seals: [],
      revocations: [],
      decisions: [hash],
      votingSince: 1,
      counterReserved: 7,
    });
    const range = { origin: feed.origin, from: 0, to: 300 };
    assert.deepEqual(await again.readRanges('ledger', [range], 300, 1e6), feed.entries);
    assert.equal(await again.statement(hash), '{}');
    assert.equal(await again.getValue('peers'), '[]');
    assert.equal((await again.subtree(feed.origin, 'ledger', 8, 0)).length, 32);
    assert.deepEqual(await again.find(feed.head.hash), { origin: feed.origin, log: 'ledger', seq: 299 });
  });

  it('has seals, votes, certified sizes and cuts after it is opened anew, and what was cut off in quarantine', async () => {
    const directory = await folders.make();
    const feed = new FeedFixture('a');
    const entries = branch(CAROL, 4);
    const votes = [ALICE, BOB].map((key) => voteFor(key, entries, 3));
    const first = await folders.open(directory);
    const kept = feed.grow(3);
    const gone = feed.grow(4);
    await first.write(batchOf(kept));
    await first.write(batchOf(gone));
    const certified = [{ origin: CAROL.peer, size: 3 }];
    await first.write({ ...EMPTY_BATCH, seals: [SEAL], votes, certified, cuts: [{ head: kept.head, to: 7 }] });
    await first.close();

    const again = await folders.open(directory);
    const snapshot = await again.snapshot();
    assert.deepEqual(plain(snapshot.seals), plain([SEAL]));
    assert.deepEqual(snapshot.certified, certified);
    assert.deepEqual(snapshot.heads, [kept.head]);
    assert.equal((await again.votes(CAROL.peer)).length, 2);
    const range = { origin: feed.origin, from: 0, to: 99 };
    assert.deepEqual(await again.readRanges('ledger', [range], 99, 1e6), kept.entries);
    await again.close();

    const db = await openDatabase(join(directory, 'ledger'));
    const quarantined: string[] = [];
    for await (const pairs of scan(db, { ...bucketRange('quarantine'), chunkPairs: 100, chunkBytes: 1e6 })) {
      for (const [key, value] of pairs) quarantined.push(toHex(unseal(key, value)));
    }
    await db.close();
    assert.deepEqual(
      quarantined,
      gone.entries.map(({ bytes }) => toHex(bytes)),
    );
  });

  it('refuses a cut of entries that it does not hold, and every later write, and is as before when opened anew', async () => {
    const directory = await folders.make();
    const store = await folders.open(directory);
    const feed = new FeedFixture('a');
    await store.write(batchOf(feed.grow(3)));
    const { head } = feed;
    const cut = store.write({ ...EMPTY_BATCH, cuts: [{ head: { ...head, size: 2 }, to: 9 }] });
    const behind = store.write(batchOf(feed.grow(1)));
    const code = 'store_corrupt';
    await assert.rejects(cut, { code });
    await assert.rejects(behind, { code });
    await assert.rejects(store.write(batchOf(feed.grow(1))), { code });
    await store.close();
    assert.deepEqual((await (await folders.open(directory)).snapshot()).heads, [head]);
  });

  it('checks the ends of several hundred feeds when it opens', async () => {
    const directory = await folders.make();
    const feeds = Array.from({ length: 300 }, (_, i) => new FeedFixture(`feed ${i}`));
    const store = await folders.open(directory);
    await store.write(batchOf(...feeds.map((feed) => feed.grow(3))));
    await store.close();
    assert.equal((await (await folders.open(directory)).snapshot()).heads.length, 300);
  });

  for (const gap of [0, 4, 8]) {
    it(`says that it is damaged when entry ${gap} of 9 is missing`, async () => {
      const store = await folders.open(await folders.make());
      const feed = new FeedFixture('a');
      const batch = batchOf(feed.grow(9));
      await store.write({ ...batch, entries: batch.entries.filter(({ seq }) => seq !== gap) });
      const range = { origin: feed.origin, from: 0, to: 9 };
      const iterateAll = async (reverse: boolean) => {
        for await (const _ of store.iterate('ledger', range, reverse));
      };
      await assert.rejects(store.readRanges('ledger', [range], 9, 1e6), { code: 'store_corrupt' });
      await assert.rejects(iterateAll(false), { code: 'store_corrupt' });
      await assert.rejects(iterateAll(true), { code: 'store_corrupt' });
    });
  }

  it('refuses a batch of an origin that is no peer, and every later one', async () => {
    const store = await folders.open(await folders.make());
    const bad = { ...new FeedFixture('a').head, origin: 'nobody' };
    await assert.rejects(store.write({ ...EMPTY_BATCH, heads: [bad] }), { code: 'peer_id_invalid' });
    await assert.rejects(store.write(batchOf(new FeedFixture('a').grow(1))));
    assert.deepEqual((await store.snapshot()).heads, []);
  });
});
