/** A node of another federation: its requests and its heartbeats name that one, and are in order otherwise. */
import { toHex } from '../../../src/core/bytes.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { decodeMessage, encodeMessage } from '../../../src/core/sync/messages.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.3;
const ID_BYTES = 32;

export const stranger: Fault = {
  kind: 'stranger',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.05, PROBABILITY_MAX);
    const federation = toHex(dice.bytes(ID_BYTES));
    tamperWith(node, (effect, bytes) => {
      if (effect.kind === 'send' || !dice.chance(probability)) return undefined;
      if (effect.kind === 'open') {
        const message = decodeMessage(bytes);
        if (!('federation' in message)) return undefined;
        fired();
        return encodeMessage({ ...message, federation });
      }
      if (effect.topic !== 'heartbeat') return undefined;
      fired();
      return signHeartbeat({ ...readHeartbeat(bytes).heartbeat, federation }, (message) => node.key.sign(message));
    });
  },
};
