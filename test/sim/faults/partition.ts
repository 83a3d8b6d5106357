/** The network falls into two parts that do not hear each other, until it heals. */
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 20 * SECOND;
const MEAN_GAP_US_MAX = 90 * SECOND;
const LENGTH_US_MAX = 60 * SECOND;

export const partition: Fault = {
  kind: 'partition',
  install(world, fired) {
    const { dice, network, schedule } = world;
    let parted = false;
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const inside = new Set(world.nodes.filter(() => dice.chance(0.5)).map(({ index }) => index));
      const cut = network.links.all.filter(({ nodes: [a, b] }) => inside.has(a) !== inside.has(b));
      if (parted || cut.length === 0) return;
      parted = true;
      fired();
      // Some partitions reset connections, behind others they only fall silent.
      const resets = dice.chance(0.5);
      for (const link of cut) {
        if (resets) network.cut(link);
        else network.links.block(link);
      }
      schedule.after(dice.between(0, LENGTH_US_MAX), () => {
        if (world.phase !== 'safety') return; // all is healed by then
        parted = false;
        for (const link of cut) network.links.unblock(link);
      });
    });
  },
};
