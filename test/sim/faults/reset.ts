/** A connection breaks, with everything that was on its way. */
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 3 * SECOND;
const MEAN_GAP_US_MAX = 30 * SECOND;

export const reset: Fault = {
  kind: 'reset',
  install(world, fired) {
    recurring(world, world.dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const link = world.dice.pick(world.network.links.all);
      if (link.state !== 'up') return;
      fired();
      world.network.links.drop(link);
    });
  },
};
