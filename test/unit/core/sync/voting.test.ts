import { deepEqual, equal } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import type { Checkpoint } from '../../../../src/core/ledger/ledger.ts';
import { rootOfLeaves } from '../../../../src/core/merkle/compact-range.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, MALLORY, receipt, type TestKey } from '../fixtures.ts';
import { Harness, notes, only } from './harness.ts';

let counter = 0;

/** The next heartbeat of a witness: these checkpoints, or, with a node, that node's own root. */
function heartbeat(key: TestKey, checkpoints: readonly Checkpoint[], like?: Harness, epoch = 0): Uint8Array {
  const { height, root, heads } = like?.state.durable ?? {
    height: 1,
    root: new Uint8Array(32).fill(9),
    heads: new Map(),
  };
  return signHeartbeat(
    {
      federation: FEDERATION.id,
      node: key.peer,
      epoch,
      counter: counter++,
      timestampMs: EPOCH_MS,
      height,
      feeds: heads.size,
      root,
      journal: { origin: key.peer, size: 0, root: EMPTY_ROOT },
      checkpoints,
    },
    key.sign,
  );
}

/** Alice's feed as the node holds it, at a size. */
function checkpointAt(node: Harness, size: number): Checkpoint {
  const hashes = node
    .ledger(ALICE.peer)
    .slice(0, size)
    .map(({ hash }) => hash);
  equal(hashes.length, size);
  return { origin: ALICE.peer, size, root: rootOfLeaves(hashes) };
}

/** Alice with so many entries, whose own heartbeat, hence vote, is out. Her federation wants three of three. */
function alice(entries: number): Harness {
  const node = Harness.running();
  node.append(...Array.from({ length: entries }, (_, i) => receipt(i)));
  node.tick(100);
  return node;
}

function certified(effects: readonly Effect[]): (readonly [string, number])[] {
  return notes(effects, 'entries_certified').flatMap(({ feeds }) =>
    feeds.map(({ origin, size }) => [origin, size] as const),
  );
}

describe('certification (R-81 to R-84)', () => {
  it('comes when a threshold has voted, our own vote included, and is durable with its votes before it is told', () => {
    const node = alice(3);
    deepEqual(certified(node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointAt(node, 3)]))), []);
    const data = heartbeat(CAROL, [checkpointAt(node, 3)]);
    const verify = only(
      node.step({ kind: 'gossip', topic: 'heartbeat', from: CAROL.peer, id: 'last', data }),
      'verify',
    );
    const voted = node.carryOut(verify);
    deepEqual(certified(voted), []);
    const store = only(voted, 'store');
    deepEqual(store.write.certified, [{ origin: ALICE.peer, size: 3 }]);
    deepEqual(
      (store.write.votes ?? []).map(({ witness }) => witness).sort(),
      [ALICE, BOB, CAROL].map(({ peer }) => peer).sort(),
    );
    deepEqual(certified(node.carryOut(store)), [[ALICE.peer, 3]]);
  });

  it('is not shown before it is durable', () => {
    const node = alice(3);
    for (const key of [BOB, CAROL]) {
      const data = heartbeat(key, [checkpointAt(node, 3)]);
      node.step({ kind: 'gossip', topic: 'heartbeat', from: key.peer, id: key.peer, data });
    }
    for (const verify of node.open.filter(({ kind }) => kind === 'verify')) node.carryOut(verify);
    equal(node.state.durable.certified.get(ALICE.peer), undefined);
    node.settle();
    equal(node.state.durable.certified.get(ALICE.peer), 3);
  });

  it('comes by a root that equals ours, without any checkpoint', () => {
    const node = alice(2);
    node.gossip('heartbeat', BOB, heartbeat(BOB, [], node));
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [], node))), [[ALICE.peer, 2]]);
  });

  it('reaches as far as the threshold does, and reads our own roots at earlier sizes', () => {
    const node = alice(6);
    const first = node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointAt(node, 4)]));
    deepEqual(only(first, 'roots').items, [{ origin: ALICE.peer, size: 4 }]);
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointAt(node, 6)]))), [[ALICE.peer, 4]]);
    deepEqual(certified(node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointAt(node, 6)]))), [[ALICE.peer, 6]]);
  });

  it('waits for entries that we do not hold yet', () => {
    const node = alice(2);
    const later = alice(5);
    node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointAt(later, 5)]));
    node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointAt(later, 5)]));
    node.append(receipt(2), receipt(3), receipt(4));
    const effects = node.tick(100);
    equal(node.ledger(ALICE.peer).length, 5);
    deepEqual(certified(effects), []);
    deepEqual(notes(effects, 'vote_disagrees'), []);
  });
});

describe('certification: not by', () => {
  it('votes of who is no witness, or twice by one', () => {
    const node = alice(3);
    for (const key of [MALLORY, BOB, BOB]) {
      deepEqual(certified(node.gossip('heartbeat', key, heartbeat(key, [checkpointAt(node, 3)]))), []);
    }
    equal(node.state.durable.certified.size, 0);
  });

  it('votes of strangers, which are not even kept', () => {
    const node = alice(1);
    node.gossip('heartbeat', MALLORY, heartbeat(MALLORY, [{ origin: ALICE.peer, size: 50, root: EMPTY_ROOT }]));
    deepEqual(node.state.certification.tallies.get(ALICE.peer)?.comparable(50), []);
  });

  it('votes of another epoch, by checkpoint or by root', () => {
    const node = alice(3);
    for (const key of [BOB, CAROL]) {
      deepEqual(certified(node.gossip('heartbeat', key, heartbeat(key, [checkpointAt(node, 3)], undefined, 1))), []);
      deepEqual(certified(node.gossip('heartbeat', key, heartbeat(key, [], node, 1))), []);
    }
    deepEqual(certified(node.gossip('heartbeat', BOB, heartbeat(BOB, [], node))), []);
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [], node))), [[ALICE.peer, 3]]);
  });

  it('votes for another branch, which are noted', () => {
    const node = alice(3);
    const other = { ...checkpointAt(node, 3), root: EMPTY_ROOT };
    const effects = node.gossip('heartbeat', BOB, heartbeat(BOB, [other]));
    deepEqual(
      notes(effects, 'vote_disagrees').map(({ witness, origin, size }) => [witness, origin, size]),
      [[BOB.peer, ALICE.peer, 3]],
    );
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointAt(node, 3)]))), []);
  });

  it('a root that is ours with another number of feeds', () => {
    const node = alice(2);
    for (const key of [BOB, CAROL]) {
      const { height, root, journal } = node.state.durable;
      const draft = {
        federation: FEDERATION.id,
        node: key.peer,
        epoch: 0,
        counter: counter++,
        timestampMs: EPOCH_MS,
        height,
        feeds: 2,
        root,
        journal: { origin: key.peer, size: journal.size, root: EMPTY_ROOT },
        checkpoints: [],
      };
      deepEqual(certified(node.gossip('heartbeat', key, signHeartbeat(draft, key.sign))), []);
    }
  });

  it('less than before: what is certified stays, over a start too', () => {
    const node = alice(4);
    for (const key of [BOB, CAROL]) node.gossip('heartbeat', key, heartbeat(key, [checkpointAt(node, 4)]));
    deepEqual([...node.state.durable.certified], [[ALICE.peer, 4]]);
    for (const key of [BOB, CAROL]) {
      deepEqual(certified(node.gossip('heartbeat', key, heartbeat(key, [checkpointAt(node, 2)]))), []);
    }
    const heads = [...node.state.durable.heads.values()];
    const again = Harness.running(ALICE, {
      heads,
      certified: [{ origin: ALICE.peer, size: 4 }],
      counterReserved: 2048,
    });
    deepEqual([...again.state.durable.certified], [[ALICE.peer, 4]]);
  });
});
