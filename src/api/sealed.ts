/** Sealed feeds: what of each is kept, and what was cut off it as evidence. */
import type { FastifyInstance } from 'fastify';
import { type SealedFeed, sealedEndpoints } from '../contract/sealed.ts';
import { compareBytes, fromHex } from '../core/bytes.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { API_PAGE_ENTRIES, API_PAGE_SCAN_MAX } from '../core/limits.ts';
import type { NodeHandle, Store } from '../ports.ts';
import { quarantinedEntries } from '../queries.ts';
import { badRequest } from './problem.ts';
import { serve } from './serve.ts';

const CURSOR = /^(\d{1,16}):([0-9a-f]{64})$/;

export function quarantineRoutes(app: FastifyInstance, node: NodeHandle): void {
  serve(app, sealedEndpoints.quarantine, ({ query }) => quarantinePage(node, query));
}

/** Each sealed feed. Entries in quarantine are counted up to a bound for all of them; `quarantined_at_least` says that there are more. */
export async function sealedFeeds(node: NodeHandle): Promise<readonly SealedFeed[]> {
  const feeds: SealedFeed[] = [];
  let room = API_PAGE_SCAN_MAX;
  for (const { origin, from, reason, kept, certified, recorded } of node.seals()) {
    const counted = await countQuarantined(node.store, origin, room);
    const complete = counted < room;
    room -= counted;
    const amount = complete ? { quarantined: counted } : { quarantined_at_least: counted };
    feeds.push({ origin, from, reason, kept, certified, recorded, ...amount });
  }
  return feeds;
}

async function countQuarantined(store: Store, origin: string, max: number): Promise<number> {
  let count = 0;
  if (max === 0) return 0;
  for await (const _ of store.quarantine({ origin, from: 0, to: Number.MAX_SAFE_INTEGER })) if (++count === max) break;
  return count;
}

interface QuarantineQuery {
  readonly origin: string;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of what was cut off one feed, by place and receipt hash. */
async function quarantinePage(node: NodeHandle, query: QuarantineQuery) {
  const { origin, after, limit = API_PAGE_ENTRIES } = query;
  const start = after === undefined ? undefined : readCursor(after);
  const range = { origin, from: start?.seq ?? 0, to: Number.MAX_SAFE_INTEGER };
  const entries: JsonObject[] = [];
  for await (const flat of quarantinedEntries(node.store, node.federation.id, range)) {
    if (start !== undefined && flat['seq'] === start.seq && !isAfter(flat, start.hash)) continue;
    if (entries.length === limit) return { entries, next: cursorOf(entries.at(-1)) };
    entries.push(flat);
  }
  return { entries, next: null };
}

function isAfter(flat: JsonObject, hash: Uint8Array): boolean {
  return compareBytes(hashOf(flat), hash) > 0;
}

function hashOf({ hash }: JsonObject): Uint8Array {
  return (typeof hash === 'string' ? fromHex(hash, HASH_BYTES) : undefined) ?? new Uint8Array();
}

function cursorOf(flat: JsonObject | undefined): string {
  return `${String(flat?.['seq'])}:${String(flat?.['hash'])}`;
}

function readCursor(text: string): { readonly seq: number; readonly hash: Uint8Array } {
  const [, seq, hex = ''] = CURSOR.exec(text) ?? [];
  const hash = fromHex(hex, HASH_BYTES);
  if (seq === undefined || hash === undefined || !Number.isSafeInteger(Number(seq)))
    throw badRequest('"after" is not a cursor that this API gave');
  return { seq: Number(seq), hash };
}
