/** What happens to disks: bits flip, folders go, old ones come back. At most as many witnesses forget as the federation can bear. */
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 20 * SECOND;
const MEAN_GAP_US_MAX = 90 * SECOND;
const APART_US_MIN = 20 * SECOND;
const APART_US_MAX = 60 * SECOND;
const APPENDS_APART = 3;

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
 * The marker is gone too. Then nothing but its peers can tell the node how much it has signed: as many honest witnesses must know all of
 * it as do of what is final. One that lies, or is behind, may answer first.
 */
export const lostMarker: Fault = {
  ...atRandom('lost_marker', (world, node) => {
    if (!isKnown(world, node) || (node.state?.batches.length ?? 0) > 0) return false;
    world.unmarked = node;
    node.marker = undefined;
    const size = node.disk.feed('ledger', node.peer).length;
    world.forget(node, () => node.disk.wipe());
    if (world.dice.chance(0.7)) meetWorstFirst(world, node, size);
    return true;
  }),
  amongHonest: true,
};

/** For a while it reaches one other node alone: the hostile one, or one that is behind, if there is one; and its clients go on. */
function meetWorstFirst(world: World, node: SimNode, size: number): void {
  const { dice, network, schedule } = world;
  const links = network.links.ofNode(node.index);
  const others = links.map(({ nodes: [a, b] }) => world.node(a === node.index ? b : a));
  const worst =
    others.find(({ hostile }) => hostile) ?? others.find(({ disk }) => disk.feed('ledger', node.peer).length < size);
  const met = worst ?? dice.pick(others);
  const cut = links.filter((_, i) => others[i] !== met);
  for (const link of cut) network.cut(link);
  const lengthUs = dice.between(APART_US_MIN, APART_US_MAX);
  for (let i = 0; i < APPENDS_APART; i++) {
    schedule.after(dice.between(0, lengthUs), () => {
      if (world.phase === 'safety')
        world.append(node, [{ type: 'RECEIPT', body: { payload: { text: 'after the loss' } } }]);
    });
  }
  schedule.after(lengthUs, () => {
    if (world.phase === 'safety') for (const link of cut) network.links.unblock(link);
  });
}

/** Whether so many honest witnesses hold the whole feed of a node that one of them is among any that it must hear before it writes. */
function isKnown({ witnesses, federation }: World, node: SimNode): boolean {
  const size = node.disk.feed('ledger', node.peer).length;
  if (size < (node.marker ?? 0)) return false; // its folder went before: what it has there now is not all of it
  const others = witnesses.filter((each) => each !== node);
  const holders = others.filter(
    ({ hostile, lapsed, disk }) => !hostile && !lapsed && disk.feed('ledger', node.peer).length === size,
  );
  const faulty = Math.floor((witnesses.length - 1) / 3);
  const heard = Math.min(others.length, Math.max(2, others.length - federation.threshold + faulty + 1));
  return others.length > 0 && holders.length > others.length - heard;
}

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
