/** The LevelDB underneath: its settings, and reading from it with our errors. */
import { Level } from 'level';
import {
  STORE_BLOCK_BYTES,
  STORE_CACHE_BYTES,
  STORE_FILE_BYTES,
  STORE_OPEN_FILES_MAX,
  STORE_WRITE_BUFFER_BYTES,
} from '../core/limits.ts';
import { causeOf, storeError } from './failures.ts';

export type Database = Level<Uint8Array, Uint8Array>;

/** Opens or creates the database. Rejects with LevelDB's own error (its code tells a lock from damage). */
export async function openDatabase(location: string): Promise<Database> {
  const db: Database = new Level<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: STORE_WRITE_BUFFER_BYTES,
    maxFileSize: STORE_FILE_BYTES,
    cacheSize: STORE_CACHE_BYTES,
    blockSize: STORE_BLOCK_BYTES,
    maxOpenFiles: STORE_OPEN_FILES_MAX,
    compression: true,
  });
  try {
    await db.open();
  } catch (error) {
    throw causeOf(error);
  }
  return db;
}

/** One value, or undefined. Rejects with our errors. */
export async function getValue(db: Database, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await db.get(key);
  } catch (error) {
    throw storeError(error, db.location);
  }
}

/** Values in the order of the keys. */
export async function getValues(db: Database, keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
  try {
    return await db.getMany(keys);
  } catch (error) {
    throw storeError(error, db.location);
  }
}

export interface ScanRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly reverse?: boolean;
  /** Pairs in all. */
  readonly limit?: number;
  /** Pairs, and their bytes, that one step holds in memory; a step gives at least one pair. */
  readonly chunkPairs: number;
  readonly chunkBytes: number;
}

/** Keys and values of a range in steps; the caller may stop between steps. */
export async function* scan(db: Database, range: ScanRange): AsyncGenerator<[Uint8Array, Uint8Array][], void> {
  const { chunkPairs, chunkBytes, reverse = false, limit = -1 } = range;
  let iterator: ReturnType<typeof db.iterator<Uint8Array, Uint8Array>> | undefined;
  try {
    iterator = db.iterator<Uint8Array, Uint8Array>({
      gte: range.gte,
      lt: range.lt,
      reverse,
      limit,
      highWaterMarkBytes: chunkBytes,
    });
    while (true) {
      const pairs = await iterator.nextv(chunkPairs);
      if (pairs.length === 0) return;
      yield pairs;
    }
  } catch (error) {
    throw storeError(error, db.location);
  } finally {
    await iterator?.close();
  }
}
