/** A small RFC 9162 tree in memory that keeps every level, so that a leaf can change: the ledger root over all feeds is one. */
import { TessraxError } from '../errors.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './hash.ts';

/** Hashes that it returns are its own: read them, do not write to them. Nodes are computed when the root or a path is asked for. */
export class MerkleTree {
  /** Leaf hashes, then each level above; a node without a right neighbour moves up as it is, which is where the RFC puts it. */
  readonly #levels: Uint8Array[][];
  readonly #join: typeof nodeHash;
  /** Leaves that are others since the levels above were computed: single ones, and all from `#movedFrom` on. */
  readonly #changed = new Set<number>();
  #movedFrom = 0;

  /** @param join the hash of two nodes */
  constructor(leaves: readonly Uint8Array[] = [], join = nodeHash) {
    this.#levels = [leaves.map(leafHash)];
    this.#join = join;
  }

  get size(): number {
    return this.#level(0).length;
  }

  get root(): Uint8Array {
    this.#compute();
    return this.#levels.at(-1)?.[0] ?? EMPTY_ROOT;
  }

  append(leaf: Uint8Array): void {
    this.insert(this.size, leaf);
  }

  /** Replaces the leaf at `index`; log size hashes. Throws `merkle_out_of_range`. */
  set(index: number, leaf: Uint8Array): void {
    this.#check(index, this.size - 1);
    this.#level(0)[index] = leafHash(leaf);
    this.#changed.add(index);
  }

  /** Puts a leaf before the one at `position` (from 0 to size). What lies right of it is computed anew, once for any number of them. Throws `merkle_out_of_range`. */
  insert(position: number, leaf: Uint8Array): void {
    this.#check(position, this.size);
    this.#level(0).splice(position, 0, leafHash(leaf));
    this.#movedFrom = Math.min(this.#movedFrom, position);
  }

  /** Takes a leaf out, at the same cost. Throws `merkle_out_of_range`. */
  remove(index: number): void {
    this.#check(index, this.size - 1);
    this.#level(0).splice(index, 1);
    this.#movedFrom = Math.min(this.#movedFrom, index);
  }

  /** The inclusion proof of the leaf at `index`, nearest sibling first. Throws `merkle_out_of_range`. */
  inclusion(index: number): Uint8Array[] {
    this.#check(index, this.size - 1);
    this.#compute();
    const proof: Uint8Array[] = [];
    let position = index;
    for (const nodes of this.#levels) {
      const sibling = nodes[position % 2 === 0 ? position + 1 : position - 1];
      if (sibling !== undefined) proof.push(sibling);
      position = Math.floor(position / 2);
    }
    return proof;
  }

  /** Brings the levels above the leaves up to date, each ancestor once. */
  #compute(): void {
    let from = this.#movedFrom;
    if (this.#changed.size === 0 && from === Number.POSITIVE_INFINITY) return;
    let single: ReadonlySet<number> = this.#changed;
    let level = 0;
    for (; this.#level(level).length > 1; level++) {
      const nodes = this.#level(level);
      const parents = this.#level(level + 1);
      const length = Math.ceil(nodes.length / 2);
      if (parents.length > length) parents.length = length;
      from = Math.floor(from / 2);
      single = parentsBefore(from, single);
      for (const index of single) parents[index] = this.#parentAt(nodes, index);
      for (let index = from; index < length; index++) parents[index] = this.#parentAt(nodes, index);
    }
    this.#levels.length = level + 1;
    this.#changed.clear();
    this.#movedFrom = Number.POSITIVE_INFINITY;
  }

  #parentAt(nodes: readonly Uint8Array[], index: number): Uint8Array {
    const left = nodes[2 * index] ?? EMPTY_ROOT;
    const right = nodes[2 * index + 1];
    return right === undefined ? left : this.#join(left, right);
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

function parentsBefore(end: number, nodes: ReadonlySet<number>): Set<number> {
  const parents = new Set<number>();
  for (const index of nodes) {
    const parent = Math.floor(index / 2);
    if (parent < end) parents.add(parent);
  }
  return parents;
}
