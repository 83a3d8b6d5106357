/**
 * An origin that shows two branches of one size, each to a part of the nodes, and then falls silent: no entry of it will ever fail to
 * continue what somebody holds. Only the roots tell.
 */
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { appendBranch, partsOf, show } from './two-faced.ts';

const BEGIN_US_MIN = 15 * SECOND;
const BEGIN_US_MAX = 50 * SECOND;
const FACE_US_MIN = 5 * SECOND;
const FACE_US_MAX = 15 * SECOND;

export const twins: Fault = {
  kind: 'twins',
  install(world, fired) {
    const { dice, schedule } = world;
    const node = hostileNode(world);
    node.tampers.push((effect) => [effect]); // it goes on for ever: nobody waits for it
    schedule.after(dice.between(BEGIN_US_MIN, BEGIN_US_MAX), () => {
      if (world.phase !== 'safety' || node.state === undefined) return;
      fired();
      node.mute = true;
      const restore = node.disk.snapshot();
      const [these, others] = partsOf(world, node.index);
      show(world, node.index, others);
      appendBranch(world, node.index, 1);
      schedule.after(dice.between(FACE_US_MIN, FACE_US_MAX), () => {
        if (world.phase !== 'safety') return;
        world.crash(node);
        restore();
        world.start(node);
        show(world, node.index, these);
        appendBranch(world, node.index, 1);
        schedule.after(dice.between(FACE_US_MIN, FACE_US_MAX), () => {
          if (world.phase !== 'safety') return; // all is healed by then
          for (const link of world.network.links.all) world.network.links.unblock(link);
        });
      });
    });
  },
};
