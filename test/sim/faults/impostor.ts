/** Heartbeats in the name of others, under a signature of its own, with counters that would silence those others for good. */
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.3;
const COUNTER_AHEAD = 1_000_000;

export const impostor: Fault = {
  kind: 'impostor',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (effect.kind !== 'publish' || effect.topic !== 'heartbeat' || !dice.chance(probability)) return undefined;
      fired();
      const { heartbeat } = readHeartbeat(bytes);
      const victim = dice.pick(world.honest).peer;
      const counter = heartbeat.counter + COUNTER_AHEAD;
      return signHeartbeat({ ...heartbeat, node: victim, counter }, (message) => node.key.sign(message));
    });
  },
};
