/** All `ledger` feeds a node holds, and the ledger root over them: a function of what is held, never of the order of arrival. */
import { compareBytes } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import { rootOfPeaks } from '../merkle/compact-range.ts';
import { MerkleTree } from '../merkle/tree.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';
import { emptyHead } from './admission.ts';
import type { FeedHead } from './feed.ts';

/** (origin, size, root) of a feed: what a node says it holds. */
export interface Checkpoint {
  readonly origin: PeerIdText;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Heads do not change, so neither do their roots. */
const roots = new WeakMap<FeedHead, Uint8Array>();

export function checkpointOf(head: FeedHead): Checkpoint {
  const root = roots.get(head) ?? rootOfPeaks(head.peaks);
  roots.set(head, root);
  return { origin: head.origin, size: head.size, root };
}

const KEY_BYTES = 32;
const SIZE_BYTES = 8;

/** Leaf data of the ledger tree: public key, size as eight big-endian bytes, root. */
export function ledgerLeaf({ origin, size, root }: Checkpoint): Uint8Array {
  const key = publicKeyOf(origin);
  if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
  const leaf = new Uint8Array(KEY_BYTES + SIZE_BYTES + root.length);
  leaf.set(key);
  let rest = size;
  for (let i = KEY_BYTES + SIZE_BYTES - 1; rest > 0; i--) {
    leaf[i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  leaf.set(root, KEY_BYTES + SIZE_BYTES);
  return leaf;
}

export class Ledger {
  readonly #heads = new Map<PeerIdText, FeedHead>();
  /** Origins by public key, beside the tree whose leaves they are. */
  readonly #order: { readonly origin: PeerIdText; readonly key: Uint8Array }[] = [];
  readonly #tree = new MerkleTree();
  #height = 0;

  /** Number of entries of all feeds. */
  get height(): number {
    return this.#height;
  }

  get root(): Uint8Array {
    return this.#tree.root;
  }

  get feedCount(): number {
    return this.#heads.size;
  }

  head(origin: PeerIdText): FeedHead {
    return this.#heads.get(origin) ?? emptyHead(origin, 'ledger');
  }

  size(origin: PeerIdText): number {
    return this.#heads.get(origin)?.size ?? 0;
  }

  /** Origins of all feeds with their public keys, sorted by these. */
  feeds(): readonly { readonly origin: PeerIdText; readonly key: Uint8Array }[] {
    return this.#order;
  }

  /** Heads of all feeds, sorted by public key. */
  *heads(): IterableIterator<FeedHead> {
    for (const { origin } of this.#order) yield this.head(origin);
  }

  /** Path from a feed's leaf to the root. The feed must be held. */
  inclusion(origin: PeerIdText): { readonly index: number; readonly path: readonly Uint8Array[] } {
    const index = this.#find(origin);
    return { index, path: this.#tree.inclusion(index) };
  }

  /** Puts a feed's head in place of its former one. Heads without entries are not held. */
  set(head: FeedHead): void {
    if (head.size === 0) {
      this.#remove(head.origin);
      return;
    }
    const leaf = ledgerLeaf(checkpointOf(head));
    const at = this.#find(head.origin);
    const former = this.#heads.get(head.origin);
    if (former === undefined) {
      const key = publicKeyOf(head.origin);
      if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
      this.#order.splice(at, 0, { origin: head.origin, key });
      this.#tree.insert(at, leaf);
    } else {
      this.#tree.set(at, leaf);
    }
    this.#heads.set(head.origin, head);
    this.#height += head.size - (former?.size ?? 0);
  }

  #remove(origin: PeerIdText): void {
    const former = this.#heads.get(origin);
    if (former === undefined) return;
    const at = this.#find(origin);
    this.#order.splice(at, 1);
    this.#tree.remove(at);
    this.#heads.delete(origin);
    this.#height -= former.size;
  }

  /** Position of the origin among the sorted ones, or where it belongs. */
  #find(origin: PeerIdText): number {
    const key = publicKeyOf(origin) ?? new Uint8Array();
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#order[middle];
      if (other !== undefined && compareBytes(other.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
