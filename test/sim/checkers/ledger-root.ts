/** The ledger root that a disk gives, by the slow reference. */
import { publicKeyOf } from '../../../src/core/peer-id.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimDisk } from '../disk.ts';

/** the tree over (public key, size, root) of every feed that has entries, sorted by key; in hex. */
export function ledgerRoot(disk: SimDisk): string {
  const leaves: Buffer[] = [];
  for (const feed of disk.feeds.values()) {
    const [first] = feed;
    if (first === undefined || first.log !== 'ledger') continue;
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(feed.length));
    leaves.push(
      Buffer.concat([publicKeyOf(first.origin) ?? new Uint8Array(), size, mth(feed.map(({ hash }) => hash))]),
    );
  }
  return Buffer.from(mth(leaves.sort(Buffer.compare))).toString('hex');
}
