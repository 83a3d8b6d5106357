/** What was said once is said again, past every memory of it: heartbeats and pushes of all nodes, and what was signed under another federation. */
import { authorEntry } from '../../../src/core/entry/author.ts';
import { ZERO_NONCE } from '../../../src/core/entry/header.ts';
import { EVERYONE } from '../../../src/core/entry/types.ts';
import type { GossipTopic } from '../../../src/core/events.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import { runOf, syncEventDraft } from '../../../src/core/sync/delta.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import { SECOND } from '../schedule.ts';
import { BEGIN_WALL_MS, type SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 2 * SECOND;
const MEAN_GAP_US_MAX = 15 * SECOND;
const KEPT_MAX = 200;
const AT_ONCE_MAX = 5;
const RECEIPT = { type: 'RECEIPT', body: { payload: { elsewhere: true } } };

export const replayer: Fault = {
  kind: 'replayer',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const heard: { readonly topic: GossipTopic; readonly data: Uint8Array }[] = [];
    node.listeners.push((event) => {
      if (event.kind !== 'gossip') return;
      heard.push({ topic: event.topic, data: event.data });
      if (heard.length > KEPT_MAX) heard.splice(dice.int(0, KEPT_MAX), 1); // some of the oldest stay
    });
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      for (let i = dice.int(1, AT_ONCE_MAX); i > 0 && heard.length > 0; i--) {
        const { topic, data } = dice.chance(0.1)
          ? { topic: 'entries' as const, data: pushFromElsewhere(world, node) }
          : dice.pick(heard);
        if (world.network.gossip.whisper(node.index, dice.pick(world.honest).index, topic, data, true)) fired();
      }
    });
  },
};

/** A push that would be in order in a federation of another name. */
function pushFromElsewhere({ dice }: World, node: SimNode): Uint8Array {
  const author = { ...node.author, federation: Buffer.from(dice.bytes(32)).toString('hex') };
  const entry = authorEntry(author, emptyHead(node.peer, 'ledger'), RECEIPT, BEGIN_WALL_MS);
  const tip = { ...emptyHead(node.peer, 'journal'), nonce: ZERO_NONCE };
  const event = authorEntry(author, tip, syncEventDraft(EVERYONE, [[entry]]), BEGIN_WALL_MS);
  const statement = { origin: node.peer, seq: event.seq, prev: event.prev, entry: event };
  return encodeMessage({ kind: 'delta', event: statement, runs: runOf([entry]) });
}
