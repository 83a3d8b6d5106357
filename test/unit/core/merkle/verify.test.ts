import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { EMPTY_ROOT, HASH_BYTES, leafHash } from '../../../../src/core/merkle/hash.ts';
import {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from '../../../../src/core/merkle/verify.ts';
import { ReferenceTree } from '../../../reference/merkle.ts';
import vectors from '../../../vectors/merkle-proofs.json' with { type: 'json' };
import { numberedLeaves } from './leaves.ts';

const SIZE_MAX = 130;
const MUTANTS_COUNT = 600;
/** The same mutants on every run. */
const MUTANT_SEED = 9162;

const leaves = numberedLeaves(SIZE_MAX);
const reference = new ReferenceTree(leaves);

describe('inclusion proofs', () => {
  for (const good of vectors.inclusion.good) {
    it(`accepts ${good.name}`, () => {
      equal(verifyInclusion(inclusionClaim(good)), true);
    });
  }

  for (const { of, why, ...change } of vectors.inclusion.refused) {
    it(`refuses ${of}: ${why}`, () => {
      const good = vectors.inclusion.good.find(({ name }) => name === of);
      equal(good !== undefined && verifyInclusion(inclusionClaim({ ...good, ...change })), false);
    });
  }

  it('accepts the PATH of every leaf of every size', () => {
    for (let size = 1; size <= SIZE_MAX; size++) {
      for (let index = 0; index < size; index++)
        equal(verifyInclusion(goodInclusion(index, size)), true, `${index} of ${size}`);
    }
  });

  it('refuses mutants', () => {
    const sizes = fc.integer({ min: 2, max: SIZE_MAX }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
    fc.assert(
      fc.property(sizes, mutations, fc.nat(), ([index, size], mutate, dice) => {
        const good = goodInclusion(index, size);
        const otherLeaf = dice % size;
        equal(verifyInclusion({ ...good, proof: mutate(good.proof, dice) }), false, 'proof');
        equal(verifyInclusion({ ...good, leafHash: flipBit(good.leafHash, dice) }), false, 'leaf hash');
        equal(verifyInclusion({ ...good, root: flipBit(good.root, dice) }), false, 'root');
        equal(verifyInclusion({ ...good, index: otherLeaf }), otherLeaf === index, 'index');
      }),
      { numRuns: MUTANTS_COUNT, seed: MUTANT_SEED },
    );
  });
});

describe('consistency proofs', () => {
  for (const good of vectors.consistency.good) {
    it(`accepts ${good.name}`, () => {
      equal(verifyConsistency(consistencyClaim(good)), true);
    });
  }

  for (const { of, why, ...change } of vectors.consistency.refused) {
    it(`refuses ${of}: ${why}`, () => {
      const good = vectors.consistency.good.find(({ name }) => name === of);
      equal(good !== undefined && verifyConsistency(consistencyClaim({ ...good, ...change })), false);
    });
  }

  it('accepts the PROOF of every two sizes', () => {
    for (let newSize = 0; newSize <= SIZE_MAX; newSize++) {
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        equal(verifyConsistency(goodConsistency(oldSize, newSize)), true, `${oldSize} to ${newSize}`);
      }
    }
  });

  it('refuses mutants', () => {
    const sizes = fc
      .integer({ min: 2, max: SIZE_MAX })
      .chain((newSize) => fc.tuple(fc.integer({ min: 1, max: newSize - 1 }), fc.constant(newSize)));
    fc.assert(
      fc.property(sizes, mutations, fc.nat(), ([oldSize, newSize], mutate, dice) => {
        const good = goodConsistency(oldSize, newSize);
        const otherSize = dice % (newSize + 1);
        equal(verifyConsistency({ ...good, proof: mutate(good.proof, dice) }), false, 'proof');
        equal(verifyConsistency({ ...good, oldRoot: flipBit(good.oldRoot, dice) }), false, 'old root');
        equal(verifyConsistency({ ...good, newRoot: flipBit(good.newRoot, dice) }), false, 'new root');
        equal(
          verifyConsistency({ ...good, oldRoot: reference.mth(otherSize) }),
          otherSize === oldSize,
          'the root of another size',
        );
      }),
      { numRuns: MUTANTS_COUNT, seed: MUTANT_SEED },
    );
  });
});

type Mutation = (proof: readonly Uint8Array[], dice: number) => Uint8Array[];

const mutations = fc.constantFrom<Mutation>(
  (proof, dice) => proof.with(dice % proof.length, flipBit(at(proof, dice), dice)),
  (proof, dice) => proof.with(dice % proof.length, at(proof, dice).slice(1)),
  (proof, dice) => proof.with(dice % proof.length, EMPTY_ROOT),
  (proof, dice) => proof.toSpliced(dice % proof.length, 1),
  (proof, dice) => proof.toSpliced(dice % (proof.length + 1), 0, EMPTY_ROOT),
  (proof, dice) => proof.toSpliced(dice % proof.length, 0, at(proof, dice)),
  (proof) => (proof.length > 1 ? proof.toReversed() : []),
  (proof, dice) => [...proof, ...new Array<Uint8Array>(1 + (dice % 100)).fill(at(proof, dice))],
  (proof, dice) => proof.slice(0, dice % proof.length),
);

function at(proof: readonly Uint8Array[], dice: number): Uint8Array {
  return proof[dice % proof.length] ?? EMPTY_ROOT;
}

function flipBit(hash: Uint8Array, dice: number): Uint8Array {
  const bit = dice % (8 * HASH_BYTES);
  const byte = Math.floor(bit / 8);
  return hash.with(byte, (hash[byte] ?? 0) ^ (1 << (bit % 8)));
}

function goodInclusion(index: number, size: number): InclusionClaim {
  const leaf = leaves[index] ?? EMPTY_ROOT;
  return { index, size, leafHash: leafHash(leaf), root: reference.mth(size), proof: reference.path(index, size) };
}

function goodConsistency(oldSize: number, newSize: number): ConsistencyClaim {
  const elements = oldSize === 0 ? [] : reference.proof(oldSize, newSize);
  return { oldSize, newSize, oldRoot: reference.mth(oldSize), newRoot: reference.mth(newSize), proof: elements };
}

interface InclusionVector {
  readonly index: number;
  readonly size: number;
  readonly leaf_hash: string;
  readonly root: string;
  readonly proof: readonly string[];
}

function inclusionClaim(vector: InclusionVector): InclusionClaim {
  const { index, size } = vector;
  return { index, size, leafHash: bytes(vector.leaf_hash), root: bytes(vector.root), proof: vector.proof.map(bytes) };
}

interface ConsistencyVector {
  readonly old_size: number;
  readonly new_size: number;
  readonly old_root: string;
  readonly new_root: string;
  readonly proof: readonly string[];
}

function consistencyClaim(vector: ConsistencyVector): ConsistencyClaim {
  return {
    oldSize: vector.old_size,
    newSize: vector.new_size,
    oldRoot: bytes(vector.old_root),
    newRoot: bytes(vector.new_root),
    proof: vector.proof.map(bytes),
  };
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}
