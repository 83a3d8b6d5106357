import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { PROOF_HASHES_MAX, TREE_SIZE_MAX } from '../../../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import {
  assemble,
  assembleRoot,
  type ProofPlan,
  planConsistency,
  planInclusion,
  planRoot,
} from '../../../../src/core/merkle/proof.ts';
import { ReferenceTree } from '../../../reference/merkle.ts';
import { numberedLeaves } from './leaves.ts';

const SIZE_MAX = 130;
const BAD_SIZES = [-1, 0.5, Number.NaN, 2 ** 53];

const reference = new ReferenceTree(numberedLeaves(SIZE_MAX));

describe('proof plans', () => {
  it('gives the PATH of the RFC for every leaf of every size', () => {
    for (let size = 1; size <= SIZE_MAX; size++) {
      for (let index = 0; index < size; index++) {
        const plan = planInclusion(index, size);
        equal(hex(assemble(plan, fetch(plan, size))), hex(reference.path(index, size)), `${index} of ${size}`);
      }
    }
  });

  it('gives the PROOF of the RFC for every two sizes', () => {
    for (let newSize = 1; newSize <= SIZE_MAX; newSize++) {
      for (let oldSize = 1; oldSize <= newSize; oldSize++) {
        const plan = planConsistency(oldSize, newSize);
        equal(
          hex(assemble(plan, fetch(plan, newSize))),
          hex(reference.proof(oldSize, newSize)),
          `${oldSize} to ${newSize}`,
        );
      }
    }
  });

  it('gives the root of every size', () => {
    for (let size = 0; size <= SIZE_MAX; size++) {
      const plan = planRoot(size);
      equal(hex([assembleRoot(plan, fetch(plan, size))]), hex([reference.mth(size)]), `size ${size}`);
    }
  });

  it('needs nothing for an old tree that is empty or the same', () => {
    for (const [oldSize, newSize] of [
      [0, 0],
      [0, 9],
      [9, 9],
      [TREE_SIZE_MAX, TREE_SIZE_MAX],
    ] as const) {
      deepEqual(planConsistency(oldSize, newSize), { subtrees: [], counts: [] });
    }
  });

  it('stays within its bounds in the largest tree', () => {
    const middle = 2 ** 52;
    for (const index of [0, 1, 2 ** 31, 2 ** 32, middle - 1, middle, TREE_SIZE_MAX - 1]) {
      const { subtrees, counts } = planInclusion(index, TREE_SIZE_MAX);
      ok(counts.length <= 53);
      ok(subtrees.every((subtree) => Number.isSafeInteger(subtree.index) && subtree.level <= 52));
      // The ranges beside the path and the leaf itself are the whole tree.
      equal(
        subtrees.reduce((sum, { level }) => sum + BigInt(2 ** level), 1n),
        BigInt(TREE_SIZE_MAX),
      );
    }
    equal(planConsistency(3, TREE_SIZE_MAX).counts.length, PROOF_HASHES_MAX);
    equal(planRoot(TREE_SIZE_MAX).subtrees.length, 53);
  });
});

describe('proof plans that cannot be', () => {
  it('refuses what is not in the tree', () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [6, 5],
      ...BAD_SIZES.flatMap(
        (bad) =>
          [
            [bad, 5],
            [0, bad],
          ] as const,
      ),
    ] as const) {
      throws(() => planInclusion(index, size), { code: 'merkle_out_of_range' }, `${index} of ${size}`);
    }
    for (const [oldSize, newSize] of [
      [1, 0],
      [6, 5],
      ...BAD_SIZES.flatMap(
        (bad) =>
          [
            [bad, 5],
            [0, bad],
          ] as const,
      ),
    ] as const) {
      throws(() => planConsistency(oldSize, newSize), { code: 'merkle_out_of_range' }, `${oldSize} to ${newSize}`);
    }
    for (const size of BAD_SIZES) throws(() => planRoot(size), { code: 'merkle_out_of_range' }, `${size}`);
  });

  it('refuses hashes that do not fit the plan', () => {
    const plan = planInclusion(2, 5);
    const mismatch = { code: 'merkle_plan_mismatch' };
    throws(() => assemble(plan, []), mismatch);
    throws(() => assemble(plan, new Array(4).fill(EMPTY_ROOT)), mismatch);
    throws(() => assemble(plan, [EMPTY_ROOT, EMPTY_ROOT, new Uint8Array(31)]), mismatch);
    throws(() => assembleRoot(plan, new Array(3).fill(EMPTY_ROOT)), mismatch);
    throws(() => assembleRoot({ subtrees: [], counts: [] }, []), mismatch);
  });
});

/** What a store would answer: complete subtrees, and no others. */
function fetch(plan: ProofPlan, size: number): Uint8Array[] {
  return plan.subtrees.map(({ level, index }) => {
    const width = 2 ** level;
    ok((index + 1) * width <= size, `subtree (${level}, ${index}) is not complete at size ${size}`);
    return reference.range(index * width, (index + 1) * width);
  });
}

function hex(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).join(' ');
}
