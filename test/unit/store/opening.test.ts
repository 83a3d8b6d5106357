import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { metaKey, SCHEMA_VERSION } from '../../../src/store/keys.ts';
import { sealedText } from '../../../src/store/records.ts';
import { batchOf, FeedFixture, hashOf } from './feed-fixture.ts';
import { FEDERATION, Folders, NODE } from './folders.ts';

/** Checks the code, a part of the message, and that the error says what to do. */
function refusal(code: string, part: RegExp): (error: Error) => true {
  return (error) => {
    assert.equal('code' in error && error.code, code);
    assert.match(error.message, part);
    assert.ok('remedy' in error && error.remedy !== '', 'it says what to do');
    return true;
  };
}

describe('opening a store that is open', () => {
  const folders = new Folders();
  let directory: string;
  beforeEach(async () => {
    directory = await folders.make();
    await folders.open(directory);
  });
  afterEach(() => folders.clean());

  it('is refused, naming the process when it is this one', async () => {
    const named = new RegExp(`this very process, pid ${process.pid} on ${hostname()} since \\d{4}-`);
    await assert.rejects(folders.open(directory), refusal('store_locked', named));
  });

  it('is refused, naming the process when it is another', async () => {
    const holder = { pid: 1, host: 'elsewhere', since: '2026-01-02T03:04:05.000Z' };
    await writeFile(join(directory, 'holder.json'), JSON.stringify(holder));
    const named = /in use by pid 1 on elsewhere since 2026-01-02T03:04:05.000Z$/;
    await assert.rejects(folders.open(directory), refusal('store_locked', named));
  });

  it('is refused when the holder file says nothing, or is not there', async () => {
    for (const text of ['', '[]', '{"pid":"1","host":"h","since":"s"}', '{"pid":1}', 'null']) {
      await writeFile(join(directory, 'holder.json'), text);
      await assert.rejects(folders.open(directory), refusal('store_locked', /in use by another process$/));
    }
    await rm(join(directory, 'holder.json'));
    await assert.rejects(folders.open(directory), refusal('store_locked', /in use by another process$/));
  });

  it('works once it is closed, which removes the holder file', async () => {
    const holder: unknown = JSON.parse(await readFile(join(directory, 'holder.json'), 'utf8'));
    assert.ok(typeof holder === 'object' && holder !== null && 'pid' in holder && holder.pid === process.pid);
    await folders.close();
    await assert.rejects(stat(join(directory, 'holder.json')), { code: 'ENOENT' });
    await folders.open(directory);
  });
});

describe('opening a store is refused when', () => {
  const folders = new Folders();
  let directory: string;
  beforeEach(async () => {
    directory = await folders.make();
    const store = await folders.open(directory);
    await store.write(batchOf(new FeedFixture('a').grow(2)));
    await folders.close();
  });
  afterEach(() => folders.clean());

  /** Changes a text that a later opening reads. */
  async function change(name: 'schema' | 'federation', text: string | undefined): Promise<void> {
    const options = { keyEncoding: 'view', valueEncoding: 'view' };
    const db = new Level<Uint8Array, Uint8Array>(join(directory, 'ledger'), options);
    const key = metaKey(name);
    if (text === undefined) await db.del(key);
    else await db.put(key, sealedText(key, text));
    await db.close();
  }

  it('it is of another federation; with its own it opens afterwards', async () => {
    const other = folders.open(directory, { federation: '6b'.repeat(32) });
    await assert.rejects(other, refusal('store_wrong_federation', new RegExp(FEDERATION)));
    assert.equal((await (await folders.open(directory)).snapshot()).heads.length, 1);
  });
  it('it is of another node', async () => {
    const other = folders.open(directory, { node: new FeedFixture('other').origin });
    await assert.rejects(other, refusal('store_wrong_node', new RegExp(NODE)));
  });
  it('it has another schema', async () => {
    await change('schema', '99');
    const versions = new RegExp(`schema 99.*reads ${SCHEMA_VERSION}`);
    await assert.rejects(folders.open(directory), refusal('store_version', versions));
  });
  it('it has data and no schema', async () => {
    await change('schema', undefined);
    await assert.rejects(folders.open(directory), refusal('store_corrupt', /no schema version/));
  });
  it('the folder is a file', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await assert.rejects(folders.open(file), refusal('store_failed', /file/));
  });
  for (const fault of ['missing', 'another'] as const) {
    it(`the last entry of a feed is ${fault}`, async () => {
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
      await assert.rejects(folders.open(directory), refusal('store_corrupt', /the last entry/));
    });
  }
});
