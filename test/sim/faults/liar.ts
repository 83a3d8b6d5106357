/** A node that claims, signed, to hold more than there is: in heartbeats, in frontiers, and by the gaps before what it pushes. */
import type { Checkpoint } from '../../../src/core/ledger/ledger.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { decodeMessage, encodeMessage } from '../../../src/core/sync/messages.ts';
import type { Dice } from '../dice.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.5;
const MORE_MAX = 100_000;

export const liar: Fault = {
  kind: 'liar',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (!dice.chance(probability)) return undefined;
      if (effect.kind !== 'publish') return withLyingFrontier(bytes, world, fired);
      if (effect.topic !== 'heartbeat') return undefined;
      fired();
      const { heartbeat } = readHeartbeat(bytes);
      const checkpoints = heartbeat.checkpoints.map((checkpoint) => lie(checkpoint, dice));
      const lied = {
        ...heartbeat,
        height: heartbeat.height + dice.int(0, MORE_MAX),
        root: dice.bytes(32),
        checkpoints,
      };
      return signHeartbeat(lied, (message) => node.key.sign(message));
    });
  },
};

function withLyingFrontier(bytes: Uint8Array, { dice, nodes }: World, fired: () => void): Uint8Array | undefined {
  const message = decodeMessage(bytes);
  if (message.kind !== 'frontier' && message.kind !== 'frontier_request') return undefined;
  fired();
  const origin = dice.pick(nodes).peer;
  const others = message.checkpoints.filter((checkpoint) => checkpoint.origin !== origin);
  return encodeMessage({ ...message, checkpoints: [...others, lie({ origin, size: 0, root: dice.bytes(32) }, dice)] });
}

function lie({ origin, size, root }: Checkpoint, dice: Dice): Checkpoint {
  return { origin, size: size + dice.int(1, MORE_MAX), root };
}
