/** Appending so that a retry appends nothing twice: each request has a name (`Idempotency-Key`) that the node remembers. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { API_UNREACHED_RETRIES_MAX, APPEND_RETRIES_MAX, APPEND_RETRY_MS } from '../core/limits.ts';
import type { NodeClient } from './connection.ts';

export interface StoredEntry {
  /** Receipt hash, 64 hex digits. */
  readonly hash: string;
  readonly seq: number;
  /** Peer ID of the node. */
  readonly origin: string;
}

/**
 * Resolves when the entries are durable on the node, all of them; in the order of the drafts. A node that is busy is asked again for a
 * while, and so is one that did not answer. Rejects with what the node refuses, `node_unreachable`, `api_answer`.
 */
export async function appendOnce(client: NodeClient, drafts: readonly JsonObject[]): Promise<readonly StoredEntry[]> {
  return (await append(client, '/v1/receipts', drafts)).entries;
}

/** The same, and waits until they are final; for as long as the node waits, which is told by `isFinal`. */
export async function appendFinal(
  client: NodeClient,
  drafts: readonly JsonObject[],
): Promise<{ readonly entries: readonly StoredEntry[]; readonly isFinal: boolean }> {
  return await append(client, '/v1/receipts?wait=final', drafts);
}

async function append(client: NodeClient, path: string, drafts: readonly JsonObject[]) {
  const headers = { 'idempotency-key': randomUUID() };
  for (let tries = 1; ; tries++) {
    try {
      const answer = await client.post(path, drafts, headers);
      const entries = storedIn(answer);
      if (entries?.length === drafts.length) return { entries, isFinal: answer['final'] === true };
      throw new TessraxError('api_answer', `the node did not say that it stored ${drafts.length} entries`, {
        remedy: 'look at its log',
      });
    } catch (error) {
      if (!(error instanceof TessraxError) || tries >= (RETRIES.get(error.code) ?? 0)) throw error;
      await delay(APPEND_RETRY_MS);
    }
  }
}

/** How often an append that failed so is tried. */
const RETRIES: ReadonlyMap<string, number> = new Map([
  ['append_busy', APPEND_RETRIES_MAX],
  ['api_busy', APPEND_RETRIES_MAX],
  ['node_unreachable', API_UNREACHED_RETRIES_MAX],
]);

function storedIn({ entries }: JsonObject): StoredEntry[] | undefined {
  return Array.isArray(entries) ? entries.flatMap((entry: JsonValue) => storedEntry(entry) ?? []) : undefined;
}

function storedEntry(value: JsonValue): StoredEntry | undefined {
  const { hash, seq, origin } = isObject(value) ? value : {};
  return typeof hash === 'string' && typeof seq === 'number' && typeof origin === 'string'
    ? { hash, seq, origin }
    : undefined;
}
