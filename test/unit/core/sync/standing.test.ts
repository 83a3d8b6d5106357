import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import {
  BAN_MS,
  FRONTIER_SERVED_INTERVAL_MS,
  FRONTIERS_AT_ONCE_MAX,
  PEER_POINTS_BAN,
  PEER_POINTS_HALF_LIFE_MS,
  PEER_POINTS_MAX,
  PEER_STANDINGS_MAX,
  POINTS_OF_FAILURES_MAX,
  REQUESTS_AT_ONCE_MAX,
  STREAM_IDLE_MS_MAX,
} from '../../../../src/core/limits.ts';
import { pointsOf, standingName } from '../../../../src/core/sync/standing.ts';
import { BOB, CAROL, FEDERATION, testKey } from '../fixtures.ts';
import { Harness, meet, ofKind, only, sent } from './harness.ts';

const ROOT = new Uint8Array(32).fill(5);
const NOISE = Uint8Array.of(250, 1, 2);

/** Bob sends noise: how long he is refused for it. */
function offend(node: Harness): number {
  node.connect(BOB);
  const effects = node.gossip('heartbeat', BOB, NOISE);
  node.run({ kind: 'peer_disconnected', peer: BOB.peer });
  return only(effects, 'disconnect').banMs;
}

function standing(node: Harness): readonly [string, number] {
  node.step({ kind: 'tick' });
  return [standingName(node.state, BOB.peer), Math.round(pointsOf(node.state, BOB.peer))];
}

/** Bob asks for our frontier; what he gets. */
function frontier(node: Harness): { readonly answer: string; readonly refused: boolean } {
  const stream = node.inbound(BOB);
  const effects = node.frame(stream, {
    kind: 'frontier_request',
    federation: FEDERATION.id,
    epoch: 0,
    checkpoints: [],
  });
  node.run({ kind: 'stream_closed', stream, reason: 'done' });
  const [said] = sent(effects, stream);
  return {
    answer: said?.kind === 'end' ? said.status : (said?.kind ?? ''),
    refused: ofKind(effects, 'disconnect').length > 0,
  };
}

describe('standing: breaches of the protocol (R-67)', () => {
  it('close the connection at once; each ban is longer than the one before, up to a bound', () => {
    const node = Harness.running();
    const bans: number[] = [];
    for (let i = 0; i < 40; i++) {
      const banMs = offend(node);
      bans.push(banMs);
      node.tick(banMs);
    }
    equal(bans[0], BAN_MS);
    ok(
      bans.slice(1, 5).every((banMs, i) => banMs > (bans[i] ?? 0)),
      `${bans.slice(0, 5)}`,
    );
    ok(bans.every((banMs) => banMs <= (BAN_MS * PEER_POINTS_MAX) / PEER_POINTS_BAN));
  });

  it('are forgotten by halves: after a quiet time the ban is the first one again', () => {
    const node = Harness.running();
    for (let i = 0; i < 5; i++) node.tick(offend(node));
    deepEqual(standing(node)[0], 'last', 'let in again, and asked last');
    node.tick(PEER_POINTS_HALF_LIFE_MS * 10);
    deepEqual(standing(node), ['good', 0]);
    ok(offend(node) < BAN_MS * 1.01);
  });

  it('count once, however many messages were on their way', () => {
    const node = Harness.running();
    node.connect(BOB);
    for (let i = 0; i < 20; i++) node.gossip('heartbeat', BOB, NOISE);
    deepEqual(standing(node), ['banned', PEER_POINTS_BAN]);
  });

  it('of a flood are told by the network, and cost the same', () => {
    const node = Harness.running();
    node.connect(BOB);
    const { banMs, code } = only(node.run({ kind: 'peer_flooded', peer: BOB.peer }), 'disconnect');
    deepEqual([banMs, code], [BAN_MS, 'gossip_flood']);
  });

  it('are not counted by the wall clock', () => {
    const node = Harness.running();
    offend(node);
    node.wallMs += 86_400_000;
    deepEqual(standing(node), ['banned', PEER_POINTS_BAN]);
    node.wallMs -= 2 * 86_400_000;
    node.monoMs += BAN_MS;
    deepEqual(standing(node), ['last', 93]);
  });
});

describe('standing: failures (R-68)', () => {
  /** Bob claims entries of Carol's, is asked for them, and stands still until the stream is dropped. */
  function stall(node: Harness): void {
    const opened = ofKind(node.step({ kind: 'tick' }), 'open');
    const stream = opened.find(({ peer }) => peer === BOB.peer)?.stream ?? 0;
    node.tick(STREAM_IDLE_MS_MAX);
    node.run({ kind: 'stream_closed', stream, reason: 'aborted' });
    node.tick(30_000);
  }

  it('never close a connection, however many; and the peer is in good standing again by itself', () => {
    const node = Harness.running();
    meet(node, BOB, [{ origin: CAROL.peer, size: 4, root: ROOT }]);
    for (let i = 0; i < 20; i++) stall(node);
    const [name, points] = standing(node);
    equal(name, 'last');
    ok(points <= POINTS_OF_FAILURES_MAX && points > POINTS_OF_FAILURES_MAX / 2, `${points}`);
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    node.tick(PEER_POINTS_HALF_LIFE_MS * 2);
    equal(standing(node)[0], 'good');
  });

  it('make others be asked first for what they hold too; what nobody else has is asked for all the same', () => {
    const node = Harness.running();
    meet(node, BOB, [{ origin: CAROL.peer, size: 4, root: ROOT }]);
    stall(node);
    stall(node);
    equal(standing(node)[0], 'last');
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });

    // Both have said what they hold before anything is planned: Bob first, and more.
    const sizes = [
      [BOB, 4],
      [CAROL, 2],
    ] as const;
    for (const [key] of sizes) node.connect(key);
    for (const [key, size] of sizes) {
      const peer = node.state.peers.get(key.peer);
      ok(peer !== undefined);
      peer.session = undefined;
      peer.frontierDueMs = Number.POSITIVE_INFINITY;
      peer.wanted.set(CAROL.peer, size);
    }
    const peersAsked = (effects: readonly Effect[]) => ofKind(effects, 'open').map(({ peer }) => peer);
    deepEqual(peersAsked(node.tick()), [CAROL.peer]);
    deepEqual(peersAsked(node.run({ kind: 'peer_disconnected', peer: CAROL.peer })), [BOB.peer]);
  });
});

describe('standing: rates', () => {
  it('a frontier is served so often, then refused as busy, and served again after a while', () => {
    const node = Harness.running();
    meet(node, BOB);
    for (let i = 0; i < FRONTIERS_AT_ONCE_MAX; i++) equal(frontier(node).answer, 'frontier');
    equal(frontier(node).answer, 'busy');
    equal(frontier(node).refused, false);
    node.advance(FRONTIER_SERVED_INTERVAL_MS);
    equal(frontier(node).answer, 'frontier');
    equal(frontier(node).answer, 'busy');
  });

  it('are kept over a new connection, and are each peer’s own', () => {
    const node = Harness.running();
    meet(node, BOB);
    for (let i = 0; i < FRONTIERS_AT_ONCE_MAX; i++) frontier(node);
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    meet(node, BOB);
    equal(frontier(node).answer, 'busy');
    meet(node, CAROL);
    const stream = node.inbound(CAROL);
    const effects = node.frame(stream, {
      kind: 'frontier_request',
      federation: FEDERATION.id,
      epoch: 0,
      checkpoints: [],
    });
    equal(sent(effects, stream)[0]?.kind, 'frontier');
  });

  it('exceeded without end close the connection', () => {
    const node = Harness.running();
    meet(node, BOB);
    let requests = 0;
    while (!frontier(node).refused) {
      requests += 1;
      ok(requests < 2 * PEER_POINTS_BAN, 'it may go on for ever');
    }
    equal(standing(node)[0], 'banned');
  });

  it('bound all requests together', () => {
    const node = Harness.running();
    meet(node, BOB);
    const open = (i: number) => {
      const stream = 1000 + 2 * i;
      const effects = node.run({ kind: 'stream_opened', stream, peer: BOB.peer });
      node.run({ kind: 'stream_closed', stream, reason: 'done' });
      return sent(effects, stream)[0]?.kind;
    };
    for (let i = 0; i < REQUESTS_AT_ONCE_MAX; i++) equal(open(i), undefined);
    equal(open(REQUESTS_AT_ONCE_MAX), 'end');
  });

  it('an asker that is told busy comes back, later each time, and holds nothing against anybody', () => {
    const node = Harness.running();
    let { stream } = only(node.connect(BOB), 'open');
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      node.frame(stream, { kind: 'end', status: 'busy' });
      node.run({ kind: 'stream_closed', stream, reason: 'done' });
      const beganMs = node.monoMs;
      let opened = ofKind(node.tick(), 'open');
      while (opened.length === 0) opened = ofKind(node.tick(250), 'open');
      stream = opened[0]?.stream ?? 0;
      waits.push(node.monoMs - beganMs);
    }
    deepEqual(waits, [500, 1000, 2000]);
    deepEqual(standing(node), ['good', 0]);
  });
});

describe('standing: memory', () => {
  it('keeps a bounded number of peers; who was heard of longest ago is forgotten', () => {
    const node = Harness.running();
    offend(node);
    const noise = (i: number) =>
      ({ kind: 'gossip', topic: 'heartbeat', from: `stranger ${i}`, id: `${i}`, data: NOISE }) as const;
    for (let i = 0; i < PEER_STANDINGS_MAX - 1; i++) node.step(noise(i));
    equal(node.state.standings.size, PEER_STANDINGS_MAX);
    ok(node.state.standings.has(BOB.peer));
    node.step(noise(PEER_STANDINGS_MAX));
    equal(node.state.standings.size, PEER_STANDINGS_MAX);
    equal(node.state.standings.has(BOB.peer), false);
    equal(pointsOf(node.state, testKey(9).peer), 0);
  });
});
