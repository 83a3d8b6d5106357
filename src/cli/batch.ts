/** Drafts on their way to the API, in requests of a size that is worth a sync of the disk. */
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { IMPORT_BATCH_BYTES_MAX, IMPORT_BATCH_ENTRIES_MAX } from '../core/limits.ts';
import type { EntryDraft } from './drafts.ts';

/** Collects drafts until a batch is full. */
export class Batch {
  #drafts: JsonObject[] = [];
  #bytes = 0;

  get size(): number {
    return this.#drafts.length;
  }

  get isFull(): boolean {
    return this.#drafts.length >= IMPORT_BATCH_ENTRIES_MAX || this.#bytes >= IMPORT_BATCH_BYTES_MAX;
  }

  add({ json, bytes }: EntryDraft): void {
    this.#drafts.push(json);
    this.#bytes += bytes;
  }

  take(): JsonObject[] {
    const drafts = this.#drafts;
    this.#drafts = [];
    this.#bytes = 0;
    return drafts;
  }
}
