/** Arithmetic on tree sizes up to 2^53-1, where the shifts and masks of JavaScript, which cut at 32 bits, would be wrong. */
import { TREE_SIZE_MAX } from '../limits.ts';

const TWO_32 = 2 ** 32;

export function isTreeSize(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= TREE_SIZE_MAX;
}

/** The largest e with 2^e <= value. For a value from 1. */
export function floorLog2(value: number): number {
  return value < TWO_32 ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / TWO_32));
}

/** The largest power of two below `value`: where RFC 9162 splits a tree of that size. For a value from 2. */
export function splitPoint(value: number): number {
  return 2 ** floorLog2(value - 1);
}

/** Number of set bits: the number of peaks of a tree of that size. */
export function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
