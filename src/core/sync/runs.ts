/** What is read from the store for a delta, and what was read as runs of the ranges that a peer asked for. */
import type { Candidate } from '../entry/examine.ts';
import { ZERO_HASH } from '../entry/header.ts';
import type { FeedRange, PlacedEntry } from '../events.ts';
import { DELTA_ENTRIES_MAX } from '../limits.ts';
import type { Served } from './state.ts';

/**
 * What the next delta is read from. One entry before each range is read too: its hash is the run's `prev`. A long feed is cut at multiples
 * of DELTA_ENTRIES_MAX: there blocks of its tree begin, which nobody needs to hash twice.
 */
export function nextRanges(ranges: readonly FeedRange[]): FeedRange[] {
  const next: FeedRange[] = [];
  for (const { origin, from, to } of ranges) {
    const end = Math.min(to, from - (from % DELTA_ENTRIES_MAX) + DELTA_ENTRIES_MAX);
    next.push({ origin, from: Math.max(0, from - 1), to: end });
    if (end < to) break; // what follows in this feed comes before the next feed
  }
  return next;
}

/** Cuts what was read into runs, and takes it off what is left to send. */
export function takeRuns(served: Served, entries: readonly PlacedEntry[]): Candidate[][] {
  const runs: Candidate[][] = [];
  const left: FeedRange[] = [];
  let at = 0;
  for (const range of served.ranges) {
    let prev: Uint8Array = ZERO_HASH;
    if (range.from > 0 && entries[at]?.origin === range.origin && entries[at]?.seq === range.from - 1) {
      prev = entries[at]?.hash ?? ZERO_HASH;
      at++;
    }
    const run: Candidate[] = [];
    for (let entry = entries[at]; isNext(entry, range, run.length); entry = entries[++at]) {
      run.push(placedCandidate(entry, run.at(-1)?.hash ?? prev));
    }
    if (run.length > 0) runs.push(run);
    if (range.from + run.length < range.to) left.push({ ...range, from: range.from + run.length });
  }
  served.ranges = left;
  return runs;
}

/** Whether this is the entry of the range behind the first `taken`. */
function isNext(entry: PlacedEntry | undefined, range: FeedRange, taken: number): entry is PlacedEntry {
  const seq = range.from + taken;
  return entry !== undefined && entry.origin === range.origin && entry.seq === seq && seq < range.to;
}

/** A stored entry with its predecessor; it was examined before it was stored. */
function placedCandidate(entry: PlacedEntry, prev: Uint8Array): Candidate {
  return { ...entry, prev, type: '', timestampMs: 0, nonce: ZERO_HASH, jobs: [] };
}
