/** Bounded memory: what a node keeps of others stays within limits.ts, and nothing is left over when all is quiet. */
import {
  APPENDS_PENDING_MAX,
  DELTAS_IN_FLIGHT_MAX,
  FEEDS_COUNT_MAX,
  GOSSIP_PENDING_MAX,
  HEARTBEAT_NODES_MAX,
  PEER_STANDINGS_MAX,
  PEERS_COUNT_MAX,
  SERVED_STREAMS_MAX,
  SERVED_STREAMS_PER_PEER_MAX,
} from '../../../src/core/limits.ts';
import type { NodeState } from '../../../src/core/node.ts';
import { SECOND, type VirtualUs } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';

/** An exchange under way at the end is no leak; one that has been for this long is. */
const IDLE_AGO_US_MAX = 45 * SECOND;

export function memory(): Checker {
  const idleAtUs = new Map<SimNode, VirtualUs>();
  return {
    stepped(world, node) {
      if (node.hostile || node.state === undefined) return;
      const beyond = beyondLimit(node.state);
      if (beyond !== undefined) world.fail('memory', `node ${node.index}: ${beyond}`);
      if (isIdle(node.state)) idleAtUs.set(node, world.schedule.nowUs);
    },
    conclude(world) {
      for (const node of world.honest) {
        const left = node.state === undefined ? [] : leftOver(node.state);
        if (left.length === 0 || world.schedule.nowUs - (idleAtUs.get(node) ?? 0) <= IDLE_AGO_US_MAX) continue;
        world.fail('memory', `node ${node.index} does not let go of ${left.join(', ')}`);
      }
    },
  };
}

function beyondLimit(state: NodeState): string | undefined {
  const beyond =
    excess('peers', state.peers.size, PEERS_COUNT_MAX) ??
    excess('served streams', state.served.size, SERVED_STREAMS_MAX) ??
    excess('gossip under verification', state.gossipPending, GOSSIP_PENDING_MAX) ??
    excess('heartbeat counters', state.counters.size, HEARTBEAT_NODES_MAX) ??
    excess('standings', state.standings.size, PEER_STANDINGS_MAX) ??
    excess('feeds being fetched', state.fetching.size, FEEDS_COUNT_MAX) ??
    excess('feeds held', state.held.size, FEEDS_COUNT_MAX) ??
    excess('appends pending', state.appendsPending, APPENDS_PENDING_MAX) ??
    // One exchange with each peer, and those that still close.
    excess('outbound streams', state.sessions.size, state.peers.size * 8 + 64);
  if (beyond !== undefined) return beyond;
  const ofPeer = state.served.size > SERVED_STREAMS_PER_PEER_MAX ? new Map<string, number>() : undefined;
  for (const { peer, inFlight } of state.served.values()) {
    const streams = (ofPeer?.get(peer) ?? 0) + 1;
    ofPeer?.set(peer, streams);
    if (streams > SERVED_STREAMS_PER_PEER_MAX) return `${streams} streams served to one peer`;
    if (inFlight.size > DELTAS_IN_FLIGHT_MAX) return `${inFlight.size} deltas in flight on one stream`;
  }
  for (const { session } of state.peers.values()) {
    if (session?.kind === 'fetch' && session.deliveries.length > DELTAS_IN_FLIGHT_MAX)
      return 'more deliveries than the window';
  }
  return undefined;
}

function excess(what: string, count: number, max: number): string | undefined {
  return count > max ? `${count} ${what}, at most ${max} are allowed` : undefined;
}

/** Whether nothing is left over: asked after every step. */
function isIdle(state: NodeState): boolean {
  const { batches, jobs, gossipPending, reads, served, sessions, fetching, appendsPending } = state;
  const collections = jobs.size + reads.size + served.size + sessions.size + fetching.size + overdue(state);
  return batches.length + collections + gossipPending + appendsPending === 0;
}

/** Feeds held beyond their time. Those of a hostile clock that was far ahead may be held long after the end. */
function overdue({ held, now }: NodeState): number {
  let count = 0;
  for (const { untilMs } of held.values()) if (untilMs <= now.wallMs) count += 1;
  return count;
}

/** What should be empty when nothing is under way. */
function leftOver(state: NodeState): string[] {
  const counts: Readonly<Record<string, number>> = {
    batches: state.batches.length,
    jobs: state.jobs.size,
    gossipPending: state.gossipPending,
    reads: state.reads.size,
    served: state.served.size,
    sessions: state.sessions.size,
    fetching: state.fetching.size,
    held: overdue(state),
    appendsPending: state.appendsPending,
  };
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} (${count})`);
}
