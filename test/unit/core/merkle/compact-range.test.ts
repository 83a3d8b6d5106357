import { deepEqual, equal, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { TREE_SIZE_MAX } from '../../../../src/core/limits.ts';
import {
  appendLeaves,
  BLOCK_LEAVES,
  type CompleteSubtree,
  type KnownBlock,
  rootOfHashes,
  rootOfLeaves,
  rootOfPeaks,
  SUBTREE_LEVEL_STEP,
} from '../../../../src/core/merkle/compact-range.ts';
import { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from '../../../../src/core/merkle/hash.ts';
import { mth, ReferenceTree } from '../../../reference/merkle.ts';
import vectors from '../../../vectors/rfc9162-roots.json' with { type: 'json' };
import { plain } from '../fixtures.ts';
import { numberedLeaves } from './leaves.ts';

describe('compact range', () => {
  const inputs = vectors.leaves_hex.map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
  vectors.roots_hex_by_size.forEach((root, size) => {
    it(`has the known root over ${size} leaves, at once and one by one`, () => {
      const leaves = inputs.slice(0, size);
      equal(hex(rootOfLeaves(leaves)), root);
      equal(hex(rootOfPeaks(appendOneByOne(leaves))), root);
      equal(hex(rootOfHashes(leaves.map(leafHash))), root);
      equal(hex(mth(leaves)), root);
    });
  });

  it('agrees with the RFC for every size from 0 to 300', () => {
    const leaves = numberedLeaves(300);
    const reference = new ReferenceTree(leaves);
    let peaks: readonly Uint8Array[] = [];
    for (let size = 0; size <= leaves.length; size++) {
      const root = hex(reference.mth(size));
      equal(hex(rootOfPeaks(peaks)), root, `size ${size}`);
      equal(hex(rootOfLeaves(leaves.slice(0, size))), root, `size ${size} at once`);
      equal(peaks.length, size.toString(2).replaceAll('0', '').length);
      peaks = appendLeaves(peaks, size, leaves.slice(size, size + 1)).peaks;
    }
  });

  it('comes to the same however the leaves are cut into batches', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90), { maxLength: 12 }), (batches) => {
        const leaves = numberedLeaves(batches.reduce((sum, count) => sum + count, 0));
        let peaks: readonly Uint8Array[] = [];
        let size = 0;
        const subtrees: CompleteSubtree[] = [];
        for (const count of batches) {
          const growth = appendLeaves(peaks, size, leaves.slice(size, size + count));
          peaks = growth.peaks;
          size += count;
          subtrees.push(...growth.subtrees);
        }
        const whole = appendLeaves([], 0, leaves);
        deepEqual(peaks.map(hex), whole.peaks.map(hex));
        deepEqual(subtrees, whole.subtrees);
      }),
    );
  });
});

describe('compact range: known blocks', () => {
  it('comes to the same without hashing their leaves', () => {
    const leaves = numberedLeaves(3 * BLOCK_LEAVES + 50);
    fc.assert(
      fc.property(fc.nat(leaves.length), fc.nat(leaves.length), fc.boolean(), (a, b, each) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const before = appendLeaves([], 0, leaves.slice(0, from)).peaks;
        // of the first block, or of each: what is given in the place of leaves must not be looked at
        const known: KnownBlock = (last) => {
          const end = from + last + 1;
          if (end > to || (!each && end > BLOCK_LEAVES)) return undefined;
          return rootOfLeaves(leaves.slice(end - BLOCK_LEAVES, end));
        };
        const growth = appendLeaves(before, from, leaves.slice(from, to), known);
        const expected = appendLeaves(before, from, leaves.slice(from, to));
        deepEqual(growth.peaks.map(hex), expected.peaks.map(hex));
        deepEqual(growth.subtrees.map(plain), expected.subtrees.map(plain));
      }),
      { numRuns: 60 },
    );
  });
});

describe('compact range: subtrees', () => {
  it('reports each complete subtree of a kept level once, with its hash', () => {
    const width = 2 ** SUBTREE_LEVEL_STEP;
    const leaves = numberedLeaves(2 * width + 1);
    const { subtrees } = appendLeaves([], 0, leaves);
    const expected = [0, 1].map((index) => ({
      level: SUBTREE_LEVEL_STEP,
      index,
      hash: hex(mth(leaves.slice(index * width, (index + 1) * width))),
    }));
    deepEqual(
      subtrees.map((subtree) => ({ ...subtree, hash: hex(subtree.hash) })),
      expected,
    );
  });

  it('reports the next kept level when it fills', () => {
    const leaves = numberedLeaves(2 ** (2 * SUBTREE_LEVEL_STEP));
    const { peaks, subtrees } = appendLeaves([], 0, leaves);
    const last = subtrees.at(-1);
    deepEqual([last?.level, last?.index], [2 * SUBTREE_LEVEL_STEP, 0]);
    equal(subtrees.length, 2 ** SUBTREE_LEVEL_STEP + 1);
    const below = subtrees.slice(0, -1).map(({ hash }) => hash);
    equal(hex(rootOfHashes(below)), hex(rootOfPeaks(peaks)));
    equal(hex(last?.hash ?? EMPTY_ROOT), hex(rootOfPeaks(peaks)));
  });

  it('counts beyond 32 bits', () => {
    const size = 2 ** 40 - 1; // 40 peaks, all joined by one more leaf
    const peaks = numberedLeaves(40).map(leafHash);
    const [leaf = EMPTY_ROOT] = numberedLeaves(1);
    const { peaks: grown, subtrees } = appendLeaves(peaks, size, [leaf]);
    let expected = leafHash(leaf);
    for (const peak of peaks.toReversed()) expected = nodeHash(peak, expected);
    deepEqual(grown.map(hex), [hex(expected)]);
    deepEqual(
      subtrees.map(({ level, index }) => [level, index]),
      [8, 16, 24, 32, 40].map((level) => [level, 2 ** (40 - level) - 1]),
    );
  });
});

describe('compact range: bounds', () => {
  it('keeps what it was given, and gives memory of its own', () => {
    const before = numberedLeaves(3).map(leafHash);
    const copy = before.map(hex);
    const { peaks } = appendLeaves(before, 7, numberedLeaves(1));
    deepEqual(before.map(hex), copy);
    for (const peak of peaks) equal(peak.buffer.byteLength, HASH_BYTES);
  });

  it('refuses peaks that do not fit the size', () => {
    throws(() => appendLeaves([], 1, []), { code: 'merkle_peaks' });
    throws(() => appendLeaves([EMPTY_ROOT], 0, []), { code: 'merkle_peaks' });
    throws(() => appendLeaves([EMPTY_ROOT, EMPTY_ROOT], 4, []), { code: 'merkle_peaks' });
  });

  it('refuses sizes that are none', () => {
    for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      throws(() => appendLeaves([], size, []), { code: 'merkle_size' }, `size ${size}`);
    }
    const full = new Array<Uint8Array>(53).fill(EMPTY_ROOT);
    deepEqual(appendLeaves(full, TREE_SIZE_MAX, []).peaks, full);
    throws(() => appendLeaves(full, TREE_SIZE_MAX, numberedLeaves(1)), { code: 'merkle_size' });
  });

  it('refuses a peak that is no hash', () => {
    throws(() => appendLeaves([new Uint8Array(31)], 1, numberedLeaves(1)), { code: 'merkle_hash_length' });
    throws(() => rootOfHashes([new Uint8Array(33), EMPTY_ROOT]), { code: 'merkle_hash_length' });
  });
});

function appendOneByOne(leaves: readonly Uint8Array[]): readonly Uint8Array[] {
  let peaks: readonly Uint8Array[] = [];
  leaves.forEach((leaf, size) => {
    peaks = appendLeaves(peaks, size, [leaf]).peaks;
  });
  return peaks;
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
