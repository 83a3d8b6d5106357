/** Every gossip message that reaches a core is judged: without a verdict it is neither passed on nor forgotten. */
import type { Checker } from './checker.ts';

export function verdicts(): Checker {
  return {
    conclude(world) {
      for (const { index } of world.honest) {
        const pending = world.network.gossip.pendingCount(index);
        if (pending > 0) world.fail('gossip_verdict', `node ${index} gave no verdict on ${pending} gossip messages`);
      }
    },
  };
}
