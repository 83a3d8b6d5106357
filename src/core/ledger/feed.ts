/** A feed's head: what is needed to admit its next entry and to give its checkpoint, in constant space. */
import type { PeerIdText } from '../peer-id.ts';

/** `ledger` is replicated to everyone; `journal` is a node's own audit log, served to who asks. */
export type LogName = 'ledger' | 'journal';

export interface FeedHead {
  readonly origin: PeerIdText;
  readonly log: LogName;
  /** Number of entries; the next one has this `seq`. */
  readonly size: number;
  /** Receipt hash of the last entry; 32 zero bytes when there is none. */
  readonly hash: Uint8Array;
  readonly timestampMs: number;
  /** Nonce of the last entry; 16 zero bytes when there is none. Nonces increase. */
  readonly nonce: Uint8Array;
  /** Roots of the perfect subtrees the tree is made of, largest first: one per set bit of `size`. */
  readonly peaks: readonly Uint8Array[];
}

/** A complete subtree of 2^level leaves, kept so that proofs need not read the leaves. */
export interface Subtree {
  readonly origin: PeerIdText;
  readonly log: LogName;
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}
