/**
 * Proofs without a tree: a plan names the complete subtrees that a proof is made of, the caller fetches their hashes from wherever they
 * are kept, and `assemble` makes the proof of them. RFC 9162 sections 2.1.3.1 (PATH) and 2.1.4.1 (PROOF, SUBPROOF).
 */
import { TessraxError } from '../errors.ts';
import { rootOfPeaks } from './compact-range.ts';
import { HASH_BYTES } from './hash.ts';
import { floorLog2, isTreeSize, splitPoint } from './tree-size.ts';

/** The complete subtree over leaves [index·2^level, (index+1)·2^level). */
export interface SubtreePlace {
  readonly level: number;
  readonly index: number;
}

/** One element of a proof is the hash of a range of leaves; at the right edge of the tree that range is several complete subtrees. */
export interface ProofPlan {
  /** What to fetch, in this order. */
  readonly subtrees: readonly SubtreePlace[];
  /** How many of them, one after the other, fold into each element. */
  readonly counts: readonly number[];
}

/** The path from leaf `index` to the root of the first `size` leaves. Throws `merkle_out_of_range` unless 0 <= index < size. */
export function planInclusion(index: number, size: number): ProofPlan {
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size) throw outOfRange('inclusion', { index, size });
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return planOf(ranges.reverse());
}

/**
 * The proof that the first `oldSize` leaves of a tree of `newSize` leaves are the older tree. Empty for equal sizes and for 0.
 * Throws `merkle_out_of_range` unless 0 <= oldSize <= newSize.
 */
export function planConsistency(oldSize: number, newSize: number): ProofPlan {
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize > newSize)
    throw outOfRange('consistency', { oldSize, newSize });
  if (oldSize === 0) return planOf([]);
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = newSize;
  while (to > oldSize) {
    const middle = from + splitPoint(to - from);
    if (oldSize <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  // While the walk never went right, the node it ends at is the whole old tree, whose root the verifier has.
  if (from > 0) ranges.push({ from, to });
  return planOf(ranges.reverse());
}

/** The root of the first `size` leaves, as a plan with that one element. Throws `merkle_out_of_range`. */
export function planRoot(size: number): ProofPlan {
  if (!isTreeSize(size)) throw outOfRange('root', { size });
  return planOf([{ from: 0, to: size }]);
}

/** The proof, from the hashes of the plan's subtrees in the plan's order. Throws `merkle_plan_mismatch` when they do not fit. */
export function assemble(plan: ProofPlan, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length !== plan.subtrees.length || hashes.some((hash) => hash.length !== HASH_BYTES)) {
    throw new TessraxError(
      'merkle_plan_mismatch',
      `the plan needs ${plan.subtrees.length} hashes of ${HASH_BYTES} bytes`,
      {
        fields: { needed: plan.subtrees.length, given: hashes.length },
      },
    );
  }
  let from = 0;
  return plan.counts.map((count) => {
    const element = rootOfPeaks(hashes.slice(from, from + count));
    from += count;
    return element;
  });
}

/** The root that `planRoot` planned. Throws `merkle_plan_mismatch`. */
export function assembleRoot(plan: ProofPlan, hashes: readonly Uint8Array[]): Uint8Array {
  const [root, ...more] = assemble(plan, hashes);
  if (root === undefined || more.length > 0)
    throw new TessraxError('merkle_plan_mismatch', 'this is not the plan of a root');
  return root;
}

interface LeafRange {
  readonly from: number;
  readonly to: number;
}

function planOf(ranges: readonly LeafRange[]): ProofPlan {
  const subtrees: SubtreePlace[] = [];
  const counts: number[] = [];
  for (const range of ranges) {
    const before = subtrees.length;
    // The splits of the RFC leave `from` a multiple of every power of two that fits the range.
    for (let from = range.from; from < range.to; ) {
      const level = floorLog2(range.to - from);
      subtrees.push({ level, index: from / 2 ** level });
      from += 2 ** level;
    }
    counts.push(subtrees.length - before);
  }
  return { subtrees, counts };
}

function outOfRange(what: string, fields: Record<string, number>): TessraxError {
  return new TessraxError('merkle_out_of_range', `no such ${what} proof: ${JSON.stringify(fields)}`, { fields });
}
