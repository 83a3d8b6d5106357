/** Durability: what a client was told is appended is on that node's disk after every restart, and on every honest disk at the end. */
import { toHex } from '../../../src/core/bytes.ts';
import type { AppendedEntry } from '../../../src/core/events.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function durability(): Checker {
  const told = new Map<SimNode, AppendedEntry[]>();
  const requireOn = (world: World, holder: SimNode, author: SimNode, when: string): void => {
    const feed = holder.disk.feed('ledger', author.peer);
    for (const { seq, hash } of told.get(author) ?? []) {
      const entry = feed[seq];
      if (entry !== undefined && toHex(entry.hash) === toHex(hash)) continue;
      world.fail(
        'durability',
        `node ${author.index} acknowledged its entry ${seq}; ${when} node ${holder.index} does not have it`,
      );
      return;
    }
  };
  return {
    stepped(_world, node, _event, effects) {
      for (const effect of effects) {
        if (effect.kind !== 'reply' || effect.result instanceof Error) continue;
        told.set(node, [...(told.get(node) ?? []), ...effect.result]);
      }
    },
    started(world, node) {
      if (!node.hostile) requireOn(world, node, node, 'after a restart');
    },
    conclude(world) {
      for (const author of world.honest)
        for (const holder of world.honest) requireOn(world, holder, author, 'at the end');
    },
  };
}
