import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { TREE_SIZE_MAX } from '../../../../src/core/limits.ts';
import { bitCount, floorLog2, isTreeSize, splitPoint } from '../../../../src/core/merkle/tree-size.ts';

describe('tree sizes', () => {
  const edges = Array.from({ length: 52 }, (_, e) => [2 ** (e + 1) - 1, 2 ** (e + 1), 2 ** (e + 1) + 1]).flat();
  const sizes = [1, 2, 3, ...edges, TREE_SIZE_MAX - 1, TREE_SIZE_MAX].filter((size) => size <= TREE_SIZE_MAX);

  it('knows what is a size', () => {
    for (const size of [0, -0, ...sizes]) equal(isTreeSize(size), true, `${size}`);
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      equal(isTreeSize(size), false, `${size}`);
    }
  });

  it('computes as the binary digits say, around every power of two', () => {
    for (const size of sizes) checkAgainstDigits(size);
  });

  it('computes as the binary digits say', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: TREE_SIZE_MAX }), checkAgainstDigits), { numRuns: 1000 });
  });
});

function checkAgainstDigits(size: number): void {
  const digits = BigInt(size).toString(2);
  equal(floorLog2(size), digits.length - 1, `floorLog2(${size})`);
  equal(bitCount(size), digits.replaceAll('0', '').length, `bitCount(${size})`);
  if (size < 2) return;
  const split = splitPoint(size);
  equal(split < size && split * 2 >= size && bitCount(split) === 1, true, `splitPoint(${size})`);
}
