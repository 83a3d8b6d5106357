/** Bits that flip on the disk: found, reported, and nothing deleted or changed. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { cutUnacknowledged, findTablesDamage } from '../../../src/store/folder.ts';
import { batchOf, FeedFixture } from './feed-fixture.ts';
import { Folders } from './folders.ts';

const FLIPS_PER_FILE = 24;

const folders = new Folders();

describe('a folder with damage in what LevelDB starts from', () => {
  afterEach(() => folders.clean());

  for (const [name, pattern] of [
    ['CURRENT', /^CURRENT$/],
    ['the manifest', /^MANIFEST/],
    ['the write-ahead log', /\.log$/],
  ] as const) {
    it(`is refused unchanged, whichever bit of ${name} flipped`, async () => {
      const { directory, location } = await makeStore(4);
      const path = await fileOf(location, pattern);
      const intact = await readFile(path);
      for (const [at, flipped] of flips(intact)) {
        await writeFile(path, flipped);
        await refusesUnchanged(directory, location, `byte ${at} of ${name}`);
      }
      await writeFile(path, intact);
      await folders.open(directory);
    });

    it(`is refused unchanged when ${name} is missing`, async () => {
      const { directory, location } = await makeStore(1);
      await rm(await fileOf(location, pattern));
      await refusesUnchanged(directory, location, `without ${name}`);
    });
  }

  it('is refused unchanged when the length of any record of the log reaches beyond its end', async () => {
    const { directory, location } = await makeStore(5);
    const path = await fileOf(location, /\.log$/);
    const intact = await readFile(path);
    let at = 0;
    while (at < intact.length) {
      const next = at + 7 + intact.readUInt16LE(at + 4);
      await writeFile(path, withFlippedBit(intact, at + 5, 7)); // 32,768 bytes more or less
      await refusesUnchanged(directory, location, `the record at byte ${at}`);
      at = next;
    }
    assert.equal(at, intact.length, 'all in one block');
  });

  it('opens with every whole batch when the log ends in the middle of one, as a crash leaves it', async () => {
    for (const cut of [1, 3, 100, 2000]) {
      const { directory, location, feed } = await makeStore(6);
      const path = await fileOf(location, /\.log$/);
      await truncate(path, (await readFile(path)).length - cut);
      const store = await folders.open(directory);
      const { heads } = await store.snapshot();
      assert.equal(heads[0]?.size, 50, `cut by ${cut}`);
      const range = { origin: feed.origin, from: 0, to: 60 };
      assert.deepEqual(await store.readRanges('ledger', [range], 60, 1e9), feed.entries.slice(0, 50));
    }
  });

  it('is rid of batches that were never acknowledged', async () => {
    for (const acknowledged of [1, 3, 6]) {
      const { directory, location, feed } = await makeStore(6);
      await cutUnacknowledged(location, acknowledged);
      const store = await folders.open(directory);
      const range = { origin: feed.origin, from: 0, to: 60 };
      const expected = feed.entries.slice(0, acknowledged * 10);
      assert.deepEqual(await store.readRanges('ledger', [range], 60, 1e9), expected);
    }
  });
});

describe('a folder that looks damaged', () => {
  afterEach(() => folders.clean());

  it('is taken for one in use, not for a damaged one, while its holder runs', async () => {
    const { directory, location } = await makeStore(1);
    await rm(join(location, 'CURRENT'));
    const since = '2026-01-02T03:04:05.000Z';
    for (const [holder, code] of [
      [{ pid: process.ppid, host: hostname(), since }, 'store_locked'],
      [{ pid: process.ppid, host: 'elsewhere', since }, 'store_corrupt'],
      [{ pid: process.pid, host: hostname(), since }, 'store_corrupt'],
      [{ pid: 2 ** 30, host: hostname(), since }, 'store_corrupt'],
      [{ pid: -1, host: hostname(), since }, 'store_corrupt'],
    ] as const) {
      await writeFile(join(directory, 'holder.json'), JSON.stringify(holder));
      await assert.rejects(folders.open(directory), { code }, JSON.stringify(holder));
    }
  });
});

describe('a folder with damage in a table', () => {
  afterEach(() => folders.clean());

  it('is refused unchanged after a crash, whichever bit of a table flipped', async () => {
    const { directory, location } = await makeStore(40);
    await compact(location);
    const path = await fileOf(location, /\.ldb$/);
    const intact = await readFile(path);
    await writeFile(join(directory, 'holder.json'), ''); // what a process that did not close the store leaves behind
    for (const [at, flipped] of flips(intact)) {
      await writeFile(path, flipped);
      await refusesUnchanged(directory, location, `byte ${at} of a table`);
      assert.match((await findTablesDamage(location)) ?? '', /\.ldb: /);
    }
    await writeFile(path, intact);
    assert.equal(await findTablesDamage(location), undefined);
    await folders.open(directory);
  });

  it('is refused unchanged when a table is missing', async () => {
    const { directory, location } = await makeStore(4);
    await compact(location);
    await rm(await fileOf(location, /\.ldb$/));
    await refusesUnchanged(directory, location, 'without a table');
  });

  it('opens with a leftover of a compaction that was cut short', async () => {
    const { directory, location } = await makeStore(4);
    await writeFile(join(location, '999999.ldb'), 'half a table');
    await writeFile(join(directory, 'holder.json'), '');
    await folders.open(directory);
  });

  it('never gives a wrong entry when a bit of it flipped after a clean end', async () => {
    const { directory, location, feed } = await makeStore(40);
    await compact(location);
    const path = await fileOf(location, /\.ldb$/);
    const intact = await readFile(path);
    for (const entry of [feed.entries[0], feed.entries[200], feed.entries[399]]) {
      assert.ok(entry);
      const at = intact.indexOf(entry.bytes.subarray(40, 60)) + 10;
      assert.ok(at >= 10, 'the entry is in the table as it is');
      await writeFile(path, withFlippedBit(intact, at));
      const reading = folders.open(directory).then((store) => {
        const range = { origin: entry.origin, from: entry.seq, to: entry.seq + 1 };
        return store.readRanges('ledger', [range], 1, 1e6);
      });
      await assert.rejects(reading, { code: 'store_corrupt' });
      await folders.close();
    }
  });
});

/** Copies with one bit flipped, spread over the bytes, and at both ends. */
function* flips(intact: Uint8Array): Generator<[number, Uint8Array]> {
  const step = Math.max(1, Math.floor(intact.length / FLIPS_PER_FILE));
  const places = [0, 1, 4, 5, 6, intact.length - 1];
  for (let at = 7; at < intact.length; at += step) places.push(at);
  for (const at of places) {
    yield [at, withFlippedBit(intact, at)];
  }
}

function withFlippedBit(intact: Uint8Array, at: number, bit = at % 8): Uint8Array {
  const flipped = Uint8Array.from(intact);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
  return flipped;
}

/** A closed store with `batches` batches of ten entries. All of it is in the log: it takes megabytes, or an opening, to fill a table. */
async function makeStore(batches: number): Promise<{ directory: string; location: string; feed: FeedFixture }> {
  const directory = await folders.make();
  const feed = new FeedFixture('a');
  const store = await folders.open(directory);
  for (let i = 0; i < batches; i++) await store.write(batchOf(feed.grow(10, 200)));
  await folders.close();
  return { directory, location: join(directory, 'ledger'), feed };
}

/** Moves everything from the log into a table file. */
async function compact(location: string): Promise<void> {
  const options = { keyEncoding: 'view', valueEncoding: 'view' };
  const db = new Level<Uint8Array, Uint8Array>(location, options);
  await db.open();
  await db.close();
}

async function fileOf(location: string, pattern: RegExp): Promise<string> {
  const name = (await readdir(location)).find((other) => pattern.test(other));
  assert.ok(name, `a file ${pattern}`);
  return join(location, name);
}

/** Every file's content, but for LevelDB's own diary, which it renames at each opening. */
async function contents(location: string): Promise<Map<string, string>> {
  const names = (await readdir(location)).filter((name) => !/^LOG/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(location, name), 'latin1')));
  return new Map(names.map((name, i) => [name, texts[i] ?? '']));
}

async function refusesUnchanged(directory: string, location: string, what: string): Promise<void> {
  const before = await contents(location);
  await assert.rejects(folders.open(directory), { code: 'store_corrupt' }, what);
  assert.deepEqual(await contents(location), before, `${what}: nothing is changed`);
}
