/** The store on disk: a LevelDB folder (keys.ts is its map), one synced batch per group of writes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedRange, PlacedEntry, StoreBatch } from '../core/events.ts';
import type { Vote } from '../core/federation/vote.ts';
import type { LogName } from '../core/ledger/feed.ts';
import {
  ENTRY_BYTES_MAX,
  STORE_CHECK_BYTES_MAX,
  STORE_READ_CHUNK_BYTES,
  STORE_READ_CHUNK_ENTRIES,
} from '../core/limits.ts';
import { leafHash } from '../core/merkle/hash.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { EntryPlace, Store, StoreSnapshot } from '../ports.ts';
import { batchBytes, putBatch } from './batch.ts';
import { putCut, readCut } from './cut.ts';
import { type Database, getValue, openDatabase, scan } from './database.ts';
import { closedError, codeOf, corruptError, storeError } from './failures.ts';
import { FeedReader } from './feed-reader.ts';
import { cutUnacknowledged, findFolderDamage, findTablesDamage } from './folder.ts';
import { governanceEntries } from './governance-index.ts';
import { GroupCommit } from './group-commit.ts';
import { FeedKeys, hashKey, SCHEMA_VERSION, subtreeKey, valueKey } from './keys.ts';
import { holderState, lockedError, removeHolder, writeHolder } from './lock.ts';
import { checkHeads, checkIdentity, readCommitted, readDecisions, readSnapshot, writeIdentity } from './opening.ts';
import { quarantinedEntries } from './quarantine.ts';
import { collectRanges } from './ranges.ts';
import { sealedText, unsealHash, unsealPlace, unsealText } from './records.ts';
import { subtreeHash } from './subtree.ts';
import { assertValueSize } from './value-size.ts';
import { readVotes, upgradeVotes, VoteRecords } from './votes.ts';

export interface LevelStoreOptions {
  /** Made, with its parents, when it is not there. Holds the database and the name of its holder. */
  readonly directory: string;
  /** Federation ID, hex. */
  readonly federation: string;
  readonly node: PeerIdText;
}

const DATABASE_FOLDER = 'ledger';
const LOCKED_CODE = 'LEVEL_LOCKED';

/**
 * Opens or creates the store of one node in one federation. Its cost grows with the number of feeds, never with that of entries; after
 * an unclean end the newest STORE_CHECK_BYTES_MAX bytes of tables are checked besides.
 * Rejects with `store_locked`, `store_version`, `store_wrong_federation`, `store_wrong_node`, `store_corrupt`, `disk_full` or
 * `store_failed`; nothing is deleted then.
 */
export async function openLevelStore({ directory, federation, node }: LevelStoreOptions): Promise<Store> {
  const location = join(directory, DATABASE_FOLDER);
  const db = await openChecked(directory, location);
  try {
    await writeHolder(directory);
    const schema = await checkIdentity(db, directory, { federation, node });
    const keys = new FeedKeys();
    await checkHeads(db, keys);
    const votes = await VoteRecords.load(db);
    if (schema !== SCHEMA_VERSION) {
      await upgradeVotes(db, keys, votes);
      await writeIdentity(db, { federation, node });
    }
    return new LevelStore({ directory, db, keys, votes }, await readCommitted(db));
  } catch (error) {
    await release(directory, db);
    throw storeError(error, directory);
  }
}

/** Gives up the folder: first the holder's name, then the lock. */
async function release(directory: string, db: Database): Promise<void> {
  try {
    await removeHolder(directory);
  } finally {
    await db.close();
  }
}

async function openChecked(directory: string, location: string): Promise<Database> {
  try {
    await mkdir(location, { recursive: true, mode: 0o700 });
    await checkFiles(directory, location);
    return await openDatabase(location);
  } catch (error) {
    throw codeOf(error) === LOCKED_CODE ? await lockedError(directory, error) : storeError(error, directory);
  }
}

/**
 * Looks at the files before LevelDB may touch them. Damage in a table may have ended the last process, without a word but LevelDB's; so
 * after an unclean end the tables are checked too, as far as that takes some seconds.
 */
async function checkFiles(directory: string, location: string): Promise<void> {
  const holder = await holderState(directory);
  let damage: string | undefined;
  try {
    damage = await findFolderDamage(location);
    if (holder === 'gone') damage ??= await findTablesDamage(location, STORE_CHECK_BYTES_MAX);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    damage = error instanceof Error ? error.message : 'a file went away';
  }
  if (damage === undefined) return;
  // while its holder runs, files come and go under the reader's eyes
  throw holder === 'alive' ? await lockedError(directory) : corruptError(damage, { directory });
}

interface OpenFolder {
  readonly directory: string;
  readonly db: Database;
  readonly keys: FeedKeys;
  readonly votes: VoteRecords;
}

class LevelStore implements Store {
  readonly #directory: string;
  readonly #db: Database;
  readonly #keys: FeedKeys;
  readonly #votes: VoteRecords;
  readonly #reader: FeedReader;
  readonly #commits: GroupCommit;
  #cutting: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor({ directory, db, keys, votes }: OpenFolder, committed: number) {
    this.#directory = directory;
    this.#db = db;
    this.#keys = keys;
    this.#votes = votes;
    this.#reader = new FeedReader(db, keys);
    this.#commits = new GroupCommit(db, committed);
  }

  async snapshot(): Promise<StoreSnapshot> {
    this.#assertOpen();
    return await readSnapshot(this.#db);
  }

  async write(batch: StoreBatch): Promise<void> {
    this.#assertOpen();
    if (batch.cuts === undefined && this.#cutting === undefined) {
      await this.#submit(batch, []);
      return;
    }
    // A cut reads before it writes. What comes after it waits for it, so that batches become durable in order.
    const turn = (this.#cutting ?? Promise.resolve()).then(async () =>
      this.#submit(batch, await this.#entriesCut(batch)),
    );
    const settled = turn.catch(() => undefined); // the caller of each write is told by `turn`
    this.#cutting = settled;
    await turn.finally(() => {
      if (this.#cutting === settled) this.#cutting = undefined;
    });
  }

  async #submit(batch: StoreBatch, cut: readonly PlacedEntry[][]): Promise<void> {
    await this.#commits.submit(batchBytes(batch), (put, remove) => {
      putBatch(put, this.#keys, batch);
      this.#votes.put(put, remove, this.#keys, batch.votes ?? []);
      batch.cuts?.forEach((each, i) => {
        putCut(put, remove, this.#keys, each, cut[i] ?? []);
      });
    });
  }

  /** What a cut takes away. The first failure is final, as in any write. */
  async #entriesCut({ cuts }: StoreBatch): Promise<PlacedEntry[][]> {
    if (cuts === undefined) return [];
    await this.#commits.idle();
    try {
      const all: PlacedEntry[][] = [];
      for (const cut of cuts) all.push(await readCut(this.#reader, cut));
      return all;
    } catch (error) {
      throw this.#commits.fail(storeError(error, this.#directory));
    }
  }

  async readRanges(
    log: LogName,
    ranges: readonly FeedRange[],
    entriesMax: number,
    bytesMax: number,
  ): Promise<PlacedEntry[]> {
    this.#assertOpen();
    return await collectRanges((range, limit) => this.#reader.forward(log, range, limit), ranges, entriesMax, bytesMax);
  }

  async *iterate(log: LogName, range: FeedRange, reverse = false): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    const steps = reverse ? this.#reader.backward(log, range) : this.#reader.forward(log, range, range.to - range.from);
    for await (const entries of steps) yield* entries;
  }

  async *governanceEntries(range?: FeedRange): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    yield* governanceEntries(this.#db, this.#keys, range);
  }

  async decisions(from: number, bytesMax: number): Promise<Uint8Array[]> {
    this.#assertOpen();
    return await readDecisions(this.#db, from, bytesMax);
  }

  async find(hash: Uint8Array): Promise<EntryPlace | undefined> {
    this.#assertOpen();
    const key = hashKey('places', hash);
    const value = await getValue(this.#db, key);
    return value === undefined ? undefined : unsealPlace(key, value);
  }

  async subtree(origin: PeerIdText, log: LogName, level: number, index: number): Promise<Uint8Array> {
    this.#assertOpen();
    return await subtreeHash(level, index, (kept, from, count) =>
      kept === 0 ? this.#leafHashes(origin, log, from, count) : this.#keptHashes(origin, log, kept, from, count),
    );
  }

  async statement(hash: Uint8Array): Promise<string | undefined> {
    this.#assertOpen();
    return await this.#text(hashKey('statements', hash));
  }

  async votes(origin: PeerIdText): Promise<Vote[]> {
    this.#assertOpen();
    const { votes } = await readVotes(this.#db, this.#keys.of(origin, 'ledger').publicKey);
    return [...votes];
  }

  async *quarantine(range: FeedRange): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    yield* quarantinedEntries(this.#db, this.#keys, range);
  }

  async getValue(name: string): Promise<string | undefined> {
    this.#assertOpen();
    return await this.#text(valueKey(name));
  }

  async putValue(name: string, value: string): Promise<void> {
    this.#assertOpen();
    assertValueSize(name, value);
    const key = valueKey(name);
    await this.#commits.submit(value.length, (put) => {
      put(key, sealedText(key, value));
    });
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#cutting;
    await this.#commits.idle();
    try {
      await release(this.#directory, this.#db);
      if (this.#commits.failure !== undefined) await cutUnacknowledged(this.#db.location, this.#commits.committed);
    } catch (error) {
      throw storeError(error, this.#directory);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  async #text(key: Uint8Array): Promise<string | undefined> {
    const value = await getValue(this.#db, key);
    return value === undefined ? undefined : unsealText(key, value);
  }

  async #leafHashes(origin: PeerIdText, log: LogName, from: number, count: number): Promise<Uint8Array[]> {
    const range = { origin, from, to: from + count };
    const entries = await this.readRanges(log, [range], count, count * ENTRY_BYTES_MAX);
    return entries.map((entry) => leafHash(entry.hash));
  }

  async #keptHashes(
    origin: PeerIdText,
    log: LogName,
    level: number,
    from: number,
    count: number,
  ): Promise<Uint8Array[]> {
    const feed = this.#keys.of(origin, log);
    const range = { gte: subtreeKey(feed, level, from), lt: subtreeKey(feed, level, from + count) };
    const hashes: Uint8Array[] = [];
    for await (const pairs of scan(this.#db, {
      ...range,
      chunkPairs: STORE_READ_CHUNK_ENTRIES,
      chunkBytes: STORE_READ_CHUNK_BYTES,
    })) {
      for (const [key, value] of pairs) hashes.push(unsealHash(key, value));
    }
    return hashes;
  }
}
