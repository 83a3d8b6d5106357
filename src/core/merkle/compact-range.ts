/**
 * A growing tree by its right edge alone: the roots of the perfect subtrees it is made of ("peaks"), largest first, one per set bit of
 * its size. Appending costs two hashes a leaf on average and needs nothing else of the tree.
 */
import { TessraxError } from '../errors.ts';
import { TREE_SIZE_MAX } from '../limits.ts';
import { EMPTY_ROOT, leafHash, nodeHash, ownHash } from './hash.ts';
import { bitCount, isTreeSize } from './tree-size.ts';

/** Complete subtrees are kept at every eighth level: a proof then folds at most 128 hashes for a node in between. */
export const SUBTREE_LEVEL_STEP = 8;
/** A *block* is a complete subtree of the lowest kept level above the leaves. */
export const BLOCK_LEAVES = 2 ** SUBTREE_LEVEL_STEP;
/** The hash of the block that ends with this one of a list of leaves, where somebody knows it: its leaves need no hashing then. */
export type KnownBlock = (last: number) => Uint8Array | undefined;

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
export function appendLeaves(
  peaks: readonly Uint8Array[],
  size: number,
  leaves: readonly Uint8Array[],
  known: KnownBlock = () => undefined,
): Growth {
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
  let untouched = edge.length;
  for (let at = 0; at < leaves.length; ) {
    const index = size + at;
    const block = index % BLOCK_LEAVES === 0 ? known(at + BLOCK_LEAVES - 1) : undefined;
    if (block === undefined) {
      pushHash(edge, { level: 0, index, hash: leafHash(leaves[at] ?? EMPTY_ROOT) }, subtrees);
      at += 1;
    } else {
      pushHash(edge, { level: SUBTREE_LEVEL_STEP, index: index / BLOCK_LEAVES, hash: block }, subtrees);
      at += BLOCK_LEAVES;
    }
    untouched = Math.min(untouched, edge.length - 1);
  }
  for (let i = untouched; i < edge.length; i++) edge[i] = ownHash(edge[i] ?? EMPTY_ROOT);
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
export function rootOfLeaves(leaves: readonly Uint8Array[], known?: KnownBlock): Uint8Array {
  return rootOfPeaks(appendLeaves([], 0, leaves, known).peaks);
}

/** The same over hashes that are nodes already: leaf hashes, or the roots of neighbouring complete subtrees of one level. */
export function rootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const edge: Uint8Array[] = [];
  hashes.forEach((hash, index) => {
    pushHash(edge, { level: 0, index, hash });
  });
  return rootOfPeaks(edge);
}

/** Adds the subtree that comes next: each set low bit of its index is a peak that now has its right half. */
function pushHash(edge: Uint8Array[], next: CompleteSubtree, subtrees?: CompleteSubtree[]): void {
  let { level, index, hash } = next;
  if (level > 0) subtrees?.push(next);
  while (index % 2 === 1) {
    hash = nodeHash(edge.pop() ?? EMPTY_ROOT, hash);
    index = (index - 1) / 2;
    level++;
    if (level % SUBTREE_LEVEL_STEP === 0) subtrees?.push({ level, index, hash });
  }
  edge.push(hash);
}
