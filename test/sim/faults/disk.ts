/** What happens to disks: bits flip, folders go, old ones come back. At most as many witnesses forget as the federation can bear. */
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 20 * SECOND;
const MEAN_GAP_US_MAX = 90 * SECOND;

/** Strikes some node whose loss the federation can bear. */
function atRandom(kind: string, strike: (world: World, node: SimNode) => boolean): Fault {
  return {
    kind,
    install(world, fired) {
      recurring(world, world.dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
        const node = world.dice.pick(world.nodes);
        if (world.mayForget(node) && strike(world, node)) fired();
      });
    },
  };
}

/** One bit of one record. Whether the node meets it, and when, is up to what it reads. */
export const bitFlip = atRandom('bit_flip', (world, node) => {
  const flipped = node.disk.damage.flip(node.disk, world.dice);
  if (flipped) node.lapsed = true; // it will give up its folder
  return flipped;
});

/** The folder is gone; the key is there, and the marker beside it. */
export const lostDisk = atRandom('lost_disk', (world, node) => {
  world.forget(node, () => node.disk.wipe());
  return true;
});

/**
 * The marker is gone too. Then nothing but its peers can tell the node how much it has signed: it must be all known to all of them, and
 * none of them may lie about it.
 */
export const lostMarker: Fault = {
  ...atRandom('lost_marker', (world, node) => {
    const size = node.disk.feed('ledger', node.peer).length;
    const known = world.nodes.every(({ disk }) => disk.feed('ledger', node.peer).length === size);
    if (!known || world.nodes.some(({ hostile }) => hostile) || (node.state?.batches.length ?? 0) > 0) return false;
    if (world.nodes.some((each) => each !== node && each.lapsed)) return false;
    world.unmarked = node;
    node.marker = undefined;
    world.forget(node, () => node.disk.wipe());
    return true;
  }),
  amongHonest: true,
};

/** The folder of some time ago is put in the place of today's, by somebody who means well. */
export const rollback: Fault = {
  kind: 'rollback',
  install(world, fired) {
    const { dice } = world;
    const backups = new Map<SimNode, () => void>();
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      // Those whose backups are there come first: the federation bears few of them.
      const node = dice.pick(backups.size > 0 && dice.chance(0.7) ? [...backups.keys()] : world.nodes);
      const restore = backups.get(node);
      if (restore === undefined || dice.chance(0.3)) {
        if (node.state !== undefined && node.disk.damage.count === 0) backups.set(node, node.disk.snapshot());
        return;
      }
      if (!world.mayForget(node)) return;
      fired();
      world.forget(node, restore);
    });
  },
};
