/**
 * The two hashes of an RFC 9162 Merkle tree (section 2.1.1), SHA-256. Throughout this room a *leaf* is the leaf's data, d[i] in the RFC
 * (in a feed: a receipt hash), and a *leaf hash* is SHA-256(0x00 || leaf).
 */
import { sha256 } from '#sha256';
import { TessraxError } from '../errors.ts';

export const HASH_BYTES = 32;

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// Hashing is synchronous and keeps nothing of its input, so that one buffer of each shape serves every call.
const leafOfHash = new Uint8Array(1 + HASH_BYTES);
leafOfHash[0] = LEAF_PREFIX;
/** Data of the ledger tree: key, size and root. */
const CHECKPOINT_BYTES = 72;
const leafOfCheckpoint = new Uint8Array(1 + CHECKPOINT_BYTES);
leafOfCheckpoint[0] = LEAF_PREFIX;
const node = new Uint8Array(1 + 2 * HASH_BYTES);
node[0] = NODE_PREFIX;

/** SHA-256(0x00 || data). Data of any length. */
export function leafHash(data: Uint8Array): Uint8Array {
  const input = leafOf(data.length);
  input.set(data, 1);
  return sha256(input);
}

function leafOf(length: number): Uint8Array {
  if (length === HASH_BYTES) return leafOfHash;
  return length === CHECKPOINT_BYTES ? leafOfCheckpoint : new Uint8Array(1 + length);
}

/** SHA-256(0x01 || left || right). Throws `merkle_hash_length` unless both are 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) {
    throw new TessraxError('merkle_hash_length', `a node of a Merkle tree joins two hashes of ${HASH_BYTES} bytes`, {
      fields: { left: left.length, right: right.length },
    });
  }
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return sha256(node);
}

/** A copy in memory of its own. What is read out of a frame is a window into it: one that is kept for long would keep all of the frame. */
export function ownHash(hash: Uint8Array): Uint8Array {
  const copy = new Uint8Array(hash.length);
  copy.set(hash);
  return copy;
}
