/** A node that is slow for a while: its processor, its disk, or both. */
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 15 * SECOND;
const MEAN_GAP_US_MAX = 60 * SECOND;
const LENGTH_US_MAX = 60 * SECOND;
/** Up to a second and more for what takes milliseconds. */
const SLOWNESS_MIN = 5;
const SLOWNESS_MAX = 300;

export const slow: Fault = {
  kind: 'slow',
  install(world, fired) {
    const { dice, schedule } = world;
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const node = dice.pick(world.nodes);
      const which = dice.int(1, 3);
      const slowness = dice.between(SLOWNESS_MIN, SLOWNESS_MAX);
      fired();
      if (which !== 1) node.slowness = slowness;
      if (which !== 2) node.disk.slowness = slowness;
      schedule.after(dice.between(0, LENGTH_US_MAX), () => {
        node.slowness = 1;
        node.disk.slowness = 1;
      });
    });
  },
};
