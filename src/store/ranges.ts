/** The bounds of a read over several ranges, the same for every store. */
import type { FeedRange, PlacedEntry } from '../core/events.ts';

/** Entries from `range.from` upward without a gap, at most `limit`, in steps. */
export type RangeReader = (range: FeedRange, limit: number) => AsyncIterable<readonly PlacedEntry[]>;

/** Entries in order, until the ranges, the counts or a gap end them; the first entry comes whatever its size. */
export async function collectRanges(
  read: RangeReader,
  ranges: readonly FeedRange[],
  entriesMax: number,
  bytesMax: number,
): Promise<PlacedEntry[]> {
  const found: PlacedEntry[] = [];
  let bytes = 0;
  for (const range of ranges) {
    if (found.length >= entriesMax) break;
    let next = range.from;
    for await (const entries of read(range, entriesMax - found.length)) {
      for (const entry of entries) {
        bytes += entry.bytes.length;
        if (found.length > 0 && bytes > bytesMax) return found;
        found.push(entry);
        next++;
      }
    }
    if (next < range.to) break;
  }
  return found;
}

/** The first of these that together have at most so many bytes, and one at least. */
export function takeBytes(all: readonly Uint8Array[], bytesMax: number): Uint8Array[] {
  const taken: Uint8Array[] = [];
  let bytes = 0;
  for (const each of all) {
    bytes += each.length;
    if (taken.length > 0 && bytes > bytesMax) break;
    taken.push(each);
  }
  return taken;
}
