/** Effort, the other way round: however often a peer asks, an honest node answers it so often and no more. */
import {
  FRONTIER_SERVED_INTERVAL_MS,
  FRONTIERS_AT_ONCE_MAX,
  REQUEST_INTERVAL_MS,
  REQUESTS_AT_ONCE_MAX,
} from '../../../src/core/limits.ts';
import { MS, SECOND, type VirtualUs } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';

const WINDOW_US = 10 * SECOND;
const REQUESTS_MAX = REQUESTS_AT_ONCE_MAX + WINDOW_US / (REQUEST_INTERVAL_MS * MS);
const FRONTIERS_MAX = FRONTIERS_AT_ONCE_MAX + WINDOW_US / (FRONTIER_SERVED_INTERVAL_MS * MS);

/** First bytes of messages: `frontier_request` and `reconcile_request`; and the beginning of an answer that is none: `end` with `busy`. */
const FRONTIER_REQUESTS: ReadonlySet<number> = new Set([1, 11]);
const END = 6;
const BUSY = 1;

interface Asked {
  readonly peer: string;
  frontier: boolean | undefined;
  answered: boolean;
}

/** What a node is asked, by stream, and when it answered each peer. */
interface Service {
  readonly streams: Map<number, Asked>;
  readonly requests: Map<string, VirtualUs[]>;
  readonly frontiers: Map<string, VirtualUs[]>;
}

export function service(): Checker {
  const services = new Map<SimNode, Service>();
  return {
    looksAt: ['send'],
    // What it remembers of its peers does not outlive a process.
    started(_world, node) {
      services.set(node, { streams: new Map(), requests: new Map(), frontiers: new Map() });
    },
    stepped(_world, node, event) {
      const streams = services.get(node)?.streams;
      if (event.kind === 'stream_opened')
        streams?.set(event.stream, { peer: event.peer, frontier: undefined, answered: false });
      else if (event.kind === 'stream_closed') streams?.delete(event.stream);
      else if (event.kind === 'frame') {
        const asked = streams?.get(event.stream);
        if (asked !== undefined) asked.frontier ??= FRONTIER_REQUESTS.has(event.data[0] ?? 0);
      }
    },
    saw(world, node, effect) {
      if (effect.kind !== 'send' || node.hostile) return;
      const known = services.get(node);
      const asked = known?.streams.get(effect.stream);
      if (known === undefined || asked === undefined || asked.answered) return;
      asked.answered = true;
      if (effect.frame[0] === END && effect.frame[1] === BUSY) return;
      const { nowUs } = world.schedule;
      const requests = answersTo(known.requests, asked.peer, nowUs);
      const frontiers = asked.frontier === true ? answersTo(known.frontiers, asked.peer, nowUs) : 0;
      if (requests > REQUESTS_MAX || frontiers > FRONTIERS_MAX)
        world.fail(
          'effort',
          `node ${node.index} answers one peer ${requests} times in ${WINDOW_US / SECOND} s, ${frontiers} times with a frontier`,
        );
    },
  };
}

/** How many there were in the window, this one included. */
function answersTo(answers: Map<string, VirtualUs[]>, peer: string, nowUs: VirtualUs): number {
  const recent = (answers.get(peer) ?? []).filter((atUs) => nowUs - atUs < WINDOW_US);
  recent.push(nowUs);
  answers.set(peer, recent);
  return recent.length;
}
