/** A wall clock jumps, backward or forward, beyond what others accept as the present. */
import { FUTURE_WINDOW_MS } from '../../../src/core/limits.ts';
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US = 30 * SECOND;
const BEYOND_WINDOW_MS = 60_000;

export const skew: Fault = {
  kind: 'skew',
  install(world, fired) {
    const { dice } = world;
    recurring(world, MEAN_GAP_US, () => {
      const farthestMs = dice.chance(0.3) ? FUTURE_WINDOW_MS + BEYOND_WINDOW_MS : 5000;
      dice.pick(world.nodes).skewMs = dice.int(-farthestMs, farthestMs);
      fired();
    });
  },
};
