/** More valid messages at once than a node takes: heartbeats one after the other, and sync streams that ask for everything. */
import { GOSSIP_PENDING_MAX } from '../../../src/core/limits.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 30 * SECOND;
const MEAN_GAP_US_MAX = 90 * SECOND;
/** Each is passed on by everybody: a few floods a seed are enough. */
const FLOODS_MAX = 4;
const HEARTBEATS = GOSSIP_PENDING_MAX + 50;
const STREAMS = 100;
/** Far above what its core uses itself. */
const STREAM_NUMBER_FIRST = 1_000_000_001;

export const flooder: Fault = {
  kind: 'flooder',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    let last: Uint8Array | undefined;
    let floods = 0;
    node.tampers.push((effect) => {
      if (effect.kind === 'publish' && effect.topic === 'heartbeat') last = effect.data;
      return [effect];
    });
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const neighbour = dice.pick(world.network.links.ofNode(node.index)).nodes.find((other) => other !== node.index);
      if (node.state === undefined || last === undefined || neighbour === undefined || floods >= FLOODS_MAX) return;
      floods += 1;
      fired();
      if (dice.chance(0.5)) sendHeartbeats(world, node, neighbour, last);
      else openStreams(world, node, neighbour, STREAM_NUMBER_FIRST + 2 * STREAMS * floods);
    });
  },
};

/** Each is newer than the one before: none may be dropped as known. */
function sendHeartbeats(world: World, node: SimNode, neighbour: number, last: Uint8Array): void {
  const { heartbeat } = readHeartbeat(last);
  for (let i = 1; i <= HEARTBEATS; i++) {
    const data = signHeartbeat({ ...heartbeat, counter: heartbeat.counter + i }, (message) => node.key.sign(message));
    world.network.gossip.whisper(node.index, neighbour, 'heartbeat', data);
  }
}

function openStreams(world: World, node: SimNode, neighbour: number, first: number): void {
  const { id } = world.federation;
  const ranges = world.nodes.map(({ peer }) => ({ origin: peer, from: 0, to: Number.MAX_SAFE_INTEGER }));
  const frame = encodeMessage({ kind: 'ranges_request', federation: id, log: 'ledger', ranges, seals: [] });
  const { peer } = world.node(neighbour);
  for (let i = 0; i < STREAMS; i++)
    world.network.carryOut(node.index, { kind: 'open', stream: first + 2 * i, peer, frame });
}
