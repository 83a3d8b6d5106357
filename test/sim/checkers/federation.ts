/** Federation: what is asked in the name of another federation is not answered. */
import { toHex } from '../../../src/core/bytes.ts';
import type { Checker } from './checker.ts';

/** First bytes of the requests, which begin a stream: what follows is the federation. */
const REQUESTS: ReadonlySet<number> = new Set([1, 2, 8, 11]);
const HASH_BYTES = 32;

export function federation(): Checker {
  const foreign = new Set<string>();
  return {
    looksAt: ['send'],
    stepped(world, node, event) {
      if (event.kind === 'frame' && !node.hostile && isForeign(event.data, world.federation.id))
        foreign.add(`${node.index} ${node.life} ${event.stream}`);
    },
    saw(world, node, effect) {
      if (effect.kind !== 'send' || foreign.size === 0 || node.hostile) return;
      if (foreign.has(`${node.index} ${node.life} ${effect.stream}`))
        world.fail('federation', `node ${node.index} answers a request in the name of another federation`);
    },
  };
}

function isForeign(frame: Uint8Array, federation: string): boolean {
  if (!REQUESTS.has(frame[0] ?? 0) || frame.length <= HASH_BYTES) return false;
  return toHex(frame.subarray(1, 1 + HASH_BYTES)) !== federation;
}
