/** Rejoin: no honest node signs two entries for one place of its ledger, whatever happens to its disk, once it has spoken of the first. */
import { toHex } from '../../../src/core/bytes.ts';
import type { Checker } from './checker.ts';

export function rejoin(): Checker {
  const spoken = new Map<string, string>();
  return {
    acknowledged(world, node, { entries }) {
      if (node.hostile) return;
      for (const { log, origin, seq, hash } of entries) {
        if (log !== 'ledger' || origin !== node.peer) continue;
        const place = `${node.index} ${seq}`;
        const first = spoken.get(place) ?? toHex(hash);
        spoken.set(place, first);
        if (first !== toHex(hash))
          world.fail('rejoin', `node ${node.index} signs another entry for place ${seq} of its ledger`);
      }
    },
  };
}
