/**
 * The way of a hash up to the root of its tree (RFC 9162, 2.1.3.2), step by step, to be drawn. Whether it arrives is not decided here: that is
 * `verifyInclusion`, the same that nodes use.
 */
import { nodeHash } from '../../src/core/merkle/hash.ts';

export interface WalkStep {
  /** The side on which the hash that the proof gives is joined. */
  readonly side: 'left' | 'right';
  readonly sibling: Uint8Array;
  /** What the two make. */
  readonly result: Uint8Array;
}

export interface WalkClaim {
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
}

/** Steps from the leaf hash upwards; they end early where the path is longer than the way. */
export function walk(leaf: Uint8Array, { index, size, path }: WalkClaim): WalkStep[] {
  const steps: WalkStep[] = [];
  let place = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last <= 0) break;
    const isRight = place % 2 === 1 || place === last;
    hash = isRight ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
    steps.push({ side: isRight ? 'left' : 'right', sibling, result: hash });
    // A last node without a sibling moves up unchanged.
    while (isRight && place % 2 === 0 && place !== 0) {
      place /= 2;
      last = Math.floor(last / 2);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return steps;
}
