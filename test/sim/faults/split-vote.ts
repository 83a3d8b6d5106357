/**
 * A witness that votes for everything: each neighbour alone is sent a heartbeat that vouches for what that neighbour holds, on whichever
 * branch, all under one counter, so that nobody passes on what another was told.
 */
import { checkpointOf } from '../../../src/core/ledger/ledger.ts';
import { HEARTBEAT_CHECKPOINTS_MAX } from '../../../src/core/limits.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import type { SimNode } from '../sim-node.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

/** Other faults change what is left. */
const PROBABILITY_MIN = 0.2;
const PROBABILITY_MAX = 0.8;

export const splitVote: Fault = {
  kind: 'split_vote',
  install(world, fired) {
    const node = hostileNode(world);
    const probability = world.dice.between(PROBABILITY_MIN, PROBABILITY_MAX);
    node.tampers.push((effect) => {
      if (effect.kind !== 'publish' || effect.topic !== 'heartbeat' || !world.dice.chance(probability)) return [effect];
      for (const other of world.honest) {
        const data = voteFor(other, node, effect.data);
        if (data !== undefined && world.network.gossip.whisper(node.index, other.index, 'heartbeat', data)) fired();
      }
      return [];
    });
  },
};

/** The heartbeat with all that `other` holds in the place of what the node holds. */
function voteFor(other: SimNode, node: SimNode, bytes: Uint8Array): Uint8Array | undefined {
  const durable = other.state?.durable;
  if (durable === undefined) return undefined;
  const { heartbeat } = readHeartbeat(bytes);
  const checkpoints = [...durable.heads.values()].map(checkpointOf).slice(0, HEARTBEAT_CHECKPOINTS_MAX);
  const { height, root } = durable;
  const vote = { ...heartbeat, height, root, feeds: durable.heads.size, checkpoints };
  return signHeartbeat(vote, (message) => node.key.sign(message));
}
