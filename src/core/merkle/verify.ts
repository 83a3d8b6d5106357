/**
 * Verification of proofs without a tree. Every argument may come from a stranger: anything that does not fit is `false`, nothing throws.
 * A root does not bind its size: some proofs hold for neighbouring sizes too (leaf 7 of 11 and of 12). Size and root must therefore
 * come from one signed checkpoint, never from who sends the proof.
 */
import { equalBytes } from '../bytes.ts';
import { PROOF_HASHES_MAX } from '../limits.ts';
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './hash.ts';
import { isTreeSize } from './tree-size.ts';

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the leaf is at `index` of the tree of `size` leaves with this root (RFC 9162, 2.1.3.2). */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, leafHash, proof, root } = claim;
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size) return false;
  if (!areHashes([leafHash, root]) || !isProof(proof)) return false;

  let fn = index;
  let sn = size - 1;
  let hash = leafHash;
  for (const element of proof) {
    if (sn === 0) return false; // longer than the path
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(element, hash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      hash = nodeHash(hash, element);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equalBytes(hash, root);
}

/**
 * Whether the first `oldSize` leaves of the newer tree are the older tree (RFC 9162, 2.1.4.2). The RFC leaves two cases out: a tree is
 * consistent with itself, and with the empty tree, by an empty proof only.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize > newSize) return false;
  if (!areHashes([oldRoot, newRoot]) || !isProof(proof)) return false;
  if (oldSize === 0 && !equalBytes(oldRoot, EMPTY_ROOT)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0;

  let fn = oldSize - 1;
  let sn = newSize - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  // fn is 0 when the old size is a power of two: the old tree is then a node of the new one, and the proof leaves it out.
  const [start, ...path] = fn === 0 ? [oldRoot, ...proof] : proof;
  if (start === undefined) return false;
  let oldHash = start;
  let newHash = start;
  for (const element of path) {
    if (sn === 0) return false; // longer than the path
    if (isOdd(fn) || fn === sn) {
      oldHash = nodeHash(element, oldHash);
      newHash = nodeHash(element, newHash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      newHash = nodeHash(newHash, element);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

function isProof(proof: readonly Uint8Array[]): boolean {
  return proof.length <= PROOF_HASHES_MAX && areHashes(proof);
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
