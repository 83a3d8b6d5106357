/** Effort: a peer costs a bounded number of exchanges, whatever it claims and however it fails. */
import { SECOND, type VirtualUs } from '../schedule.ts';
import type { Checker } from './checker.ts';

/** In so many seconds an honest node opens at most so many streams to one peer: about what frontiers at their shortest interval need. */
const WINDOW_US = 10 * SECOND;
const STREAMS_MAX = 60;

export function effort(): Checker {
  const opened = new Map<string, VirtualUs[]>();
  return {
    stepped(world, node, _event, effects) {
      if (node.hostile) return;
      const { nowUs } = world.schedule;
      for (const effect of effects) {
        if (effect.kind !== 'open') continue;
        const name = `${node.index} ${effect.peer}`;
        const recent = (opened.get(name) ?? []).filter((atUs) => nowUs - atUs < WINDOW_US);
        recent.push(nowUs);
        opened.set(name, recent);
        if (recent.length <= STREAMS_MAX) continue;
        world.fail(
          'effort',
          `node ${node.index} opened ${recent.length} streams to one peer in ${WINDOW_US / SECOND} s`,
        );
      }
    },
  };
}
