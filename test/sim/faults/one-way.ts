/** What some nodes send reaches the others, and nothing comes back: a broken cable, or a firewall that somebody changed. */
import { sideOf } from '../links.ts';
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 20 * SECOND;
const MEAN_GAP_US_MAX = 90 * SECOND;
const LENGTH_US_MAX = 60 * SECOND;

export const oneWay: Fault = {
  kind: 'one_way',
  install(world, fired) {
    const { dice, network, schedule } = world;
    let parted = false;
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const deaf = new Set(world.nodes.filter(() => dice.chance(0.4)).map(({ index }) => index));
      const between = network.links.all.filter(({ nodes: [a, b] }) => deaf.has(a) !== deaf.has(b));
      if (parted || between.length === 0) return;
      parted = true;
      fired();
      for (const link of between)
        network.links.deafen(link, sideOf(link, link.nodes.find((node) => deaf.has(node)) ?? 0));
      schedule.after(dice.between(0, LENGTH_US_MAX), () => {
        parted = false;
        if (world.phase === 'safety') for (const link of between) network.links.unblock(link); // else all is healed
      });
    });
  },
};
