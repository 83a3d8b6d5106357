/** Convergence: at the end all honest disks give one ledger root, computed from the entries by the slow reference. */
import type { Checker } from './checker.ts';
import { type FeedRoots, ledgerRoot } from './ledger-root.ts';

export function convergence(): Checker {
  return {
    conclude(world) {
      const known: FeedRoots = new Map();
      const roots = world.honest.map((node) => ({ node, root: ledgerRoot(node.disk, known) }));
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
