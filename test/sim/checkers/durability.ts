/** Durability: what a client was told is appended is on that node's disk after every restart, and on every honest disk at the end. */
import { toHex } from '../../../src/core/bytes.ts';
import type { AppendedEntry } from '../../../src/core/events.ts';
import { feedName } from '../disk.ts';
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
    looksAt: ['reply'],
    saw(_world, node, effect) {
      if (effect.kind !== 'reply' || effect.result instanceof Error) return;
      told.set(node, [...(told.get(node) ?? []), ...effect.result]);
    },
    // What was on one disk alone went with it. All else must be there in the end.
    forgot(world) {
      for (const [author, entries] of told) {
        const kept = entries.filter(({ seq, hash }) =>
          world.honest.some(({ disk }) => {
            const entry = disk.feed('ledger', author.peer)[seq];
            const whole = (disk.heads.get(feedName('ledger', author.peer))?.size ?? 0) > seq; // not what a torn batch left
            return whole && entry !== undefined && toHex(entry.hash) === toHex(hash);
          }),
        );
        told.set(author, kept);
      }
    },
    started(world, node) {
      if (!node.hostile && !node.lapsed) requireOn(world, node, node, 'after a restart');
    },
    conclude(world) {
      for (const author of world.honest)
        for (const holder of world.honest) requireOn(world, holder, author, 'at the end');
    },
  };
}
