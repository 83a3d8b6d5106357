/** Witnesses revoke a node that goes on writing, some of them on one side of a partition perhaps, and some later. */
import { SECOND } from '../schedule.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

const LATEST_SECONDS = 90;

export const revocation: Fault = {
  kind: 'revocation',
  install(world, fired) {
    const { dice, schedule } = world;
    const target = hostileNode(world);
    target.tampers.push((effect) => [effect]); // it goes on for ever: nobody waits for it
    const draft = { type: 'REVOCATION', body: { target: target.peer, reason: 'it is not to be trusted' } };
    const signers = dice.chance(0.2) ? [target] : world.nodes.filter((node) => node !== target);
    for (const signer of signers) {
      schedule.after(dice.between(0, LATEST_SECONDS) * SECOND, () => {
        if (world.phase !== 'safety' || signer.state === undefined) return;
        fired();
        target.expelled = true;
        world.append(signer, [draft]);
      });
    }
  },
};
