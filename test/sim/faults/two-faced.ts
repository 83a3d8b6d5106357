/**
 * An origin that shows one branch to some and another to the rest, while these cannot talk to each other: each part may make its branch
 * final, or neither can. Later rounds fork lower or higher.
 */
import type { Link } from '../links.ts';
import { SECOND } from '../schedule.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 15 * SECOND;
const MEAN_GAP_US_MAX = 40 * SECOND;
const FACE_US_MIN = 4 * SECOND;
const FACE_US_MAX = 15 * SECOND;
const BRANCH_ENTRIES_MAX = 12;

export const twoFaced: Fault = {
  kind: 'two_faced',
  install(world, fired) {
    const { dice, schedule } = world;
    const node = hostileNode(world);
    node.tampers.push((effect) => [effect]); // it goes on for ever: nobody waits for it
    const earlier = [node.disk.snapshot()];
    let showing = false;
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      if (showing || node.state === undefined) return;
      showing = true;
      fired();
      earlier.push(node.disk.snapshot());
      const restore = dice.chance(0.5) ? dice.pick(earlier) : earlier.at(-1);
      const [these, others] = partsOf(world, node.index);
      show(world, node.index, others);
      appendBranch(world, node.index);
      schedule.after(dice.between(FACE_US_MIN, FACE_US_MAX), () => {
        if (world.phase !== 'safety') return;
        world.crash(node);
        restore?.();
        world.start(node);
        show(world, node.index, these);
        appendBranch(world, node.index);
        schedule.after(dice.between(FACE_US_MIN, FACE_US_MAX), () => {
          showing = false;
          if (world.phase !== 'safety') return; // all is healed by then
          for (const link of world.network.links.all) world.network.links.unblock(link);
        });
      });
    });
  },
};

/** The other nodes, in two parts. */
export function partsOf(world: World, self: number): [ReadonlySet<number>, ReadonlySet<number>] {
  const others = world.nodes.map(({ index }) => index).filter((index) => index !== self);
  const first = world.dice.pick(others);
  const these = new Set(others.filter((index) => index === first || world.dice.chance(0.5)));
  return [these, new Set(others.filter((index) => !these.has(index)))];
}

/** Only those who are not `hidden` hear the node, and neither part hears the other. */
export function show(world: World, self: number, hidden: ReadonlySet<number>): void {
  const isOpen = ({ nodes }: Link): boolean => {
    const [a, b] = nodes.map((index) => (index === self ? false : hidden.has(index)));
    return a === b;
  };
  for (const link of world.network.links.all) {
    if (isOpen(link)) world.network.links.unblock(link);
    else world.network.cut(link);
  }
}

/** A few entries, or so many. */
export function appendBranch(world: World, self: number, size?: number): void {
  const text = `branch ${world.dice.uint32()}`;
  const count = size ?? world.dice.int(1, BRANCH_ENTRIES_MAX);
  world.append(
    world.node(self),
    Array.from({ length: count }, () => ({ type: 'RECEIPT', body: { payload: { text } } })),
  );
}
