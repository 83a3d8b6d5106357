/** Wall clocks that are off: a little all the time, or by years at once. */
import { FUTURE_WINDOW_MS } from '../../../src/core/limits.ts';
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US = 30 * SECOND;
const BEYOND_WINDOW_MS = 60_000;
const JUMP_MEAN_GAP_US = 60 * SECOND;
const JUMP_US_MAX = 60 * SECOND;
/** What it writes meanwhile others take only when their clocks are there, so that the whole run waits for it. */
const FORWARD_MS_MAX = 15 * 60_000;
const BACKWARD_MS_MAX = 20 * 365 * 86_400_000;

/** A clock jumps, backward or forward, up to a minute beyond what others accept as the present. */
export const skew: Fault = {
  kind: 'skew',
  install(world, fired) {
    const { dice } = world;
    recurring(world, MEAN_GAP_US, () => {
      const farthestMs = dice.chance(0.3) ? FUTURE_WINDOW_MS + BEYOND_WINDOW_MS : 5000;
      const node = dice.pick(world.nodes);
      if (node.lapsed) return; // its heartbeat counter rests on its clock
      node.skewed = true;
      node.skewMs = dice.int(-farthestMs, farthestMs);
      fired();
    });
  },
};

/** A clock stands a quarter of an hour ahead, or twenty years back, until somebody sets it right. */
export const clockJump: Fault = {
  kind: 'clock_jump',
  install(world, fired) {
    const { dice, schedule } = world;
    recurring(world, JUMP_MEAN_GAP_US, () => {
      const node = dice.pick(world.nodes);
      if (node.lapsed) return;
      node.skewed = true;
      node.skewMs = dice.chance(0.3) ? dice.int(0, FORWARD_MS_MAX) : -dice.int(0, BACKWARD_MS_MAX);
      fired();
      schedule.after(dice.between(0, JUMP_US_MAX), () => {
        node.skewMs = 0;
      });
    });
  },
};
