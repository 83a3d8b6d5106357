/** All `ledger` feeds a node holds, and the ledger root over them: a function of what is held, never of the order of arrival. */
import { TessraxError } from '../errors.ts';
import { rootOfPeaks } from '../merkle/compact-range.ts';
import { MerkleTree } from '../merkle/tree.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';
import { emptyHead } from './admission.ts';
import type { FeedHead } from './feed.ts';
import { FeedTable } from './feed-table.ts';

/** (origin, size, root) of a feed: what a node says it holds. */
export interface Checkpoint {
  readonly origin: PeerIdText;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Heads do not change, so neither do their roots. */
const roots = new WeakMap<FeedHead, Uint8Array>();

export function checkpointOf(head: FeedHead): Checkpoint {
  return { origin: head.origin, size: head.size, root: rootOf(head) };
}

export function rootOf(head: FeedHead): Uint8Array {
  const known = roots.get(head);
  if (known !== undefined) return known;
  const root = rootOfPeaks(head.peaks);
  roots.set(head, root);
  return root;
}

const SIZE_BYTES = 8;

/** Leaf data of the ledger tree: public key, size as eight big-endian bytes, root. */
export function ledgerLeaf({ origin, size, root }: Checkpoint): Uint8Array {
  return leafOf(keyOf(origin), size, root);
}

function leafOf(key: Uint8Array, size: number, root: Uint8Array): Uint8Array {
  const leaf = new Uint8Array(key.length + SIZE_BYTES + root.length);
  leaf.set(key);
  let rest = size;
  for (let i = key.length + SIZE_BYTES - 1; rest > 0; i--) {
    leaf[i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  leaf.set(root, key.length + SIZE_BYTES);
  return leaf;
}

function keyOf(origin: PeerIdText): Uint8Array {
  const key = publicKeyOf(origin);
  if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
  return key;
}

interface Feed {
  readonly head: FeedHead;
  readonly key: Uint8Array;
}

export class Ledger {
  readonly #feeds = new Map<PeerIdText, Feed>();
  /** Their checkpoints by public key, beside the tree whose leaves they are. */
  readonly #table = new FeedTable();
  readonly #tree: MerkleTree;
  /** Of sealed feeds alone: as many as there may be seals. */
  readonly #cuts = new Map<PeerIdText, number>();
  #height = 0;

  /** @param tree an empty one */
  constructor(tree = new MerkleTree()) {
    this.#tree = tree;
  }

  /** Number of entries of all feeds. */
  get height(): number {
    return this.#height;
  }

  /** Computed when it is asked for: O(log F) for a feed that grew, O(F) for any number of new ones since, which move those behind them. */
  get root(): Uint8Array {
    return this.#tree.root;
  }

  get feedCount(): number {
    return this.#feeds.size;
  }

  head(origin: PeerIdText): FeedHead {
    return this.#feeds.get(origin)?.head ?? emptyHead(origin, 'ledger');
  }

  size(origin: PeerIdText): number {
    return this.#feeds.get(origin)?.head.size ?? 0;
  }

  /** How often a feed became shorter: what was asked of the disk before may not be there any more. */
  cutsOf(origin: PeerIdText): number {
    return this.#cuts.get(origin) ?? 0;
  }

  /** Heads of all feeds, sorted by public key. */
  *heads(): IterableIterator<FeedHead> {
    for (const origin of this.#table.origins) yield this.head(origin);
  }

  /** Checkpoints of all feeds as they are now, but those of `instead` as they are there. */
  table(instead: readonly FeedHead[]): FeedTable {
    const table = this.#table.copy();
    for (const head of instead) place(table, head, this.#feeds.get(head.origin)?.key ?? keyOf(head.origin));
    return table;
  }

  /** Path from a feed's leaf to the root. The feed must be held. */
  inclusion(origin: PeerIdText): { readonly index: number; readonly path: readonly Uint8Array[] } {
    const index = this.#table.find(this.#feeds.get(origin)?.key ?? keyOf(origin));
    return { index, path: this.#tree.inclusion(index) };
  }

  /** Puts a feed's head in place of its former one. Heads without entries are not held. */
  set(head: FeedHead): void {
    const former = this.#feeds.get(head.origin);
    if (former === undefined && head.size === 0) return;
    const key = former?.key ?? keyOf(head.origin);
    const at = place(this.#table, head, key);
    this.#height += head.size - (former?.head.size ?? 0);
    if (head.size < (former?.head.size ?? 0)) this.#cuts.set(head.origin, this.cutsOf(head.origin) + 1);
    if (head.size === 0) {
      this.#feeds.delete(head.origin);
      this.#tree.remove(at);
      return;
    }
    this.#feeds.set(head.origin, { head, key });
    const leaf = leafOf(key, head.size, rootOf(head));
    if (former === undefined) this.#tree.insert(at, leaf);
    else this.#tree.set(at, leaf);
  }
}

/** Gives a feed its row, or takes the row of one without entries away, and says which it is. */
function place(table: FeedTable, head: FeedHead, key: Uint8Array): number {
  const at = table.find(key);
  const isThere = table.isAt(at, key);
  if (head.size === 0) {
    if (isThere) table.remove(at);
  } else if (isThere) table.set(at, head.size, rootOf(head));
  else table.insert(at, { origin: head.origin, key, size: head.size, root: rootOf(head) });
  return at;
}
