/**
 * The one writer. Writes that are called while one is under way are merged, in order, into the next single synced batch: a sync costs
 * the same for one entry and for thousands.
 *
 * Each group carries a commit number, one more than the last. After a failed write LevelDB's log may hold the group in part or even
 * whole; by its number it is found there and cut off (unacknowledged.ts).
 */
import { TessraxError } from '../core/errors.ts';
import { STORE_GROUP_BYTES_MAX, STORE_WRITES_PENDING_MAX } from '../core/limits.ts';
import type { Database } from './database.ts';
import { storeError } from './failures.ts';
import { metaKey } from './keys.ts';
import { sealedNumber } from './records.ts';

/** Takes the records of one write. It copies them: key and value may be reused. */
export type PutRecord = (key: Uint8Array, value: Uint8Array) => void;
export type RemoveRecord = (key: Uint8Array) => void;

interface PendingWrite {
  readonly bytes: number;
  readonly fill: (put: PutRecord, remove: RemoveRecord) => void;
  readonly resolve: () => void;
  readonly reject: (error: TessraxError) => void;
}

export const COMMIT_KEY = metaKey('commit');

export class GroupCommit {
  readonly #db: Database;
  #committed: number;
  #pending: PendingWrite[] = [];
  #running: Promise<void> | undefined;
  #failure: TessraxError | undefined;

  /** `committed`: the number of the last group on disk. */
  constructor(db: Database, committed: number) {
    this.#db = db;
    this.#committed = committed;
  }

  /** The number of the last group that is known to be on disk. */
  get committed(): number {
    return this.#committed;
  }

  get failure(): TessraxError | undefined {
    return this.#failure;
  }

  /**
   * Resolves when what `fill` puts is on disk, whole. `bytes` is its size, about. The first failure is final: it rejects every pending
   * and every later write.
   */
  submit(bytes: number, fill: (put: PutRecord, remove: RemoveRecord) => void): Promise<void> {
    if (this.#failure === undefined && this.#pending.length >= STORE_WRITES_PENDING_MAX) {
      this.fail(new TessraxError('store_failed', `more than ${STORE_WRITES_PENDING_MAX} writes wait for the disk`));
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ bytes, fill, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is pending or under way. Never rejects. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // writes called in one turn share a group
    while (this.#failure === undefined && this.#pending.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
        for (const write of group) write.resolve();
      } catch (error) {
        this.#pending = [...group, ...this.#pending];
        this.fail(storeError(error, this.#db.location));
      }
    }
    this.#running = undefined;
  }

  /** At least one write, and more as long as they fit the bound. */
  #takeGroup(): PendingWrite[] {
    let count = 0;
    let bytes = 0;
    for (const write of this.#pending) {
      bytes += write.bytes;
      if (count > 0 && bytes > STORE_GROUP_BYTES_MAX) break;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  async #commit(group: readonly PendingWrite[]): Promise<void> {
    const batch = this.#db.batch();
    try {
      const put: PutRecord = (key, value) => {
        batch.put(key, value);
      };
      put(COMMIT_KEY, sealedNumber(COMMIT_KEY, this.#committed + 1)); // first in the batch: unacknowledged.ts looks for it there
      const remove: RemoveRecord = (key) => {
        batch.del(key);
      };
      for (const write of group) write.fill(put, remove);
      await batch.write({ sync: true });
      this.#committed++;
    } finally {
      await batch.close();
    }
  }

  /** Rejects every pending and every later write, with the first failure of all. */
  fail(failure: TessraxError): TessraxError {
    this.#failure ??= failure;
    const pending = this.#pending;
    this.#pending = [];
    for (const write of pending) write.reject(this.#failure);
    return this.#failure;
  }
}
