/** What is read for a delta: entries, and the blocks of their feeds' trees that they end, so that its tree need not be hashed anew. */
import { endsBlock } from './core/entry/blocks.ts';
import { TessraxError } from './core/errors.ts';
import type { Effect, PlacedEntry } from './core/events.ts';
import { BLOCK_LEAVES, SUBTREE_LEVEL_STEP } from './core/merkle/compact-range.ts';
import type { Store } from './ports.ts';

export async function readEntries(
  store: Store,
  { log, ranges, entriesMax, bytesMax }: Extract<Effect, { kind: 'read' }>,
): Promise<PlacedEntry[]> {
  const entries = await store.readRanges(log, ranges, entriesMax, bytesMax);
  if (log !== 'ledger') return entries; // a journal is sent without a SYNC_EVENT, and so without a root
  const found = [...entries];
  const ends = found.flatMap((entry, at) => (endsBlock(found, at) ? [{ entry, at }] : []));
  for (const [i, entry] of (await Promise.all(ends.map((end) => withBlock(store, end.entry)))).entries()) {
    const at = ends[i]?.at;
    if (at !== undefined) found[at] = entry;
  }
  return found;
}

async function withBlock(store: Store, entry: PlacedEntry): Promise<PlacedEntry> {
  const { origin, log, seq } = entry;
  try {
    return { ...entry, block: await store.subtree(origin, log, SUBTREE_LEVEL_STEP, (seq + 1) / BLOCK_LEAVES - 1) };
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'subtree_incomplete') return entry; // the feed was cut meanwhile
    throw error;
  }
}
