/**
 * An origin that signs two branches: its disk goes back to an earlier state, and it goes on from there. Whom it reached before, and whom
 * it reaches now, is up to partitions and chance; a third branch may fork lower than the second.
 */
import { SECOND } from '../schedule.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 15 * SECOND;
const MEAN_GAP_US_MAX = 50 * SECOND;
const BRANCH_ENTRIES_MAX = 12;
const BRANCHES_MAX = 3;

export const equivocator: Fault = {
  kind: 'equivocator',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    node.tampers.push((effect) => [effect]); // it goes on for ever: nobody waits for it
    const earlier: (() => void)[] = [];
    let branches = 1;
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      if (node.state === undefined) return;
      earlier.push(node.disk.snapshot());
      if (earlier.length < 2 || branches >= BRANCHES_MAX) return;
      branches += 1;
      fired();
      goBack(world, node, dice.pick(earlier.slice(0, -1)));
    });
  },
};

function goBack(world: World, node: World['nodes'][number], restore: () => void): void {
  world.crash(node);
  restore();
  world.start(node);
  const count = world.dice.int(1, BRANCH_ENTRIES_MAX);
  const text = `branch ${world.dice.uint32()}`;
  world.append(
    node,
    Array.from({ length: count }, () => ({ type: 'RECEIPT', body: { payload: { text } } })),
  );
}
