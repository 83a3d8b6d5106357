import { deepEqual, equal, ok } from 'node:assert/strict';
import { EVERYONE } from '../../../../src/core/entry/types.ts';
import type { Effect } from '../../../../src/core/events.ts';
import { admit, emptyHead } from '../../../../src/core/ledger/admission.ts';
import type { Checkpoint } from '../../../../src/core/ledger/ledger.ts';
import { rootOfLeaves } from '../../../../src/core/merkle/compact-range.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  EPOCH_MS,
  FEDERATION,
  MALLORY,
  receipt,
  receipts,
  type TestKey,
} from '../fixtures.ts';
import { checkpointOfEntries } from '../forks.ts';
import { Harness, notes, ofKind, only, statementOf } from './harness.ts';
import { accusation, FORK, FORK_SEQ, holding, LEFT } from './sealing-rig.ts';

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
      closed: false,
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

  it('at a size that the feed had a moment ago, which its votes are mostly for, reads nothing', () => {
    const node = alice(2);
    for (let i = 0; i < 3; i++) node.append(receipt(2 + i));
    node.tick(100); // its own vote is for all of it
    const heard = node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointAt(node, 3)]));
    deepEqual(ofKind(heard, 'roots'), []);
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointAt(node, 4)]))), [[ALICE.peer, 3]]);
    const forged = { ...checkpointAt(node, 4), root: new Uint8Array(32) };
    equal(notes(node.gossip('heartbeat', BOB, heartbeat(BOB, [forged])), 'vote_disagrees').length, 1);
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

describe('certification: a vote that is quicker than its entry', () => {
  const feed = receipts(BOB, 2);
  const [, second] = feed;
  const head = admit(emptyHead(BOB.peer, 'ledger'), feed.slice(0, 1), EPOCH_MS * 2).head;

  /** Alice with Bob's first entry, final or not. */
  function holdingFirst(certifiedSize: number): Harness {
    const certified = certifiedSize === 0 ? [] : [{ origin: BOB.peer, size: certifiedSize }];
    const node = new Harness(ALICE, { heads: [head], certified });
    node.disk.set(`ledger ${BOB.peer}`, feed.slice(0, 1));
    node.tick();
    return node;
  }

  function push(node: Harness): readonly Effect[] {
    const entries = second === undefined ? [] : [second];
    const [event] = chain(BOB, [syncEventDraft(EVERYONE, [entries])], 'journal');
    if (event === undefined) throw new Error('there is an event');
    const message = encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(entries) });
    return [...node.gossip('entries', BOB, message), ...node.tick(100)];
  }

  it('waits for it, although all that is held is final', () => {
    const node = holdingFirst(1);
    for (const key of [BOB, CAROL]) node.gossip('heartbeat', key, heartbeat(key, [checkpointOfEntries(feed)]));
    deepEqual(certified(push(node)), [[BOB.peer, 2]]);
  });

  it('is not forgotten when what is held becomes final meanwhile', () => {
    const node = holdingFirst(0);
    node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointOfEntries(feed, 1)]));
    node.gossip('heartbeat', BOB, heartbeat(BOB, [checkpointOfEntries(feed)]));
    deepEqual(certified(node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointOfEntries(feed, 1)]))), [
      [BOB.peer, 1],
    ]);
    node.gossip('heartbeat', CAROL, heartbeat(CAROL, [checkpointOfEntries(feed)]));
    deepEqual(certified(push(node)), [[BOB.peer, 2]]);
  });

  it('is of a feed that we hold, or is not kept', () => {
    const node = holdingFirst(1);
    const unheld = { origin: MALLORY.peer, size: 1, root: EMPTY_ROOT };
    node.gossip('heartbeat', CAROL, heartbeat(CAROL, [unheld, checkpointOfEntries(feed, 1)]));
    equal(node.state.certification.tallies.size, 0);
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
        closed: false,
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

describe('certifying, while a feed is cut (R-93)', () => {
  it('nothing of what is being cut off; what stays, when that is done', () => {
    const node = holding(LEFT, { key: MALLORY });
    const verify = only(
      node.step({ kind: 'frame', stream: node.inbound(BOB), data: encodeMessage(accusation(FORK)) }),
      'verify',
    );
    const cut = node.carryOut(only(node.carryOut(verify), 'seal_read'));
    ok(only(cut, 'store').write.cuts !== undefined);
    const writing = node.open.splice(0);
    for (const size of [LEFT.length, FORK_SEQ]) {
      for (const key of [ALICE, BOB, CAROL]) {
        const data = heartbeat(key, [checkpointOfEntries(LEFT, size)]);
        const heard = node.step({
          kind: 'gossip',
          topic: 'heartbeat',
          from: key.peer,
          id: `${key.peer} ${size}`,
          data,
        });
        deepEqual(ofKind(node.carryOut(only(heard, 'verify')), 'store'), []);
      }
    }
    node.open.unshift(...writing);
    node.settle();
    deepEqual([...node.certified], [[CAROL.peer, FORK_SEQ]]);
  });
});
