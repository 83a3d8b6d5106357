/** A small RFC 9162 tree in memory that keeps every level, so that a leaf can change: the ledger root over all feeds is one. */
import { TessraxError } from '../errors.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.ts';

/** Hashes that it returns are its own: read them, do not write to them. */
export class MerkleTree {
  /** Leaf hashes, then each level above; a node without a right neighbour moves up as it is, which is where the RFC puts it. */
  readonly #levels: Uint8Array[][];

  constructor(leaves: readonly Uint8Array[] = []) {
    this.#levels = [leaves.map(leafHash)];
    this.#recompute(0, leaves.length - 1);
  }

  get size(): number {
    return this.#level(0).length;
  }

  get root(): Uint8Array {
    return this.#levels.at(-1)?.[0] ?? EMPTY_ROOT;
  }

  /** O(log size). */
  append(leaf: Uint8Array): void {
    this.#level(0).push(leafHash(leaf));
    this.#recompute(this.size - 1, this.size - 1);
  }

  /** Replaces the leaf at `index`, O(log size). Throws `merkle_out_of_range`. */
  set(index: number, leaf: Uint8Array): void {
    this.#check(index, this.size - 1);
    this.#level(0)[index] = leafHash(leaf);
    this.#recompute(index, index);
  }

  /** Puts a leaf before the one at `position` (from 0 to size) and computes anew what lies right of it, O(size). Throws `merkle_out_of_range`. */
  insert(position: number, leaf: Uint8Array): void {
    this.#check(position, this.size);
    this.#level(0).splice(position, 0, leafHash(leaf));
    this.#recompute(position, this.size - 1);
  }

  /** Takes a leaf out and computes the tree anew, O(size). Throws `merkle_out_of_range`. */
  remove(index: number): void {
    this.#check(index, this.size - 1);
    this.#level(0).splice(index, 1);
    this.#levels.length = 1;
    this.#recompute(0, this.size - 1);
  }

  /** The inclusion proof of the leaf at `index`, nearest sibling first. Throws `merkle_out_of_range`. */
  inclusion(index: number): Uint8Array[] {
    this.#check(index, this.size - 1);
    const proof: Uint8Array[] = [];
    let position = index;
    for (const nodes of this.#levels) {
      const sibling = nodes[position % 2 === 0 ? position + 1 : position - 1];
      if (sibling !== undefined) proof.push(sibling);
      position = Math.floor(position / 2);
    }
    return proof;
  }

  /** Computes the ancestors of leaves first to last; both ends included. */
  #recompute(first: number, last: number): void {
    let from = first;
    let to = last;
    for (let level = 0; this.#level(level).length > 1; level++) {
      const nodes = this.#level(level);
      const parents = this.#level(level + 1);
      from = Math.floor(from / 2);
      to = Math.floor(to / 2);
      for (let i = from; i <= to; i++) {
        const left = nodes[2 * i] ?? EMPTY_ROOT;
        const right = nodes[2 * i + 1];
        parents[i] = right === undefined ? left : nodeHash(left, right);
      }
    }
  }

  #level(level: number): Uint8Array[] {
    const nodes = this.#levels[level] ?? [];
    this.#levels[level] = nodes;
    return nodes;
  }

  #check(index: number, indexMax: number): void {
    if (Number.isInteger(index) && index >= 0 && index <= indexMax) return;
    throw new TessraxError('merkle_out_of_range', `the tree has no leaf ${index}`, {
      fields: { index, size: this.size },
    });
  }
}
