import { deepEqual, equal, ok } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type { Effect, GossipVerdict } from '../../../../src/core/events.ts';
import { GOSSIP_PENDING_MAX, HEARTBEAT_COUNTER_BLOCK } from '../../../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { type HeartbeatDraft, readHeartbeat, signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  EPOCH_MS,
  FEDERATION,
  MALLORY,
  OPEN_FEDERATION,
  receipt,
  receipts,
  type TestKey,
} from '../fixtures.ts';
import { bannedFor, Harness, hashes, meet, notes, ofKind, only, range, sent, statementOf } from './harness.ts';

const ROOT = new Uint8Array(32).fill(5);

function heartbeat(key: TestKey, change: Partial<HeartbeatDraft> = {}): Uint8Array {
  const draft: HeartbeatDraft = {
    federation: FEDERATION.id,
    node: key.peer,
    epoch: 0,
    closed: false,
    counter: 7,
    timestampMs: EPOCH_MS,
    height: 9,
    feeds: 1,
    root: ROOT,
    journal: { origin: key.peer, size: 0, root: EMPTY_ROOT },
    checkpoints: [],
    ...change,
  };
  return signHeartbeat(draft, key.sign);
}

/** A push of these entries, journaled by `key`. */
function push(key: TestKey, entries: readonly Candidate[], target = '*', event = entries): Uint8Array {
  const [statement] = chain(key, [syncEventDraft(target, [event])], 'journal');
  ok(statement !== undefined);
  return encodeMessage({ kind: 'delta', event: statementOf(statement), runs: runOf(entries) });
}

function verdict(effects: readonly Effect[]): GossipVerdict {
  return only(effects, 'gossip_verdict').verdict;
}

function beats(effects: readonly Effect[]): number[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) =>
    topic === 'heartbeat' ? [readHeartbeat(data).heartbeat.counter] : [],
  );
}

describe('heartbeats: heard', () => {
  it('is passed on when its signature holds, from whomever it came', () => {
    const node = Harness.running();
    const effects = node.gossip('heartbeat', CAROL, heartbeat(BOB));
    equal(verdict(effects), 'accept');
    deepEqual(
      notes(effects, 'heartbeat_received').map(({ node: of, height, agrees }) => [of, height, agrees]),
      [[BOB.peer, 9, false]],
    );
  });

  it('is not passed on again, nor an older one, however often it comes (R-42)', () => {
    const node = Harness.running();
    node.gossip('heartbeat', BOB, heartbeat(BOB, { counter: 7 }));
    for (const counter of [7, 6, 0]) {
      const effects = node.gossip('heartbeat', CAROL, heartbeat(BOB, { counter }));
      equal(verdict(effects), 'ignore');
      equal(ofKind(effects, 'verify').length, 0);
    }
    equal(verdict(node.gossip('heartbeat', CAROL, heartbeat(BOB, { counter: 8 }))), 'accept');
    equal(verdict(node.gossip('heartbeat', CAROL, heartbeat(CAROL, { counter: 1 }))), 'accept');
  });

  it('is judged by the newest counter when two are verified at once', () => {
    const node = Harness.running();
    const [first, second] = [8, 7].map((counter) => {
      const data = heartbeat(BOB, { counter });
      return only(node.step({ kind: 'gossip', topic: 'heartbeat', from: BOB.peer, id: `${counter}`, data }), 'verify');
    });
    ok(first !== undefined && second !== undefined);
    equal(verdict(node.carryOut(first)), 'accept');
    equal(verdict(node.carryOut(second)), 'ignore');
  });

  it('of a peer with another root makes us ask for its frontier, though nothing it names is missing', () => {
    const node = Harness.running();
    meet(node, BOB);
    const effects = node.gossip('heartbeat', BOB, heartbeat(BOB));
    equal(notes(effects, 'conflict_seen').length, 1);
    ok(node.wakeMs <= node.monoMs + 500, 'soon');
    equal(sent(node.tick(500))[0]?.kind, 'frontier_request');
  });

  it('of a peer that names more of a feed makes us fetch it', () => {
    const node = Harness.running();
    meet(node, BOB);
    const effects = node.gossip(
      'heartbeat',
      BOB,
      heartbeat(BOB, { checkpoints: [{ origin: CAROL.peer, size: 4, root: ROOT }] }),
    );
    const [request] = sent(effects);
    ok(request?.kind === 'ranges_request');
    deepEqual(request.ranges, [range(CAROL.peer, 0, 4)]);
  });
});

describe('heartbeats: refused', () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['of another federation', heartbeat(BOB, { federation: OPEN_FEDERATION.id }), 'wrong_federation'],
    ['cut off', heartbeat(BOB).subarray(0, -1), 'wire_truncated'],
    ['of another version', heartbeat(BOB).fill(2, 0, 1), 'unknown_version'],
    [
      'signed by another',
      signHeartbeat({ ...readHeartbeat(heartbeat(BOB)).heartbeat }, MALLORY.sign),
      'signature_invalid',
    ],
  ];
  for (const [what, data, code] of cases) {
    it(`${what}: not passed on, and who passed it on is dropped`, () => {
      const node = Harness.running();
      const effects = node.gossip('heartbeat', CAROL, data);
      equal(verdict(effects), 'reject');
      equal(bannedFor(effects), code);
      equal(ofKind(effects, 'disconnect')[0]?.peer, CAROL.peer);
      equal(node.state.counters.size, 0);
    });
  }

  it('a forged one does not keep the true one out', () => {
    const node = Harness.running();
    const forged = signHeartbeat({ ...readHeartbeat(heartbeat(BOB)).heartbeat, counter: 1000 }, MALLORY.sign);
    node.gossip('heartbeat', CAROL, forged);
    equal(verdict(node.gossip('heartbeat', BOB, heartbeat(BOB))), 'accept');
  });

  it('our own coming back is not passed on, and nobody is blamed', () => {
    const node = Harness.running();
    const effects = node.gossip('heartbeat', BOB, heartbeat(ALICE, { counter: 10_000 }));
    equal(verdict(effects), 'ignore');
    equal(bannedFor(effects), undefined);
  });

  it('more than can be verified are ignored', () => {
    const node = Harness.running();
    for (let counter = 0; counter < GOSSIP_PENDING_MAX; counter++) {
      node.step({
        kind: 'gossip',
        topic: 'heartbeat',
        from: BOB.peer,
        id: `${counter}`,
        data: heartbeat(BOB, { counter }),
      });
    }
    const data = heartbeat(CAROL);
    equal(verdict(node.step({ kind: 'gossip', topic: 'heartbeat', from: BOB.peer, id: 'x', data })), 'ignore');
    node.settle();
    equal(node.state.gossipPending, 0);
    equal(verdict(node.gossip('heartbeat', BOB, data)), 'accept');
  });
});

describe('heartbeats: sent', () => {
  it('wait longer for more changes the more nodes are heard, up to a second (R-44)', () => {
    const waitMs = (nodes: number): number => {
      const node = Harness.running();
      for (let i = 0; i < nodes; i++) node.state.counters.set(`node ${i}`, 1);
      node.append(receipt(0));
      return node.state.heartbeat.dueMs - node.monoMs;
    };
    deepEqual([0, 20, 100, 5000].map(waitMs), [50, 50, 200, 1000]);
  });

  it('only after a block of counters is reserved on disk (R-42)', () => {
    const node = new Harness();
    const first = node.step({ kind: 'tick' });
    deepEqual(beats(first), []);
    const store = only(first, 'store');
    equal(store.write.counterReserved, node.wallMs + HEARTBEAT_COUNTER_BLOCK);
    deepEqual(beats(node.step({ kind: 'tick' })), [], 'the store has not answered');
    deepEqual(beats(node.carryOut(store)), [node.wallMs], 'above what a folder restored from a backup has reserved');
  });

  it('with counters above all that an earlier life may have used', () => {
    const first = EPOCH_MS * 2; // the clock was ahead in that life
    const node = new Harness(ALICE, { counterReserved: first });
    deepEqual(beats(node.tick()), [first]);
    const reserved: number[] = [];
    for (let i = 1; i <= HEARTBEAT_COUNTER_BLOCK; i++) {
      const effects = node.tick(60_000);
      deepEqual(beats(effects), [first + i]);
      reserved.push(...ofKind(effects, 'store').map(({ write }) => write.counterReserved ?? 0));
    }
    deepEqual(reserved, [first + 2 * HEARTBEAT_COUNTER_BLOCK]);
  });

  it('soon after an append, once for many, naming only what is durable', () => {
    const node = Harness.running();
    node.connect(BOB);
    node.tick(100);
    const store = only(node.step({ kind: 'append', requests: [{ request: 1, drafts: [receipt(0)] }] }), 'store');
    node.advance(1000);
    const early = ofKind(node.step({ kind: 'tick' }), 'publish').map(
      ({ data }) => readHeartbeat(data).heartbeat.height,
    );
    deepEqual(
      early.filter((height) => height > 0),
      [],
    );
    node.carryOut(store);
    node.append(receipt(1), receipt(2));
    const [beat, ...more] = ofKind(node.tick(100), 'publish').filter(({ topic }) => topic === 'heartbeat');
    equal(more.length, 0);
    const said = readHeartbeat(beat?.data ?? new Uint8Array()).heartbeat;
    equal(said.height, 3);
    deepEqual(
      said.checkpoints.map(({ origin, size }) => [origin, size]),
      [[ALICE.peer, 3]],
    );
    equal(said.journal.size, node.journal().length);
  });

  it('more and more rarely while nothing happens', () => {
    const node = Harness.running();
    const gaps: number[] = [];
    for (let i = 0; i < 6; i++) {
      gaps.push(node.wakeMs - node.monoMs);
      node.tick(node.wakeMs - node.monoMs);
    }
    deepEqual(gaps, [10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    equal(node.journal().length, 0);
  });
});

describe('pushes: admitted', () => {
  it('are admitted, journaled and confirmed in one write, and not answered', () => {
    const node = Harness.running();
    const entries = receipts(BOB, 3);
    const effects = node.gossip('entries', CAROL, push(BOB, entries));
    equal(verdict(effects), 'accept');
    const { write } = only(effects, 'store');
    deepEqual(
      write.entries.map(({ log, origin, seq }) => [log, origin, seq]),
      [...entries.map(({ seq }) => ['ledger', BOB.peer, seq]), ['journal', ALICE.peer, 0]],
    );
    equal(write.statements.length, 1);
    const kept = JSON.parse(write.statements[0]?.json ?? '');
    equal(kept.type, 'SYNC_EVENT');
    equal(kept.target, '*');
    equal(kept.hash, toHex(write.statements[0]?.hash ?? new Uint8Array()));
    equal(ofKind(effects, 'send').length, 0);
    deepEqual(
      notes(effects, 'sync_confirmed').map(({ peer, entries: count, pushed }) => [peer, count, pushed]),
      [[BOB.peer, 3, true]],
    );
    deepEqual(hashes(node.ledger(BOB.peer)), hashes(entries));
  });

  it('that are here already are not verified, nor journaled', () => {
    const node = Harness.running();
    const data = push(BOB, receipts(BOB, 3));
    node.gossip('entries', BOB, data);
    const effects = node.gossip('entries', CAROL, data);
    equal(verdict(effects), 'ignore');
    equal(ofKind(effects, 'verify').length + ofKind(effects, 'store').length, 0);
    equal(node.journal().length, 1);
  });

  it('that overlap what is here are confirmed for what was new', () => {
    const node = Harness.running();
    const entries = receipts(BOB, 5);
    node.gossip('entries', BOB, push(BOB, entries.slice(0, 3)));
    const effects = node.gossip('entries', BOB, push(BOB, entries.slice(1)));
    deepEqual(
      notes(effects, 'sync_confirmed').map(({ entries: count }) => count),
      [2],
    );
    equal(node.ledger(BOB.peer).length, 5);
  });
});

describe('pushes: not admitted', () => {
  it('after a gap are passed on, and the gap is fetched from their sender', () => {
    const node = Harness.running();
    meet(node, BOB);
    const effects = node.gossip('entries', CAROL, push(BOB, receipts(BOB, 5).slice(3)));
    equal(verdict(effects), 'accept');
    equal(ofKind(effects, 'store').length, 0);
    const [request] = sent(effects);
    ok(request?.kind === 'ranges_request');
    deepEqual(request.ranges, [range(BOB.peer, 0, 5)]);
  });

  it('of a branch that is not ours are passed on, noted, and change nothing', () => {
    const node = Harness.running();
    node.gossip('entries', BOB, push(BOB, receipts(BOB, 2)));
    const branch = chain(BOB, [receipt(7), receipt(8), receipt(9)]);
    const effects = node.gossip('entries', CAROL, push(BOB, branch.slice(2)));
    equal(verdict(effects), 'accept');
    deepEqual(
      notes(effects, 'entry_rejected').map(({ origin, seq, reason }) => [origin, seq, reason]),
      [[BOB.peer, 2, 'chain_broken']],
    );
    equal(bannedFor(effects), undefined);
    equal(node.ledger(BOB.peer).length, 2);
  });
});

describe('pushes: refused, and who passed them on is dropped', () => {
  const entries = receipts(BOB, 3);
  const forged = entries.map((entry, i) => {
    if (i !== 1) return entry;
    const bytes = Uint8Array.from(entry.bytes);
    bytes[40] = (bytes[40] ?? 0) ^ 1; // inside the signature: type 1, timestamp 6, nonce 16
    return { ...entry, bytes };
  });
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ['another message', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
    ['entries of another than its signer', push(CAROL, entries), 'push_invalid'],
    ['65 entries', push(BOB, receipts(BOB, 65)), 'push_invalid'],
    ['a delta meant for one peer', push(BOB, entries, ALICE.peer), 'delta_target'],
    ['fewer entries than signed', push(BOB, entries.slice(0, 2), '*', entries), 'delta_ranges'],
    [
      'other entries than signed',
      push(BOB, chain(BOB, [receipt(5), receipt(6), receipt(7)]), '*', entries),
      'delta_root_mismatch',
    ],
    ['a forged entry', push(BOB, forged), 'signature_invalid'],
    ['half a message', push(BOB, entries).subarray(0, 300), 'wire_truncated'],
  ];
  for (const [what, data, code] of cases) {
    it(what, () => {
      const node = Harness.running();
      const effects = node.gossip('entries', CAROL, data);
      equal(verdict(effects), 'reject');
      equal(bannedFor(effects), code);
      equal(node.disk.size, 0);
    });
  }
});

describe('pushes of who may not write (R-26)', () => {
  it('are ignored where a list is: a decision that has not come yet may have made it a witness', () => {
    const node = Harness.running();
    const effects = node.gossip('entries', CAROL, push(MALLORY, receipts(MALLORY, 1)));
    equal(verdict(effects), 'ignore');
    equal(bannedFor(effects), undefined);
    deepEqual([ofKind(effects, 'verify').length, node.disk.size], [0, 0]);
  });
});
