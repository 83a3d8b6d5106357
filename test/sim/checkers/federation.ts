/** Federation: what is asked in the name of another federation is not answered. */
import { decodeMessage, type Message } from '../../../src/core/sync/messages.ts';
import type { Checker } from './checker.ts';

export function federation(): Checker {
  const foreign = new Set<string>();
  return {
    stepped(world, node, event, effects) {
      if (node.hostile) return;
      if (event.kind === 'frame') {
        const message = read(event.data);
        if (message !== undefined && 'federation' in message && message.federation !== world.federation.id)
          foreign.add(`${node.index} ${node.life} ${event.stream}`);
      }
      for (const effect of effects) {
        if (effect.kind !== 'send' || !foreign.has(`${node.index} ${node.life} ${effect.stream}`)) continue;
        world.fail('federation', `node ${node.index} answers a request in the name of another federation`);
      }
    },
  };
}

function read(frame: Uint8Array): Message | undefined {
  try {
    return decodeMessage(frame);
  } catch {
    return undefined; // garbage asks for nothing
  }
}
