/**
 * A growing tree by its right edge alone: the roots of the perfect subtrees it is made of ("peaks"), largest first, one per set bit of
 * its size. Appending costs two hashes a leaf on average and needs nothing else of the tree.
 */
import { TessraxError } from '../errors.ts';
import { TREE_SIZE_MAX } from '../limits.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.ts';
import { bitCount, isTreeSize } from './tree-size.ts';

/** Complete subtrees are kept at every eighth level: a proof then folds at most 128 hashes for a node in between. */
export const SUBTREE_LEVEL_STEP = 8;

/** The tree over leaves [index·2^level, (index+1)·2^level), all of which are there. */
export interface CompleteSubtree {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

export interface Growth {
  /** The peaks after the append. */
  readonly peaks: readonly Uint8Array[];
  /** What the append completed, at levels above 0 that are multiples of SUBTREE_LEVEL_STEP, in order of completion. */
  readonly subtrees: readonly CompleteSubtree[];
}

/**
 * Appends leaves to a tree of `size` leaves with these peaks. Throws `merkle_peaks` when the number of peaks does not fit the size,
 * `merkle_size` when the tree would outgrow 2^53-1 leaves.
 */
export function appendLeaves(peaks: readonly Uint8Array[], size: number, leaves: readonly Uint8Array[]): Growth {
  if (!isTreeSize(size) || size + leaves.length > TREE_SIZE_MAX) {
    throw new TessraxError('merkle_size', 'a tree has between 0 and 2^53-1 leaves', {
      fields: { size, added: leaves.length },
    });
  }
  if (peaks.length !== bitCount(size)) {
    throw new TessraxError(
      'merkle_peaks',
      `a tree of ${size} leaves has ${bitCount(size)} peaks, not ${peaks.length}`,
      {
        fields: { size, peaks: peaks.length },
      },
    );
  }
  const edge = [...peaks];
  const subtrees: CompleteSubtree[] = [];
  let index = size;
  for (const leaf of leaves) pushHash(edge, index++, leafHash(leaf), subtrees);
  return { peaks: edge, subtrees };
}

/** The root of the tree that the peaks stand for; the empty root when there are none. */
export function rootOfPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (let i = peaks.length - 1; i >= 0; i--) {
    const peak = peaks[i] ?? EMPTY_ROOT;
    root = root === undefined ? peak : nodeHash(peak, root);
  }
  return root ?? EMPTY_ROOT;
}

/** The RFC 9162 tree hash (MTH) of a whole list of leaves. */
export function rootOfLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOfPeaks(appendLeaves([], 0, leaves).peaks);
}

/** The same over hashes that are nodes already: leaf hashes, or the roots of neighbouring complete subtrees of one level. */
export function rootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const edge: Uint8Array[] = [];
  hashes.forEach((hash, index) => {
    pushHash(edge, index, hash);
  });
  return rootOfPeaks(edge);
}

/** Adds the leaf hash at `index`, which is the size so far: each set low bit of it is a peak that now has its right half. */
function pushHash(edge: Uint8Array[], index: number, hash: Uint8Array, subtrees?: CompleteSubtree[]): void {
  let joined = hash;
  let position = index;
  for (let level = 1; position % 2 === 1; level++) {
    joined = nodeHash(edge.pop() ?? EMPTY_ROOT, joined);
    position = (position - 1) / 2;
    if (level % SUBTREE_LEVEL_STEP === 0) subtrees?.push({ level, index: position, hash: joined });
  }
  edge.push(joined);
}
