/** Temporary folders of store tests, and opening a store in them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/ports.ts';
import { type LevelStoreOptions, openLevelStore } from '../../../src/store/level-store.ts';
import { FeedFixture } from './feed-fixture.ts';

export const FEDERATION = '5a'.repeat(32);
export const NODE = new FeedFixture('node').origin;

/** Folders made in a test, and stores opened in them; `clean` closes and removes all. */
export class Folders {
  readonly #made: string[] = [];
  readonly #opened: Store[] = [];

  async make(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tessrax-store-'));
    this.#made.push(folder);
    return folder;
  }

  async open(directory: string, other: Partial<LevelStoreOptions> = {}): Promise<Store> {
    const store = await openLevelStore({ directory, federation: FEDERATION, node: NODE, ...other });
    this.#opened.push(store);
    return store;
  }

  /** Closes every store. */
  async close(): Promise<void> {
    for (const store of this.#opened.splice(0)) await store.close();
  }

  async clean(): Promise<void> {
    await this.close();
    for (const folder of this.#made.splice(0)) await rm(folder, { recursive: true, force: true });
  }
}
