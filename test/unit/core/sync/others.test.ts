import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import { emptyHead } from '../../../../src/core/ledger/admission.ts';
import {
  FUTURE_WINDOW_MS,
  HEARTBEAT_DEBOUNCE_MS_MAX,
  HEARTBEAT_INTERVAL_MS_MAX,
  HEARTBEAT_OTHERS_MAX,
} from '../../../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { type Heartbeat, readHeartbeat, signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, MALLORY, OPEN_FEDERATION, receipt, testKey } from '../fixtures.ts';
import { Harness, ofKind } from './harness.ts';
import { Linked } from './linked.ts';

const AHEAD_MS = 2 * FUTURE_WINDOW_MS;

function heartbeatsIn(effects: readonly Effect[]): Heartbeat[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) =>
    topic === 'heartbeat' ? [readHeartbeat(data).heartbeat] : [],
  );
}

let counter = 0;

function otherLedger(federation = FEDERATION): Uint8Array {
  const journal = { origin: BOB.peer, size: 0, root: EMPTY_ROOT };
  const core = { federation: federation.id, node: BOB.peer, epoch: 0, closed: false, counter: counter++, journal };
  const root = new Uint8Array(32).fill(9);
  return signHeartbeat({ ...core, timestampMs: EPOCH_MS, height: 1, feeds: 1, root, checkpoints: [] }, BOB.sign);
}

describe('feeds that did not change (R-43)', () => {
  it('become final at who joins while somebody else’s feed is held, though no ledger is equal to theirs', () => {
    const nodes = [ALICE, BOB].map((key) => new Harness(key));
    const joining = new Harness(CAROL); // her vote is needed too: three of three
    const [alice, bob] = nodes;
    if (alice === undefined || bob === undefined) throw new Error('there are two');
    alice.append(receipt(1));
    bob.append(receipt(2));
    equal(
      new Linked(nodes).runUntil(() => nodes.every(({ state }) => state.durable.height === 2)),
      true,
    );
    bob.wallMs += AHEAD_MS;
    bob.append(receipt(3));
    bob.wallMs -= AHEAD_MS;
    const all = [...nodes, joining];
    const isFinal = ({ certified }: Harness): boolean => certified.get(ALICE.peer) === 1;
    ok(new Linked(all).runUntil(() => joining.state.held.has(BOB.peer) && all.every(isFinal)));
    deepEqual([bob.state.durable.height, joining.state.durable.height], [3, 2]);
  });

  it('are named in turn, so many in an interval, by a witness, and only after a heartbeat of another ledger', () => {
    const origins = Array.from({ length: HEARTBEAT_OTHERS_MAX + 5 }, (_, i) => testKey(100 + i).peer);
    const heads = origins.map((origin) => ({ ...emptyHead(origin, 'ledger'), size: 1, peaks: [EMPTY_ROOT] }));
    const named = (node: Harness, heard: boolean): string[] => {
      if (heard) node.gossip('heartbeat', BOB, otherLedger(node.federation));
      const [heartbeat] = heartbeatsIn(node.tick(HEARTBEAT_INTERVAL_MS_MAX));
      ok(heartbeat !== undefined);
      return heartbeat.checkpoints.map(({ origin }) => origin);
    };
    const node = Harness.running(ALICE, { heads });
    deepEqual(named(node, false), []);
    deepEqual(named(node, true), origins.slice(0, HEARTBEAT_OTHERS_MAX));
    deepEqual(named(node, false), []);
    deepEqual(named(node, true), origins.slice(HEARTBEAT_OTHERS_MAX));
    deepEqual(named(node, true), origins.slice(0, HEARTBEAT_OTHERS_MAX));
    node.gossip('heartbeat', BOB, otherLedger());
    node.append(receipt(1)); // its heartbeat comes at once, and the interval is not over
    deepEqual(
      heartbeatsIn(node.tick(HEARTBEAT_DEBOUNCE_MS_MAX)).flatMap(({ checkpoints }) => checkpoints.length),
      [1],
    );
    deepEqual(named(Harness.running(MALLORY, { heads, federation: OPEN_FEDERATION }), true), []);
  });
});
