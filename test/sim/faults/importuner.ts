/** It asks one neighbour again and again, each time as soon as the answer may be there: for its frontier, or for nothing at all. */
import { FeedTable } from '../../../src/core/ledger/feed-table.ts';
import { encodeMessage } from '../../../src/core/sync/messages.ts';
import { Reconciliation } from '../../../src/core/sync/reconcile.ts';
import { SALT_BYTES } from '../../../src/core/sync/salted-table.ts';
import { type Link, sideOf } from '../links.ts';
import { MS, SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const MEAN_GAP_US_MIN = 15 * SECOND;
const MEAN_GAP_US_MAX = 60 * SECOND;
const BURSTS_MAX = 3;
/** Longer than any answer takes to come from the nearest neighbour, and more often than a rate allows. */
const ASK_US_MIN = 4 * MS;
const REQUESTS = 1500;
const FRONTIERS = 60;
/** A place that no feed has. */
const NOWHERE = 1_000_000_000;
/** Far above what its core uses itself, and what the flooder uses. */
const STREAM_NUMBER_FIRST = 2_000_000_001;

export const importuner: Fault = {
  kind: 'importuner',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    let bursts = 0;
    let stream = STREAM_NUMBER_FIRST;
    const ask = (link: Link, count: number, frame: Uint8Array): void => {
      if (count === 0 || world.phase !== 'safety' || node.state === undefined || !isUp(link, node)) return;
      const other = link.nodes.find((each) => each !== node.index) ?? node.index;
      stream += 2;
      world.network.carryOut(node.index, { kind: 'open', stream, peer: world.node(other).peer, frame });
      world.schedule.after(Math.max(ASK_US_MIN, 1.1 * link.latencyUs), () => ask(link, count - 1, frame));
    };
    recurring(world, dice.between(MEAN_GAP_US_MIN, MEAN_GAP_US_MAX), () => {
      const [nearest] = world.network.links
        .ofNode(node.index)
        .filter((link) => isUp(link, node))
        .sort((a, b) => a.latencyUs - b.latencyUs);
      if (node.state === undefined || nearest === undefined || bursts >= BURSTS_MAX) return;
      bursts += 1;
      fired();
      const { count, frame } = drawQuestion(world, node);
      ask(nearest, count, frame);
    });
  },
};

function isUp(link: Link, node: SimNode): boolean {
  return link.state === 'up' && link.told[sideOf(link, node.index)];
}

function drawQuestion(
  { dice, federation: { id: federation } }: World,
  { peer }: SimNode,
): { count: number; frame: Uint8Array } {
  switch (dice.int(0, 2)) {
    case 0: {
      const ranges = [{ origin: peer, from: NOWHERE, to: NOWHERE + 1 }];
      const frame = encodeMessage({ kind: 'ranges_request', federation, log: 'ledger', ranges });
      return { count: REQUESTS, frame };
    }
    case 1: {
      const frame = encodeMessage({ kind: 'frontier_request', federation, epoch: 0, checkpoints: [] });
      return { count: FRONTIERS, frame };
    }
    default: {
      const salt = dice.bytes(SALT_BYTES);
      const ranges = new Reconciliation(new FeedTable(), salt).open(); // as who has nothing: one answer ends it
      return { count: FRONTIERS, frame: encodeMessage({ kind: 'reconcile_request', federation, salt, ranges }) };
    }
  }
}
