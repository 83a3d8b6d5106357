/** What networks do to single messages: lose them, bring them twice, late, or in another order. */

import type { FateRule } from '../fate.ts';
import { MS, SECOND } from '../schedule.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';

const DROP_MAX = 0.3;
/** A broken stream costs the whole exchange. */
const BREAK_MAX = 0.05;
const DUPLICATE_MAX = 0.2;
const AGAIN_US_MAX = 150 * SECOND;
/** With more nodes fewer messages come twice: those that still will are kept, and each node hears of each. */
const NODES_FOR_ALL = 16;
const REORDER_MAX = 0.4;
const REORDER_US_MAX = 800 * MS;
const DELAY_MAX = 0.1;
const DELAY_US_MAX = 25 * SECOND;

/** A rule that strikes with a probability which the seed draws up to a highest one. */
function atRandom(
  kind: string,
  probabilityMax: number,
  makeRule: (world: World, strikes: () => boolean) => FateRule,
): Fault {
  return {
    kind,
    install(world, fired) {
      const probability = world.dice.between(0, probabilityMax);
      world.network.fates.add(
        makeRule(world, () => {
          const strikes = world.dice.chance(probability);
          if (strikes) fired();
          return strikes;
        }),
      );
    },
  };
}

export const drop = atRandom('drop', DROP_MAX, (world, strikes) => (fate, kind) => {
  if (kind === 'frame' && !world.dice.chance(BREAK_MAX / DROP_MAX)) return;
  if (strikes()) fate.lost = true;
});

export const duplicate = atRandom('duplicate', DUPLICATE_MAX, (world, strikes) => (fate, kind) => {
  if (kind !== 'gossip') return;
  if (world.nodes.length > NODES_FOR_ALL && !world.dice.chance(NODES_FOR_ALL / world.nodes.length)) return;
  if (strikes()) fate.againAfterUs = world.dice.between(0, AGAIN_US_MAX);
});

export const reorder = atRandom('reorder', REORDER_MAX, (world, strikes) => (fate, kind) => {
  if (kind !== 'gossip' || !strikes()) return;
  fate.overtakes = true;
  fate.extraUs += world.dice.between(0, REORDER_US_MAX);
});

/** Up to beyond the time after which a still stream is given up. */
export const delay = atRandom('delay', DELAY_MAX, (world, strikes) => (fate) => {
  if (strikes()) fate.extraUs += world.dice.unit() ** 3 * DELAY_US_MAX;
});
