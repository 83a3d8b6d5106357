/** Cutting a feed off: its last entries leave the feed, the index and the tree, and go into quarantine, all in one write. */
import type { PlacedEntry } from '../core/events.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import { SUBTREE_LEVEL_STEP } from '../core/merkle/compact-range.ts';
import { corruptError } from './failures.ts';
import type { FeedReader } from './feed-reader.ts';
import { isGovernance } from './governance-index.ts';
import type { PutRecord, RemoveRecord } from './group-commit.ts';
import { entryKey, type FeedKeys, governanceKey, hashKey, headKey, quarantineKey, subtreeKey } from './keys.ts';
import { sealedBytes, sealedHead } from './records.ts';

export interface Cut {
  readonly head: FeedHead;
  readonly to: number;
}

const LEVEL_MAX = 48; // above it no subtree is complete: sizes end at 2^53 - 1

/** The entries that go, from the head's size on. Rejects with `store_corrupt` when they are not all there. */
export async function readCut(reader: FeedReader, { head, to }: Cut): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  const range = { origin: head.origin, from: head.size, to };
  for await (const chunk of reader.forward(head.log, range, to - head.size)) entries.push(...chunk);
  if (entries.length === to - head.size) return entries;
  throw corruptError('entries to be cut off are missing', { origin: head.origin });
}

/** `entries` are those that go, from the head's size on. */
export function putCut(
  put: PutRecord,
  remove: RemoveRecord,
  keys: FeedKeys,
  cut: Cut,
  entries: readonly PlacedEntry[],
): void {
  const { head, to } = cut;
  const feed = keys.of(head.origin, head.log);
  for (const { log, seq, hash, bytes } of entries) {
    remove(entryKey(feed, seq));
    remove(hashKey('places', hash));
    if (isGovernance({ log, bytes })) remove(governanceKey(feed.publicKey, seq));
    const key = quarantineKey(feed.publicKey, seq, hash);
    put(key, sealedBytes(key, bytes));
  }
  for (let level = SUBTREE_LEVEL_STEP; level <= LEVEL_MAX; level += SUBTREE_LEVEL_STEP) {
    const leaves = 2 ** level;
    for (let index = Math.floor(head.size / leaves); (index + 1) * leaves <= to; index++)
      remove(subtreeKey(feed, level, index));
  }
  const key = headKey(feed);
  if (head.size === 0) remove(key);
  else put(key, sealedHead(key, head));
}
