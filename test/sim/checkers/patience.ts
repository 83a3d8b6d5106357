/** Patience: no node takes another's entry whose time lies further ahead of its own clock than the window allows. */
import { FUTURE_WINDOW_MS } from '../../../src/core/limits.ts';
import { MS } from '../schedule.ts';
import { BEGIN_WALL_MS } from '../sim-node.ts';
import type { Checker } from './checker.ts';
import { readParts } from './disk-entry.ts';

export function patience(): Checker {
  return {
    looksAt: ['store'],
    saw(world, node, effect) {
      if (effect.kind !== 'store') return;
      const wallMs = BEGIN_WALL_MS + Math.floor(world.schedule.nowUs / MS) + node.skewMs;
      for (const entry of effect.write.entries) {
        if (entry.origin === node.peer) continue;
        const { timestampMs } = readParts(entry.bytes);
        if (timestampMs - FUTURE_WINDOW_MS <= wallMs) continue;
        world.fail(
          'patience',
          `node ${node.index} takes entry ${entry.seq} of ${entry.origin} ${timestampMs - wallMs} ms before its time`,
        );
      }
    },
  };
}
