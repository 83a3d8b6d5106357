/** Feeds for store tests: real trees over made-up entries, the same bytes at every run. */
import { createHash } from 'node:crypto';
import type { PlacedEntry, StoreBatch } from '../../../src/core/events.ts';
import type { FeedHead, LogName, Subtree } from '../../../src/core/ledger/feed.ts';
import { appendLeaves } from '../../../src/core/merkle/compact-range.ts';
import { type PeerIdText, peerIdOf } from '../../../src/core/peer-id.ts';

export interface FeedGrowth {
  readonly entries: readonly PlacedEntry[];
  readonly head: FeedHead;
  readonly subtrees: readonly Subtree[];
}

export class FeedFixture {
  readonly origin: PeerIdText;
  readonly log: LogName;
  readonly entries: PlacedEntry[] = [];
  head: FeedHead;
  readonly #label: string;
  #branch = '';

  constructor(label: string, log: LogName = 'ledger') {
    this.#label = label;
    this.log = log;
    this.origin = peerIdOf(hashOf(`key ${label}`));
    const none = { size: 0, hash: new Uint8Array(32), timestampMs: 0, nonce: new Uint8Array(16), peaks: [] };
    this.head = { origin: this.origin, log, ...none };
  }

  /** Goes back to an earlier head: what grows from there is another branch. */
  goBack(head: FeedHead): void {
    this.head = head;
    this.entries.length = head.size;
    this.#branch += '*';
  }

  /** The next `count` entries of `bytes` bytes each. */
  grow(count: number, bytes = 64): FeedGrowth {
    const { origin, log } = this;
    const from = this.head.size;
    const entries: PlacedEntry[] = [];
    for (let seq = from; seq < from + count; seq++) {
      const name = `${this.#label} ${log} ${seq}${this.#branch}`;
      entries.push({ origin, log, seq, hash: hashOf(name), bytes: bytesOf(name, bytes) });
    }
    this.entries.push(...entries);
    const hashes = entries.map((entry) => entry.hash);
    const growth = appendLeaves(this.head.peaks, from, hashes);
    const hash = hashes.at(-1) ?? this.head.hash;
    const timestampMs = 1_700_000_000_000 + from;
    this.head = { origin, log, size: from + count, hash, timestampMs, nonce: hash.slice(0, 16), peaks: growth.peaks };
    return { entries, head: this.head, subtrees: growth.subtrees.map((subtree) => ({ origin, log, ...subtree })) };
  }
}

/** One batch of what several feeds grew by. */
export function batchOf(...growths: readonly FeedGrowth[]): StoreBatch {
  return {
    entries: growths.flatMap((growth) => growth.entries),
    heads: growths.map((growth) => growth.head),
    subtrees: growths.flatMap((growth) => growth.subtrees),
    statements: [],
  };
}

export const EMPTY_BATCH: StoreBatch = { entries: [], heads: [], subtrees: [], statements: [] };

export function hashOf(text: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(text).digest());
}

/** Bytes that do not compress. */
function bytesOf(name: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) bytes.set(hashOf(`${name} ${at}`).subarray(0, length - at), at);
  return bytes;
}
