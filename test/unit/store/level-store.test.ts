import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { metaKey, SCHEMA_VERSION } from '../../../src/store/keys.ts';
import { sealedText } from '../../../src/store/records.ts';
import { storeSuite } from '../../suites/store.ts';
import { batchOf, EMPTY_BATCH, FeedFixture, hashOf } from './feed-fixture.ts';
import { FEDERATION, Folders, NODE } from './folders.ts';

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
    await first.write({ ...batchOf(feed.grow(300)), statements: [{ hash, json: '{}' }], counterReserved: 7 });
    await first.putValue('peers', '[]');
    await first.close();

    const again = await folders.open(directory);
    assert.deepEqual(await again.snapshot(), { heads: [feed.head], counterReserved: 7 });
    const range = { origin: feed.origin, from: 0, to: 300 };
    assert.deepEqual(await again.readRanges('ledger', [range], 300, 1e6), feed.entries);
    assert.equal(await again.statement(hash), '{}');
    assert.equal(await again.getValue('peers'), '[]');
    assert.equal((await again.subtree(feed.origin, 'ledger', 8, 0)).length, 32);
    assert.deepEqual(await again.find(feed.head.hash), { origin: feed.origin, log: 'ledger', seq: 299 });
  });

  it('takes in a full batch of the largest heads and entries', async () => {
    const directory = await folders.make();
    const feeds = Array.from({ length: 300 }, (_, i) => new FeedFixture(`feed ${i}`));
    const store = await folders.open(directory);
    await store.write(batchOf(...feeds.map((feed) => feed.grow(3, 60_000))));
    await store.close();
    assert.equal((await (await folders.open(directory)).snapshot()).heads.length, 300);
  });

  describe('refuses to open', () => {
    let directory: string;
    beforeEach(async () => {
      directory = await folders.make();
      const store = await folders.open(directory);
      await store.write(batchOf(new FeedFixture('a').grow(2)));
    });
    const close = () => folders.open(directory).then((store) => store.close());
    const refusal = (code: string, part: RegExp) => (error: Error) => {
      assert.equal('code' in error && error.code, code);
      assert.match(error.message, part);
      assert.ok('remedy' in error && error.remedy !== '', 'it says what to do');
      return true;
    };

    it('while the same process has it open, and says so', async () => {
      const named = new RegExp(`this very process, pid ${process.pid} on ${hostname()} since \\d{4}-`);
      await assert.rejects(close(), refusal('store_locked', named));
    });

    it('while another process has it open whose holder file is missing or garbage', async () => {
      for (const text of ['', '[]', '{"pid":"1"}', 'null']) {
        await writeFile(join(directory, 'holder.json'), text);
        await assert.rejects(close(), refusal('store_locked', /in use by another process/));
      }
    });

    describe('when', () => {
      const change = async (name: 'schema' | 'federation', text: string | undefined) => {
        const db = new Level<Uint8Array, Uint8Array>(join(directory, 'ledger'), {
          keyEncoding: 'view',
          valueEncoding: 'view',
        });
        const key = metaKey(name);
        if (text === undefined) await db.del(key);
        else await db.put(key, sealedText(key, text));
        await db.close();
      };
      beforeEach(() => folders.close());

      it('it is of another federation', async () => {
        const other = folders.open(directory, { federation: '6b'.repeat(32) });
        await assert.rejects(other, refusal('store_wrong_federation', new RegExp(FEDERATION)));
      });
      it('it is of another node', async () => {
        const other = folders.open(directory, { node: new FeedFixture('other').origin });
        await assert.rejects(other, refusal('store_wrong_node', new RegExp(NODE)));
      });
      it('it has another schema', async () => {
        await change('schema', '99');
        await assert.rejects(close(), refusal('store_version', new RegExp(`schema 99.*reads ${SCHEMA_VERSION}`)));
      });
      it('it has data and no schema', async () => {
        await change('schema', undefined);
        await assert.rejects(close(), refusal('store_corrupt', /no schema version/));
      });
      it('the folder is not a folder', async () => {
        const file = join(directory, 'file');
        await writeFile(file, '');
        await assert.rejects(folders.open(file), refusal('store_failed', /file/));
      });
    });

    it('and opens all the same afterwards', async () => {
      await assert.rejects(close());
      await folders.close();
      await assert.rejects(folders.open(directory, { federation: '6b'.repeat(32) }));
      assert.equal((await (await folders.open(directory)).snapshot()).heads.length, 1);
    });
  });

  it('removes its holder file when it closes', async () => {
    const directory = await folders.make();
    const store = await folders.open(directory);
    const holder: unknown = JSON.parse(await readFile(join(directory, 'holder.json'), 'utf8'));
    assert.ok(typeof holder === 'object' && holder !== null && 'pid' in holder && holder.pid === process.pid);
    await store.close();
    await assert.rejects(stat(join(directory, 'holder.json')), { code: 'ENOENT' });
  });

  for (const fault of ['missing', 'another'] as const) {
    it(`refuses to open when the last entry of a feed is ${fault}`, async () => {
      const directory = await folders.make();
      const feed = new FeedFixture('a');
      const store = await folders.open(directory);
      const batch = batchOf(feed.grow(5));
      const entries =
        fault === 'missing'
          ? batch.entries.slice(0, 4)
          : batch.entries.map((entry) => ({ ...entry, hash: hashOf('x') }));
      await store.write({ ...batch, entries });
      await store.close();
      await assert.rejects(folders.open(directory), { code: 'store_corrupt' });
    });
  }

  it('says that it is damaged when an entry below the head is missing', async () => {
    const store = await folders.open(await folders.make());
    const feed = new FeedFixture('a');
    const batch = batchOf(feed.grow(9));
    await store.write({ ...batch, entries: batch.entries.filter(({ seq }) => seq !== 4) });
    const range = { origin: feed.origin, from: 0, to: 9 };
    const collect = async (reverse: boolean) => {
      for await (const _ of store.iterate('ledger', range, reverse));
    };
    await assert.rejects(store.readRanges('ledger', [range], 9, 1e6), { code: 'store_corrupt' });
    await assert.rejects(collect(false), { code: 'store_corrupt' });
    await assert.rejects(collect(true), { code: 'store_corrupt' });
  });

  it('refuses a batch of an origin that is no peer, and every later one', async () => {
    const store = await folders.open(await folders.make());
    const bad = { ...new FeedFixture('a').head, origin: 'nobody' };
    await assert.rejects(store.write({ ...EMPTY_BATCH, heads: [bad] }), { code: 'peer_id_invalid' });
    await assert.rejects(store.write(batchOf(new FeedFixture('a').grow(1))));
    assert.deepEqual((await store.snapshot()).heads, []);
  });
});
