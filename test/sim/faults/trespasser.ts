/** A node that is on no list of writers and writes all the same: its own core believes that everybody may. */
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const OWN_QUOTA = 100_000;

export const trespasser: Fault = {
  kind: 'trespasser',
  install(world, fired) {
    const { writers } = world.federation;
    if (writers.mode === 'open') return;
    const outsider = world.nodes.find(({ peer }) => !writers.peers.has(peer));
    if (outsider === undefined) return;
    if (world.nodes.some((node) => node.hostile && node !== outsider)) return;
    outsider.hostile = true;
    const node = hostileNode(world);
    node.federation = { ...world.federation, writers: { mode: 'open', quota: OWN_QUOTA } };
    tamperWith(node, (effect) => {
      if (effect.kind === 'publish' && effect.topic === 'entries') fired();
      return undefined;
    });
  },
};
