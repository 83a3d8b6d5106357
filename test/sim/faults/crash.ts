/** A node dies, anywhere or at a write, and comes back with what is on its disk. */
import type { CrashAtWrite } from '../disk.ts';
import { SECOND } from '../schedule.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 10 * SECOND;
const MEAN_GAP_US_MAX = 60 * SECOND;

function drawGap(world: World): number {
  return world.dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX);
}

/** Between two steps, whatever is under way. */
export const crash: Fault = {
  kind: 'crash',
  install(world, fired) {
    recurring(world, drawGap(world), () => {
      const node = world.dice.pick(world.nodes);
      if (node.state === undefined) return;
      fired();
      world.crash(node);
    });
  },
};

/** The write failed, and nothing of it is stored. */
export const crashUnstored = atWrite('crash_unstored', 'before_durable');
/** It died in the middle of a write: some of it lies there. */
export const tornTail = atWrite('torn_tail', 'in_part');
/** The write failed, yet it is stored: durable and never acknowledged. */
export const crashStored = atWrite('crash_stored', 'before_told');

function atWrite(kind: string, point: CrashAtWrite['point']): Fault {
  return {
    kind,
    install(world, fired) {
      recurring(world, drawGap(world), () => {
        const { disk } = world.dice.pick(world.nodes);
        disk.crashAt ??= { point, struck: fired };
      });
    },
  };
}
