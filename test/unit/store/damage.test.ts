/** Bits that flip on the disk: found, reported, and nothing deleted or changed. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import type { PlacedEntry } from '../../../src/core/events.ts';
import type { Store } from '../../../src/ports.ts';
import { batchOf, FeedFixture } from './feed-fixture.ts';
import { Folders } from './folders.ts';

const FLIPS_PER_FILE = 24;

describe('a damaged folder', () => {
  const folders = new Folders();
  afterEach(() => folders.clean());

  /** A closed store with `batches` batches of ten entries. Closed without a sound, its newest writes are in the log. */
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

    it(`is refused unchanged when ${name} is missing`, async function () {
      if (name === 'the write-ahead log') this.skip(); // it looks like a folder whose log was empty
      const { directory, location } = await makeStore(1);
      await rm(await fileOf(location, pattern));
      await refusesUnchanged(directory, location, `without ${name}`);
    });
  }

  it('never gives wrong data, whichever bit of a table flipped', async () => {
    const { directory, location, feed } = await makeStore(40);
    await compact(location);
    const path = await fileOf(location, /\.ldb$/);
    const intact = await readFile(path);
    let reported = 0;
    for (const [at, flipped] of flips(intact)) {
      const before = [...(await contents(location)).keys()].filter((name) => /\.ldb$/.test(name));
      await writeFile(path, flipped);
      if (!(await readsRight(directory, feed.entries, `byte ${at}`))) reported++;
      await folders.close();
      const after = await readdir(location);
      for (const name of before) assert.ok(after.includes(name), `${name} is still there`);
    }
    assert.ok(reported > FLIPS_PER_FILE / 2, `${reported} flips were reported`);
    await writeFile(path, intact);
    assert.ok(await readsRight(directory, feed.entries, 'intact'));
  });

  /** Whether everything reads as written; false when damage is reported, and a failure when anything reads differently. */
  async function readsRight(directory: string, entries: readonly PlacedEntry[], what: string): Promise<boolean> {
    const first = entries[0];
    assert.ok(first);
    try {
      const store = await folders.open(directory);
      const range = { origin: first.origin, from: 0, to: entries.length };
      assert.deepEqual(await store.readRanges('ledger', [range], entries.length, 1e9), entries, what);
      assert.ok(await placesRight(store, entries), what);
      return true;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof Error && 'code' in error && error.code === 'store_corrupt', `${what}: ${error}`);
      return false;
    }
  }

  /** A place may be lost when the index is damaged (then the entry is still in its feed), but it is never wrong. */
  async function placesRight(store: Store, entries: readonly PlacedEntry[]): Promise<boolean> {
    for (const { hash, seq } of entries) {
      const place = await store.find(hash);
      if (place !== undefined && place.seq !== seq) return false;
    }
    return true;
  }

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
});

/** Copies with one bit flipped, spread over the bytes, and at both ends. */
function* flips(intact: Uint8Array): Generator<[number, Uint8Array]> {
  const step = Math.max(1, Math.floor(intact.length / FLIPS_PER_FILE));
  const places = [0, 1, 4, 5, 6, intact.length - 1];
  for (let at = 7; at < intact.length; at += step) places.push(at);
  for (const at of places) {
    const flipped = Uint8Array.from(intact);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    yield [at, flipped];
  }
}
