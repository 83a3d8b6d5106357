/** Roots of complete subtrees from the levels that are kept: leaves (level 0) and every multiple of SUBTREE_LEVEL_STEP. */
import { TessraxError } from '../core/errors.ts';
import { rootOfHashes, SUBTREE_LEVEL_STEP } from '../core/merkle/compact-range.ts';

/** Up to `count` neighbouring hashes of a kept level from `from` on; fewer when they are not there. Level 0: leaf hashes. */
export type KeptHashes = (level: number, from: number, count: number) => Promise<readonly Uint8Array[]>;

/** Trees have at most 2^53-1 leaves. */
const LEVEL_MAX = 52;

/** RFC 9162 hash of the subtree. Reads at most 128 hashes. Rejects with `subtree_incomplete` when leaves of it are not there. */
export async function subtreeHash(level: number, index: number, kept: KeptHashes): Promise<Uint8Array> {
  const first = index * 2 ** level;
  if (!Number.isInteger(level) || level < 0 || level > LEVEL_MAX || !Number.isSafeInteger(first) || index < 0) {
    throw incomplete(level, index);
  }
  const steps = level % SUBTREE_LEVEL_STEP;
  const count = 2 ** steps;
  const hashes = await kept(level - steps, index * count, count);
  if (hashes.length < count) throw incomplete(level, index);
  return rootOfHashes(hashes);
}

function incomplete(level: number, index: number): TessraxError {
  return new TessraxError('subtree_incomplete', `the subtree ${index} of level ${level} is not complete`, {
    fields: { level, index },
  });
}
