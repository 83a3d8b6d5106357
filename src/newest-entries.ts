/** The newest entries of many feeds, within the bounds of a page. */
import type { JsonObject } from './core/entry/canonical-json.ts';
import { ZERO_HASH } from './core/entry/header.ts';
import type { FeedRange, PlacedEntry } from './core/events.ts';
import type { FeedHead, LogName } from './core/ledger/feed.ts';
import { API_PAGE_BYTES_MAX, API_PAGE_SCAN_MAX } from './core/limits.ts';
import type { Store } from './ports.ts';
import { flatEntry } from './queries.ts';

/**
 * The newest entries over some feeds, oldest first; entries of one feed stay in their order. Fewer than `limit` when they are large, or
 * when those of the type lie too far back.
 */
export async function newestEntries(
  store: Store,
  federation: string,
  log: LogName,
  feeds: readonly Pick<FeedHead, 'origin' | 'size' | 'timestampMs'>[],
  { limit, type }: { readonly limit: number; readonly type: string | undefined },
): Promise<JsonObject[]> {
  let newest: JsonObject[] = [];
  let scanned = 0;
  for (const { origin, size, timestampMs } of [...feeds].sort((a, b) => b.timestampMs - a.timestampMs)) {
    const oldest = newest.at(limit - 1);
    if (scanned >= API_PAGE_SCAN_MAX || (oldest !== undefined && timeOf(oldest) > timestampMs)) break; // the others end before
    const ofFeed: JsonObject[] = [];
    let bytes = 0;
    for await (const flat of flatBackwards(store, federation, log, { origin, from: 0, to: size })) {
      scanned++;
      if (type === undefined || flat['type'] === type) {
        ofFeed.push(flat);
        bytes += flatBytes(flat);
      }
      if (ofFeed.length >= limit || bytes > API_PAGE_BYTES_MAX || scanned >= API_PAGE_SCAN_MAX) break;
    }
    newest = newestFirst([...newest, ...ofFeed], limit);
  }
  return newest.reverse();
}

/** What an entry takes in JSON, about: its body, and what stands around it. */
export function flatBytes(flat: JsonObject): number {
  return FLAT_OVERHEAD_BYTES + (typeof flat['body_size'] === 'number' ? flat['body_size'] : 0);
}

const FLAT_OVERHEAD_BYTES = 800;

async function* flatBackwards(
  store: Store,
  federation: string,
  log: LogName,
  range: FeedRange,
): AsyncGenerator<JsonObject, void> {
  let later: PlacedEntry | undefined;
  // One entry late: an entry's `prev` is the hash of the one read after it.
  for await (const placed of store.iterate(log, range, true)) {
    if (later !== undefined) yield flatEntry(federation, later, placed.hash);
    later = placed;
  }
  if (later?.seq === 0) yield flatEntry(federation, later, ZERO_HASH);
}

/** The first of them within `limit` entries and the bytes of a page. Sorting is stable: a feed stays in its order. */
function newestFirst(entries: readonly JsonObject[], limit: number): JsonObject[] {
  const sorted = [...entries].sort((a, b) => timeOf(b) - timeOf(a)).slice(0, limit);
  let bytes = 0;
  const end = sorted.findIndex((flat) => {
    bytes += flatBytes(flat);
    return bytes > API_PAGE_BYTES_MAX;
  });
  return end < 0 ? sorted : sorted.slice(0, Math.max(1, end));
}

function timeOf(flat: JsonObject): number {
  return typeof flat['timestamp'] === 'number' ? flat['timestamp'] : 0;
}
