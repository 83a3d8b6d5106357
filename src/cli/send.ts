/** Appending through the API, one batch after the other, each stored whole or not at all. */

import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import {
  APPEND_RETRIES_MAX,
  APPEND_RETRY_MS,
  IMPORT_BATCH_BYTES_MAX,
  IMPORT_BATCH_ENTRIES_MAX,
} from '../core/limits.ts';
import { numberIn, objectsIn, textIn } from './answers.ts';
import type { NodeClient } from './client.ts';
import type { EntryDraft } from './drafts.ts';

export interface StoredEntry {
  readonly hash: string;
  readonly seq: number;
  readonly origin: string;
}

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

/** Resolves when the entries are durable on the node. A node that is busy is asked again for a while. */
export async function send(client: NodeClient, drafts: readonly JsonObject[]): Promise<readonly StoredEntry[]> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await client.post('/v1/receipts', drafts);
      const stored = objectsIn(answer, 'entries').map((entry) => ({
        hash: textIn(entry, 'hash'),
        seq: numberIn(entry, 'seq'),
        origin: textIn(entry, 'origin'),
      }));
      if (stored.length === drafts.length) return stored;
      throw new TessraxError('api_answer', `the node stored ${stored.length} of ${drafts.length} entries`, {
        remedy: 'look at its log',
      });
    } catch (error) {
      if (!(error instanceof TessraxError) || error.code !== 'append_busy' || tries >= APPEND_RETRIES_MAX) throw error;
      await delay(APPEND_RETRY_MS);
    }
  }
}
