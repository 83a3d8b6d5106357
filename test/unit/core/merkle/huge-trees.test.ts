/** A tree whose leaves are all the same has one hash per level: proofs in trees of any size can be made without the leaves. */
import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { TREE_SIZE_MAX } from '../../../../src/core/limits.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../../src/core/merkle/hash.ts';
import {
  assemble,
  assembleRoot,
  type ProofPlan,
  planConsistency,
  planInclusion,
  planRoot,
} from '../../../../src/core/merkle/proof.ts';
import { verifyConsistency, verifyInclusion } from '../../../../src/core/merkle/verify.ts';

const levelHashes = [leafHash(Uint8Array.of(7))];
for (let level = 1; level <= 52; level++) {
  const below = levelHashes[level - 1] ?? EMPTY_ROOT;
  levelHashes.push(nodeHash(below, below));
}
const [leaf = EMPTY_ROOT] = levelHashes;

const sizes = fc.oneof(
  fc.integer({ min: 1, max: TREE_SIZE_MAX }),
  fc.tuple(fc.integer({ min: 1, max: 52 }), fc.integer({ min: -1, max: 1 })).map(([e, off]) => 2 ** e + off),
  fc.constant(TREE_SIZE_MAX),
);
const twoSizes = fc.tuple(sizes, sizes).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

describe('trees of up to 2^53-1 leaves', () => {
  it('verify their inclusion proofs, at that size and with that many elements', () => {
    fc.assert(
      fc.property(twoSizes, ([smaller, size]) => {
        const index = smaller - 1;
        const proof = assemble(planInclusion(index, size), fetch(planInclusion(index, size)));
        const claim = { index, size, leafHash: leaf, proof, root: rootOf(size) };
        equal(verifyInclusion(claim), true);
        equal(verifyInclusion({ ...claim, proof: [...proof, leaf] }), false);
        equal(verifyInclusion({ ...claim, proof: proof.slice(1) }), size === 1);
        equal(verifyInclusion({ ...claim, root: EMPTY_ROOT }), false);
      }),
      { numRuns: 500 },
    );
  });

  it('verify their consistency proofs, between these sizes only', () => {
    fc.assert(
      fc.property(twoSizes, ([oldSize, newSize]) => {
        const plan = planConsistency(oldSize, newSize);
        const proof = assemble(plan, fetch(plan));
        const claim = { oldSize, newSize, oldRoot: rootOf(oldSize), newRoot: rootOf(newSize), proof };
        equal(verifyConsistency(claim), true);
        equal(verifyConsistency({ ...claim, proof: [...proof, leaf] }), false);
        equal(verifyConsistency({ ...claim, oldRoot: EMPTY_ROOT }), false);
        equal(verifyConsistency({ ...claim, newRoot: EMPTY_ROOT }), false);
      }),
      { numRuns: 500 },
    );
  });
});

function rootOf(size: number): Uint8Array {
  return assembleRoot(planRoot(size), fetch(planRoot(size)));
}

function fetch(plan: ProofPlan): Uint8Array[] {
  return plan.subtrees.map(({ level }) => levelHashes[level] ?? EMPTY_ROOT);
}
