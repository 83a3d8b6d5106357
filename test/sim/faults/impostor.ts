/**
 * What others never said, under a signature of its own: heartbeats with counters that would silence those others for good, and
 * revocations by which a node would part with itself.
 */
import { authorEntry } from '../../../src/core/entry/author.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import { BEGIN_WALL_MS, type SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.3;
const COUNTER_AHEAD = 1_000_000;

export const impostor: Fault = {
  kind: 'impostor',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (effect.kind !== 'publish' || effect.topic !== 'heartbeat' || !dice.chance(probability)) return undefined;
      fired();
      const { heartbeat } = readHeartbeat(bytes);
      if (dice.chance(0.2)) forgeRevocation(world, node);
      const victim = dice.pick(world.honest).peer;
      const counter = heartbeat.counter + COUNTER_AHEAD;
      return signHeartbeat({ ...heartbeat, node: victim, counter }, (message) => node.key.sign(message));
    });
  },
};

/** As the victim's own word: one is enough, if it is believed. */
function forgeRevocation({ dice, honest, network }: World, node: SimNode): void {
  const victim = dice.pick(honest).peer;
  const draft = { type: 'REVOCATION', body: { target: victim, reason: 'forged' } };
  const entry = authorEntry(node.author, emptyHead(victim, 'ledger'), draft, BEGIN_WALL_MS);
  const data = encodeMessage({ kind: 'revocation', statement: { origin: victim, seq: 0, prev: entry.prev, entry } });
  network.gossip.whisper(node.index, dice.pick(honest).index, 'revocations', data);
}
