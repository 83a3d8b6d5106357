/** A node that takes part, and now and then says nothing more on its streams, without closing them. */
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

const PROBABILITY_MAX = 0.3;

export const stall: Fault = {
  kind: 'stall',
  install(world, fired) {
    const { dice } = world;
    const probability = dice.between(0, PROBABILITY_MAX);
    hostileNode(world).tampers.push((effect) => {
      if ((effect.kind !== 'send' && effect.kind !== 'close') || !dice.chance(probability)) return [effect];
      fired();
      return [];
    });
  },
};
