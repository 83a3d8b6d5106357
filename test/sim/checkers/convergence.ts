/** Convergence: at the end all honest disks give one ledger root, computed from the entries by the slow reference. */
import { publicKeyOf } from '../../../src/core/peer-id.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';

export function convergence(): Checker {
  return {
    conclude(world) {
      const roots = world.honest.map((node) => ({ node, root: ledgerRoot(node) }));
      const [first] = roots;
      for (const { node, root } of roots) {
        if (root !== first?.root)
          world.fail('convergence', `nodes ${first?.node.index} and ${node.index} end with different ledgers`);
        const said = node.state === undefined ? 'down' : Buffer.from(node.state.durable.root).toString('hex');
        if (said !== root) world.fail('convergence', `node ${node.index} says root ${said}, its disk gives ${root}`);
      }
    },
  };
}

/** the tree over (public key, size, root) of every feed that has entries, sorted by key. */
function ledgerRoot(node: SimNode): string {
  const leaves: Buffer[] = [];
  for (const feed of node.disk.feeds.values()) {
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
