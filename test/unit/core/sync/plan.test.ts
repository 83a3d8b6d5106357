import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import type { Checkpoint } from '../../../../src/core/ledger/ledger.ts';
import {
  FRONTIER_CHECKPOINTS_MAX,
  FRONTIER_FRAMES_MAX,
  FRONTIER_INTERVAL_MS,
  PEERS_COUNT_MAX,
  RANGES_COUNT_MAX,
  REQUEST_ENTRIES_MAX,
  SESSION_STEAL_MS,
  STREAM_IDLE_MS_MAX,
} from '../../../../src/core/limits.ts';
import { ALICE, BOB, CAROL, FEDERATION, MALLORY, OPEN_FEDERATION, receipt, testKey } from '../fixtures.ts';
import { bannedFor, Harness, meet, notes, ofKind, only, range, sent } from './harness.ts';

const ROOT = new Uint8Array(32).fill(5);
const WRITERS = Array.from({ length: 250 }, (_, i) => testKey(i + 1));
function claims(keys: readonly { readonly peer: string }[], size: number): Checkpoint[] {
  return keys.map(({ peer }) => ({ origin: peer, size, root: ROOT }));
}

function asked(effects: readonly Effect[]) {
  return ofKind(effects, 'open').flatMap((effect) =>
    sent([effect]).flatMap((message) =>
      message.kind === 'ranges_request' ? [{ peer: effect.peer, ranges: message.ranges }] : [],
    ),
  );
}

describe('plan: claims (R-50)', () => {
  it('count only where we hold less and the origin may write', () => {
    const node = Harness.running();
    node.append(receipt(0), receipt(1));
    const effects = meet(node, BOB, [...claims([ALICE], 1), ...claims([MALLORY], 7), ...claims([CAROL], 1)]);
    deepEqual(asked(effects), [{ peer: BOB.peer, ranges: [range(CAROL.peer, 0, 1)] }]);
  });

  it('cause no request larger than the limits, whatever they say', () => {
    const node = Harness.running(ALICE, { federation: OPEN_FEDERATION });
    const [request] = asked(meet(node, BOB, claims(WRITERS, 1000)));
    ok(request !== undefined);
    ok(request.ranges.length <= RANGES_COUNT_MAX);
    const entries = request.ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    equal(entries, REQUEST_ENTRIES_MAX);
  });

  it('are shared out when several peers hold the same', () => {
    const node = Harness.running();
    const both = claims([BOB, CAROL], 4);
    const first = only(node.connect(BOB), 'open').stream;
    const second = only(node.connect(CAROL), 'open').stream;
    const effects = [
      ...node.frame(first, { kind: 'frontier', more: true, checkpoints: [] }),
      ...node.frame(second, { kind: 'frontier', more: false, checkpoints: both }),
      ...node.frame(first, { kind: 'frontier', more: false, checkpoints: both }),
    ];
    const feeds = asked(effects).flatMap(({ peer, ranges }) => ranges.map(({ origin }) => [origin, peer]));
    equal(feeds.length, 2);
    equal(new Set(feeds.map(([origin]) => origin)).size, 2, 'each feed from one peer');
  });

  it('leave a share to a peer that is about to say what it holds, for as long as it may be slow', () => {
    for (const [waitMs, feeds] of [
      [SESSION_STEAL_MS - 1, 1],
      [SESSION_STEAL_MS, 2],
    ] as const) {
      const node = Harness.running();
      node.connect(CAROL);
      node.advance(waitMs);
      equal(asked(meet(node, BOB, claims([BOB, CAROL], 4)))[0]?.ranges.length, feeds);
    }
  });

  it('of a peer that is gone are fetched from another at once', () => {
    const node = Harness.running();
    meet(node, BOB, claims([CAROL], 4));
    deepEqual(asked(meet(node, CAROL, claims([CAROL], 4))), []);
    const effects = node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    deepEqual(asked(effects), [{ peer: CAROL.peer, ranges: [range(CAROL.peer, 0, 4)] }]);
  });
});

describe('plan: frontiers (R-51)', () => {
  it('are compared on connecting, and again by the timer, with nothing else to cause it', () => {
    const node = Harness.running();
    meet(node, BOB);
    const due = FRONTIER_INTERVAL_MS * 1.25;
    const times: number[] = [];
    for (let waited = 0; waited <= due; waited += 250) {
      const requests = sent(node.tick(250)).filter(({ kind }) => kind === 'frontier_request');
      if (requests.length > 0) times.push(waited);
    }
    equal(times.length, 1);
    ok((times[0] ?? 0) >= FRONTIER_INTERVAL_MS * 0.75 - 250);
  });

  it('tell what we hold', () => {
    const node = Harness.running();
    node.append(receipt(0), receipt(1), receipt(2));
    const [request] = sent(node.connect(BOB));
    ok(request?.kind === 'frontier_request');
    deepEqual(
      request.checkpoints.map(({ origin, size }) => [origin, size]),
      [[ALICE.peer, 3]],
    );
  });

  it('end with the frame that says so, and no later than a bound', () => {
    const node = Harness.running();
    const { stream } = only(node.connect(BOB), 'open');
    const frame = { kind: 'frontier', more: true, checkpoints: [] } as const;
    for (let i = 0; i < FRONTIER_FRAMES_MAX; i++) equal(bannedFor(node.frame(stream, frame)), undefined);
    equal(bannedFor(node.frame(stream, frame)), 'frontier_too_long');
    ok(FRONTIER_FRAMES_MAX * FRONTIER_CHECKPOINTS_MAX >= 20_000);
  });

  it('are given up when nobody answers, and asked for again', () => {
    const node = Harness.running();
    const { stream } = only(node.connect(BOB), 'open');
    const effects = node.tick(STREAM_IDLE_MS_MAX);
    deepEqual(
      ofKind(effects, 'abort').map((abort) => [abort.stream, abort.code]),
      [[stream, 'stalled']],
    );
    deepEqual(
      notes(effects, 'session_failed').map(({ code }) => code),
      ['stalled'],
    );
    equal(bannedFor(effects), undefined);
    equal(sent(node.tick(1000))[0]?.kind, 'frontier_request');
  });

  it('are not an answer to anything else', () => {
    const node = Harness.running();
    const { stream } = only(node.connect(BOB), 'open');
    const effects = node.frame(stream, {
      kind: 'frontier_request',
      federation: FEDERATION.id,
      epoch: 0,
      checkpoints: [],
    });
    equal(bannedFor(effects), 'message_unexpected');
  });
});

describe('plan: peers', () => {
  it('beyond the bound are let go, without blame', () => {
    const node = Harness.running();
    for (let i = 0; i < PEERS_COUNT_MAX; i++) node.step({ kind: 'peer_connected', peer: `peer ${i}` });
    const { peer, banMs, code } = only(node.step({ kind: 'peer_connected', peer: BOB.peer }), 'disconnect');
    deepEqual([peer, banMs, code], [BOB.peer, 0, 'too_many_peers']);
    equal(node.state.peers.size, PEERS_COUNT_MAX);
  });

  it('that connect twice are one', () => {
    const node = Harness.running();
    node.connect(BOB);
    deepEqual(ofKind(node.connect(BOB), 'open'), []);
    equal(node.state.peers.size, 1);
  });

  it('leave nothing behind when they go', () => {
    const node = Harness.running();
    meet(node, BOB, claims([CAROL], 4));
    const inbound = node.inbound(BOB);
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    for (const stream of [inbound, ...node.state.sessions.keys()])
      node.run({ kind: 'stream_closed', stream, reason: 'gone' });
    equal(node.state.peers.size + node.state.sessions.size + node.state.served.size + node.state.fetching.size, 0);
  });
});

describe('plan: events that nobody should send', () => {
  it('a store that answers out of order stops the node', () => {
    const node = Harness.running();
    const [first] = ofKind(node.step({ kind: 'append', requests: [{ request: 1, drafts: [receipt(0)] }] }), 'store');
    const [second] = ofKind(node.step({ kind: 'append', requests: [{ request: 2, drafts: [receipt(1)] }] }), 'store');
    ok(first !== undefined && second !== undefined);
    let code = '';
    try {
      node.step({ kind: 'stored', batch: second.batch });
    } catch (error) {
      code = error instanceof Error && 'code' in error ? String(error.code) : '';
    }
    equal(code, 'store_out_of_order');
  });

  it('frames of streams that are over are dropped', () => {
    const node = Harness.running();
    deepEqual(node.step({ kind: 'frame', stream: 77, data: Uint8Array.of(6, 0) }), []);
    deepEqual(node.step({ kind: 'stream_closed', stream: 77, reason: 'x' }), []);
  });
});
