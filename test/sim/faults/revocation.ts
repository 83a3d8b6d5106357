/** Witnesses revoke a node: some later than others, or while a partition lies between them; and the node goes on as if nothing were. */
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const LATEST_SECONDS = 90;
const PARTED_US_MAX = 60 * SECOND;
const LOOK_US = 10 * SECOND;
const GOING_ON_MAX = 3;

export const revocation: Fault = {
  kind: 'revocation',
  install(world, fired) {
    const { dice, schedule } = world;
    const target = hostileNode(world);
    target.tampers.push((effect) => [effect]); // it goes on for ever: nobody waits for it
    const signers = dice.chance(0.2) ? [target] : world.nodes.filter((node) => node !== target);
    for (const signer of signers) {
      schedule.after(dice.between(0, LATEST_SECONDS) * SECOND, () => revoke(world, signer, target, fired));
    }
  },
};

/** Two parts of the network revoke apart from each other, each perhaps too few to be in force. */
export const partedRevocation: Fault = {
  kind: 'parted_revocation',
  install(world, fired) {
    const { dice, network, schedule } = world;
    const target = hostileNode(world);
    target.tampers.push((effect) => [effect]);
    schedule.after(dice.between(0, LATEST_SECONDS) * SECOND, () => {
      if (world.phase !== 'safety') return;
      const here = new Set(world.nodes.filter(() => dice.chance(0.5)).map(({ index }) => index));
      const cut = network.links.all.filter(({ nodes: [a, b] }) => here.has(a) !== here.has(b));
      for (const link of cut) network.cut(link);
      for (const signer of world.nodes) if (signer !== target) revoke(world, signer, target, fired);
      schedule.after(dice.between(0, PARTED_US_MAX), () => {
        if (world.phase === 'safety') for (const link of cut) network.links.unblock(link);
      });
    });
  },
};

/** A revoked node that goes back to the disk it had before it learned of it, and writes on. */
export const unrepentant: Fault = {
  kind: 'unrepentant',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    node.tampers.push((effect) => [effect]);
    let before = node.disk.snapshot();
    let times = 0;
    recurring(world, LOOK_US, () => {
      if (node.state === undefined || times >= GOING_ON_MAX) return;
      if (!node.disk.seals.has(node.peer)) {
        before = node.disk.snapshot();
        return;
      }
      times += 1;
      fired();
      world.crash(node);
      before();
      world.start(node);
      const text = `after revocation ${dice.uint32()}`;
      world.append(node, [{ type: 'RECEIPT', body: { payload: { text } } }]);
    });
  },
};

function revoke(world: World, signer: SimNode, target: SimNode, fired: () => void): void {
  if (world.phase !== 'safety' || signer.state === undefined) return;
  fired();
  target.expelled = true;
  world.append(signer, [{ type: 'REVOCATION', body: { target: target.peer, reason: 'it is not to be trusted' } }]);
}
