/** The ledger root that a disk gives, by the slow reference. */
import { publicKeyOf } from '../../../src/core/peer-id.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimDisk } from '../disk.ts';

/** Roots of feeds that a checker has computed, by what they are bound to: origin, size and last entry, which names all before it. */
export type FeedRoots = Map<string, Uint8Array>;

/** the tree over (public key, size, root) of every feed that has entries, sorted by key; in hex. */
export function ledgerRoot(disk: SimDisk, known: FeedRoots): string {
  const leaves: Buffer[] = [];
  for (const [name, feed] of disk.feeds) {
    const last = feed.at(-1);
    if (last === undefined || last.log !== 'ledger') continue;
    const place = `${name} ${feed.length} ${Buffer.from(last.hash).toString('latin1')}`;
    const root = known.get(place) ?? mth(feed.map(({ hash }) => hash));
    known.set(place, root);
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(feed.length));
    leaves.push(Buffer.concat([publicKeyOf(last.origin) ?? new Uint8Array(), size, root]));
  }
  return Buffer.from(mth(leaves.sort(Buffer.compare))).toString('hex');
}
