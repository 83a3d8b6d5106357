/** Writers: nobody stores an entry of an origin that the federation file does not let write, or of one beyond its quota. */
import type { Checker } from './checker.ts';

export function writers(): Checker {
  return {
    looksAt: ['store'],
    saw(world, node, effect) {
      if (effect.kind !== 'store' || node.hostile) return;
      const rule = world.federation.writers;
      for (const { log, origin, seq } of effect.write.entries) {
        const allowed = rule.mode === 'list' ? rule.peers.has(origin) : seq < rule.quota;
        if (log === 'ledger' && !allowed)
          world.fail('writers', `node ${node.index} stores entry ${seq} of ${origin}, which may not write it`);
      }
    },
  };
}
