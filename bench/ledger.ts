/** Valid entries without a node: signed, hashed and linked by the core, and written through the store. */

import { systemRandom } from '../src/clock.ts';
import { authorEntry } from '../src/core/entry/author.ts';
import type { Candidate } from '../src/core/entry/examine.ts';
import type { StoreBatch } from '../src/core/events.ts';
import { admit, emptyHead } from '../src/core/ledger/admission.ts';
import type { FeedHead } from '../src/core/ledger/feed.ts';
import type { Identity } from '../src/identity/keyfile.ts';
import type { Store } from '../src/ports.ts';
import { createSigner } from '../src/verify/signer.ts';
import { receipts } from './receipts.ts';

const BATCH_ENTRIES = 1000;

/** Entries of one feed in batches, with the head after each. */
export function* authorBatches(identity: Identity, federation: string, count: number): Generator<StoreBatch> {
  const signer = createSigner(identity.seed);
  const author = {
    federation,
    sign: (message: Uint8Array) => signer.sign(message),
    random: (bytes: number) => systemRandom.bytes(bytes),
  };
  const drafts = receipts(1);
  let head: FeedHead = emptyHead(identity.peerId, 'ledger');
  while (head.size < count) {
    const entries: Candidate[] = [];
    let tip: Parameters<typeof authorEntry>[1] = head;
    for (let i = Math.min(BATCH_ENTRIES, count - head.size); i > 0; i--) {
      const entry = authorEntry(author, tip, drafts.next().value, Date.now());
      entries.push(entry);
      tip = { ...entry, size: entry.seq + 1 };
    }
    const admission = admit(head, entries, Date.now());
    head = admission.head;
    yield { entries: admission.accepted, heads: [head], subtrees: admission.subtrees, statements: [] };
  }
}

export async function fillStore(store: Store, identity: Identity, federation: string, count: number): Promise<void> {
  for (const batch of authorBatches(identity, federation, count)) await store.write(batch);
}
