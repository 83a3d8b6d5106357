import { deepEqual } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { appendLeaves } from '../../../src/core/merkle/compact-range.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { peaksBefore } from '../../../src/offline/peaks.ts';

describe('peaks out of an inclusion proof', () => {
  it('are those of the tree before the leaf, whatever follows it', () => {
    const leaves = Array.from({ length: 70 }, (_, i) => sha256(`leaf ${i}`));
    for (let size = 1; size <= leaves.length; size++) {
      const tree = new MerkleTree(leaves.slice(0, size));
      for (let index = 0; index < size; index++) {
        const { peaks } = appendLeaves([], 0, leaves.slice(0, index));
        deepEqual(peaksBefore(index, size, tree.inclusion(index)), peaks, `leaf ${index} of ${size}`);
      }
    }
  });
});
