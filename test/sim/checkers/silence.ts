/** Silence: in a converged and idle federation nothing is written anywhere, journals included, and heartbeats back off. */
import { HEARTBEAT_INTERVAL_MS, HEARTBEAT_INTERVAL_MS_MAX } from '../../../src/core/limits.ts';
import { MS } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';

export function silence(): Checker {
  const entriesBefore = new Map<SimNode, number>();
  const heartbeats = new Map<SimNode, number>();
  /** Peers whose ban has ended come back, and are greeted. */
  const arrivals = new Map<SimNode, number>();
  let sinceUs = 0;
  return {
    looksAt: ['publish'],
    saw(world, node) {
      if (world.phase === 'silence') heartbeats.set(node, (heartbeats.get(node) ?? 0) + 1);
    },
    stepped(world, node, event) {
      if (world.phase === 'silence' && event.kind === 'peer_connected')
        arrivals.set(node, (arrivals.get(node) ?? 0) + 1);
    },
    entered(world, phase) {
      if (phase === 'silence') {
        sinceUs = world.schedule.nowUs;
        for (const node of world.honest) entriesBefore.set(node, recordCount(node));
      }
      if (phase !== 'over') return;
      const allowed = heartbeatsAllowed((world.schedule.nowUs - sinceUs) / MS);
      for (const node of world.honest) {
        const more = recordCount(node) - (entriesBefore.get(node) ?? 0);
        if (more > 0) world.fail('silence', `node ${node.index} wrote ${more} records while the federation was idle`);
        const sent = heartbeats.get(node) ?? 0;
        const enough = allowed * (1 + (arrivals.get(node) ?? 0));
        if (sent > enough)
          world.fail('silence', `node ${node.index} sent ${sent} heartbeats in silence, ${enough} are enough`);
      }
    },
  };
}

/** One for each longest interval, one for each doubling up to it, and one at each end. */
function heartbeatsAllowed(durationMs: number): number {
  const doublings = Math.ceil(Math.log2(HEARTBEAT_INTERVAL_MS_MAX / HEARTBEAT_INTERVAL_MS));
  return Math.ceil(durationMs / HEARTBEAT_INTERVAL_MS_MAX) + doublings + 2;
}

/** Entries of both logs, and statements of others. */
function recordCount(node: SimNode): number {
  let count = node.disk.statements.size;
  for (const feed of node.disk.feeds.values()) count += feed.length;
  return count;
}
