/** The ledger root that a disk gives, by the slow reference. */
import type { PlacedEntry } from '../../../src/core/events.ts';
import { publicKeyOf } from '../../../src/core/peer-id.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimDisk } from '../disk.ts';

/** Roots of feeds that a checker has computed, by what they are bound to: origin, size and last entry, which names all before it. */
export type FeedRoots = Map<string, Uint8Array>;

/** The root of a feed whose entries follow each other. */
export function feedRoot(name: string, feed: readonly PlacedEntry[], known: FeedRoots): Uint8Array {
  const place = `${name} ${feed.length} ${Buffer.from(feed.at(-1)?.hash ?? []).toString('latin1')}`;
  const root = known.get(place) ?? mth(feed.map(({ hash }) => hash));
  known.set(place, root);
  return root;
}

/** the tree over (public key, size, root) of every feed that has entries, sorted by key; in hex. */
export function ledgerRoot(disk: SimDisk, known: FeedRoots): string {
  const leaves: Buffer[] = [];
  for (const [name, feed] of disk.feeds) {
    const last = feed.at(-1);
    if (last === undefined || last.log !== 'ledger') continue;
    const root = feedRoot(name, feed, known);
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(feed.length));
    leaves.push(Buffer.concat([publicKeyOf(last.origin) ?? new Uint8Array(), size, root]));
  }
  return Buffer.from(mth(leaves.sort(Buffer.compare))).toString('hex');
}
