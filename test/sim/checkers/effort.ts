/** Effort: a peer costs a bounded number of exchanges, whatever it claims and however it fails. */
import { SESSION_BACKOFF_MS } from '../../../src/core/limits.ts';
import { MS, SECOND, type VirtualUs } from '../schedule.ts';
import type { Checker } from './checker.ts';

/** In so many seconds an honest node opens at most so many streams to one peer: about what frontiers at their shortest interval need. */
const WINDOW_US = 10 * SECOND;
const STREAMS_MAX = 60;

export function effort(): Checker {
  const opened = new Map<string, VirtualUs[]>();
  /** When the last exchange with a peer failed: since it connected, or the node started. */
  const failed = new Map<string, VirtualUs>();
  return {
    started(_world, node) {
      for (const name of failed.keys()) if (name.startsWith(`${node.index} `)) failed.delete(name);
    },
    looksAt: ['note', 'open'],
    stepped(_world, node, event) {
      if (event.kind === 'peer_connected') failed.delete(`${node.index} ${event.peer}`);
    },
    saw(world, node, effect) {
      if (node.hostile) return;
      const { nowUs } = world.schedule;
      if (effect.kind === 'note' && effect.note.name === 'session_failed')
        failed.set(`${node.index} ${effect.note.peer}`, nowUs);
      if (effect.kind !== 'open') return;
      const name = `${node.index} ${effect.peer}`;
      if (nowUs - (failed.get(name) ?? Number.NEGATIVE_INFINITY) < SESSION_BACKOFF_MS * MS)
        world.fail('effort', `node ${node.index} does not let a peer rest with which it failed just now`);
      const recent = (opened.get(name) ?? []).filter((atUs) => nowUs - atUs < WINDOW_US);
      recent.push(nowUs);
      opened.set(name, recent);
      if (recent.length <= STREAMS_MAX) return;
      world.fail('effort', `node ${node.index} opened ${recent.length} streams to one peer in ${WINDOW_US / SECOND} s`);
    },
  };
}
