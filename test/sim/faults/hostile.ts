/** The one hostile node of a seed: it runs the core, and sends something else than the core says. */
import type { NetworkEffect } from '../network.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';

export type Outbound = Extract<NetworkEffect, { kind: 'open' | 'send' | 'publish' }>;

/** All hostile faults of a seed are the doing of one node, so that two others remain even among three. */
export function hostileNode(world: World): SimNode {
  const node = world.nodes.find(({ hostile }) => hostile) ?? world.dice.pick(world.nodes);
  node.hostile = true;
  return node;
}

/** Changes some of what the node sends. `change` gives the bytes sent instead, or undefined to leave them. */
export function tamperWith(
  node: SimNode,
  change: (effect: Outbound, bytes: Uint8Array) => Uint8Array | undefined,
): void {
  node.tampers.push((effect) => {
    switch (effect.kind) {
      case 'open':
      case 'send':
        return [{ ...effect, frame: change(effect, effect.frame) ?? effect.frame }];
      case 'publish':
        return [{ ...effect, data: change(effect, effect.data) ?? effect.data }];
      default:
        return [effect];
    }
  });
}
