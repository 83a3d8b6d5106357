/** Blocks of a feed's tree in a row of entries: the tree of a delta has the same ones, where the row begins at a multiple of their size. */
import type { PlacedEntry } from '../events.ts';
import { BLOCK_LEAVES, type KnownBlock } from '../merkle/compact-range.ts';

/** Whether an entry ends a block that is all in the row. A row may hold several feeds, and begin or end within a block. */
export function endsBlock(row: readonly Pick<PlacedEntry, 'origin' | 'seq'>[], at: number): boolean {
  const end = row[at];
  if (end === undefined || (end.seq + 1) % BLOCK_LEAVES !== 0) return false;
  const first = row[at + 1 - BLOCK_LEAVES];
  return first?.origin === end.origin && first.seq === end.seq + 1 - BLOCK_LEAVES;
}

/** The blocks that the entries bring along. */
export function blocksOf(row: readonly (PlacedEntry & { readonly block?: Uint8Array })[]): KnownBlock {
  return (last) => (endsBlock(row, last) ? row[last]?.block : undefined);
}
