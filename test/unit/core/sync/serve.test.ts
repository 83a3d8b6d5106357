import { deepEqual, equal, ok } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type { Effect, FeedRange } from '../../../../src/core/events.ts';
import { emptyHead } from '../../../../src/core/ledger/admission.ts';
import { DELTAS_IN_FLIGHT_MAX, SERVED_STREAMS_MAX, STREAM_IDLE_MS_MAX } from '../../../../src/core/limits.ts';
import { encodeMessage, type Message } from '../../../../src/core/sync/messages.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  FEDERATION,
  MALLORY,
  OPEN_FEDERATION,
  receipt,
  type TestKey,
  testKey,
} from '../fixtures.ts';
import { bannedFor, Harness, hashes, notes, ofKind, only, range, sent, statementOf } from './harness.ts';

type Delta = Extract<Message, { kind: 'delta' }>;

function holding(count: number): Harness {
  const node = Harness.running();
  node.append(...Array.from({ length: count }, (_, i) => receipt(i)));
  return node;
}

/** More than one window of deltas; a power of two, whose tree is one subtree. */
const LONG = 8192;

/** A node with long feeds, its own among them, all of one entry: who serves reads places and bytes, nothing else. */
function withLong(log: 'ledger' | 'journal', ...others: readonly TestKey[]): Harness {
  const feeds = [ALICE, ...others].map(({ peer }) => ({ ...emptyHead(peer, log), size: LONG }));
  const [entry] = chain(ALICE, [{ type: 'NOTE', body: {} }], log);
  ok(entry !== undefined);
  const node = Harness.running(ALICE, { heads: feeds.map((head) => ({ ...head, peaks: [entry.hash] })) });
  for (const { origin } of feeds) {
    node.disk.set(
      `${log} ${origin}`,
      Array.from({ length: LONG }, (_, seq) => ({ ...entry, origin, seq })),
    );
  }
  return node;
}

function request(
  node: Harness,
  stream: number,
  ranges: readonly FeedRange[],
  log: 'ledger' | 'journal' = 'ledger',
): readonly Effect[] {
  return node.frame(stream, { kind: 'ranges_request', federation: FEDERATION.id, log, ranges });
}

function deltas(effects: readonly Effect[]): Delta[] {
  return sent(effects).filter((message): message is Delta => message.kind === 'delta');
}

function places({ runs }: Delta): (readonly [string, number, number])[] {
  return runs.map(({ origin, from, entries }) => [origin, from, from + entries.length] as const);
}

function eventHash(node: Harness, delta: Delta): string {
  return toHex(node.journal()[delta.event.seq]?.hash ?? new Uint8Array());
}

function confirmation(key: TestKey, event: string, change: Record<string, string> = {}): Candidate {
  const body = {
    source: ALICE.peer,
    event,
    entries: 0,
    ranges: [],
    ledger_height: 0,
    ledger_root: '00'.repeat(32),
    ...change,
  };
  const [entry] = chain(key, [{ type: 'SYNC_CONFIRMED', body }], 'journal');
  ok(entry !== undefined);
  return entry;
}

function confirm(
  node: Harness,
  stream: number,
  key: TestKey,
  event: string,
  change: Record<string, string> = {},
): readonly Effect[] {
  return node.frame(stream, { kind: 'confirm', statement: statementOf(confirmation(key, event, change)) });
}

describe('serving: deltas (R-57, R-58)', () => {
  it('journals the SYNC_EVENT, then sends what it covers', () => {
    const node = holding(5);
    const effects = request(node, node.inbound(BOB), [range(ALICE.peer, 1, 4)]);
    const order = effects.map(({ kind }) => kind).filter((kind) => kind === 'store' || kind === 'send');
    deepEqual(order.slice(0, 2), ['store', 'send']);
    const [delta] = deltas(effects);
    ok(delta !== undefined);
    deepEqual(places(delta), [[ALICE.peer, 1, 4]]);
    equal(toHex(delta.runs[0]?.prev ?? new Uint8Array()), hashes(node.ledger(ALICE.peer))[0]);
    deepEqual(
      sent(effects).map(({ kind }) => kind),
      ['delta', 'end'],
    );
  });

  it('does not send before the SYNC_EVENT is durable', () => {
    const node = holding(2);
    const stream = node.inbound(BOB);
    const read = only(node.step({ kind: 'frame', stream, data: frameOf([range(ALICE.peer, 0, 2)]) }), 'read');
    const effects = node.carryOut(read);
    deepEqual(sent(effects), []);
    const store = only(effects, 'store');
    deepEqual(
      store.write.entries.map(({ log }) => log),
      ['journal'],
    );
    equal(deltas(node.carryOut(store)).length, 1);
  });

  it('keeps at most four deltas without a confirmation on their way', () => {
    const node = withLong('ledger');
    const stream = node.inbound(BOB);
    const first = deltas(request(node, stream, [range(ALICE.peer, 0, LONG)]));
    equal(first.length, DELTAS_IN_FLIGHT_MAX);
    equal(node.open.length, 0);
    const [oldest] = first;
    ok(oldest !== undefined);
    const next = confirm(node, stream, BOB, eventHash(node, oldest));
    equal(deltas(next).length, 1);
    deepEqual(
      notes(next, 'sync_served').map(({ peer, entries }) => [peer, entries]),
      [[BOB.peer, oldest.runs[0]?.entries.length]],
    );
  });

  it('cuts a long feed at multiples of the largest delta, where blocks of its tree begin', () => {
    const sizes = (from: number) => {
      const node = withLong('ledger');
      return deltas(request(node, node.inbound(BOB), [range(ALICE.peer, from, LONG)])).flatMap(places);
    };
    deepEqual(
      sizes(0),
      [0, 1, 2, 3].map((k) => [ALICE.peer, k * 1024, (k + 1) * 1024]),
    );
    deepEqual(sizes(1023), [[ALICE.peer, 1023, 1024], ...[1, 2, 3].map((k) => [ALICE.peer, k * 1024, (k + 1) * 1024])]);
    deepEqual(sizes(1500)[0], [ALICE.peer, 1500, 2048]);
  });

  it('sends all of a feed that was asked for before it begins the next', () => {
    const node = withLong('ledger', BOB);
    const asked = [range(ALICE.peer, 900, 3000), range(BOB.peer, 0, LONG)];
    deepEqual(deltas(request(node, node.inbound(BOB), asked)).map(places), [
      [[ALICE.peer, 900, 1024]],
      [[ALICE.peer, 1024, 2048]],
      [
        [ALICE.peer, 2048, 3000],
        [BOB.peer, 0, 72],
      ],
      [[BOB.peer, 72, 1024]],
    ]);
  });

  it('ends when all is sent, and closes when all is confirmed', () => {
    const node = holding(3);
    const stream = node.inbound(BOB);
    const effects = request(node, stream, [range(ALICE.peer, 0, 3)]);
    equal(ofKind(effects, 'close').length, 0);
    const [delta] = deltas(effects);
    ok(delta !== undefined);
    const last = confirm(node, stream, BOB, eventHash(node, delta));
    equal(only(last, 'close').stream, stream);
    equal(node.statements.length, 1);
    equal(JSON.parse(node.statements[0]?.json ?? '').event, eventHash(node, delta));
  });
});

describe('serving: what is durable', () => {
  it('serves only what is durable, and says so when there is nothing', () => {
    const node = holding(2);
    const stream = node.inbound(BOB);
    node.step({ kind: 'append', requests: [{ request: 2, drafts: [receipt(9)] }] });
    const some = node.step({ kind: 'frame', stream, data: frameOf([range(ALICE.peer, 0, 10)]) });
    deepEqual(only(some, 'read').ranges, [range(ALICE.peer, 0, 2)]);
    const none = request(node, node.inbound(CAROL), [range(BOB.peer, 0, 10), range(ALICE.peer, 50, 60)]);
    deepEqual(
      sent(none).filter(({ kind }) => kind === 'end'),
      [{ kind: 'end', status: 'done' }],
    );
  });
});

describe('serving: ranges and journals', () => {
  it('keeps each run within its range, whatever lies beside it', () => {
    const node = holding(12);
    const ranges = [range(ALICE.peer, 0, 5), range(ALICE.peer, 6, 8), range(ALICE.peer, 8, 10)];
    const all = deltas(request(node, node.inbound(BOB), ranges)).flatMap(places);
    deepEqual(all, [
      [ALICE.peer, 0, 5],
      [ALICE.peer, 6, 8],
      [ALICE.peer, 8, 10],
    ]);
  });

  it("serves its own journal, without an event, and nobody else's", () => {
    const node = holding(3);
    request(node, node.inbound(BOB), [range(ALICE.peer, 0, 3)]);
    const written = node.journal().length;
    const effects = request(node, node.inbound(CAROL), [range(ALICE.peer, 0, 9), range(BOB.peer, 0, 9)], 'journal');
    deepEqual(
      sent(effects).map(({ kind }) => kind),
      ['entries', 'end'],
    );
    const [entries] = sent(effects);
    ok(entries?.kind === 'entries');
    equal(entries.runs[0]?.entries.length, written);
    equal(node.journal().length, written);
  });

  it('serves a long journal in four frames, and ends: the rest is asked again', () => {
    const node = withLong('journal');
    const effects = request(node, node.inbound(BOB), [range(ALICE.peer, 0, LONG)], 'journal');
    deepEqual(
      sent(effects).map(({ kind }) => kind),
      ['entries', 'entries', 'entries', 'entries', 'end'],
    );
    equal(only(effects, 'close').kind, 'close');
  });
});

describe('serving: confirmations refused, and their sender dropped', () => {
  const cases: readonly (readonly [string, TestKey, Record<string, string>, string])[] = [
    ['of something that was never sent', BOB, { event: 'ab'.repeat(32) }, 'confirm_unknown'],
    ['signed by another node', CAROL, {}, 'confirm_source'],
    ['of what another node sent', BOB, { source: CAROL.peer }, 'confirm_source'],
  ];
  for (const [what, key, change, code] of cases) {
    it(what, () => {
      const node = holding(3);
      const stream = node.inbound(BOB);
      const [delta] = deltas(request(node, stream, [range(ALICE.peer, 0, 3)]));
      ok(delta !== undefined);
      const effects = confirm(node, stream, key, eventHash(node, delta), change);
      equal(bannedFor(effects), code);
      equal(only(effects, 'abort').stream, stream);
      equal(node.statements.length, 0);
    });
  }

  it('a second time', () => {
    const node = holding(3);
    const stream = node.inbound(BOB);
    const [delta] = deltas(request(node, stream, [range(ALICE.peer, 0, 3)]));
    ok(delta !== undefined);
    confirm(node, stream, BOB, eventHash(node, delta));
    equal(bannedFor(confirm(node, stream, BOB, eventHash(node, delta))), 'confirm_unknown');
    equal(node.statements.length, 1);
  });

  it('a second time while the first is being verified', () => {
    const node = holding(3);
    const stream = node.inbound(BOB);
    const [delta] = deltas(request(node, stream, [range(ALICE.peer, 0, 3)]));
    ok(delta !== undefined);
    const statement = statementOf(confirmation(BOB, eventHash(node, delta)));
    const frame = { kind: 'frame', stream, data: encodeMessage({ kind: 'confirm', statement }) } as const;
    equal(bannedFor(node.step(frame)), undefined);
    equal(bannedFor(node.step(frame)), 'confirm_unknown');
  });

  it('with a forged signature', () => {
    const node = holding(3);
    const stream = node.inbound(BOB);
    const [delta] = deltas(request(node, stream, [range(ALICE.peer, 0, 3)]));
    ok(delta !== undefined);
    const entry = confirmation(BOB, eventHash(node, delta));
    const bytes = Uint8Array.from(entry.bytes);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    const effects = node.frame(stream, { kind: 'confirm', statement: statementOf({ ...entry, bytes }) });
    equal(bannedFor(effects), 'signature_invalid');
    equal(node.statements.length, 0);
  });

  it('before anything was asked', () => {
    const node = holding(3);
    equal(bannedFor(confirm(node, node.inbound(BOB), BOB, 'ab'.repeat(32))), 'confirm_unknown');
  });
});

describe('serving: streams', () => {
  const none: readonly FeedRange[] = [range(ALICE.peer, 0, 1)];

  it('answers busy to a third stream of one peer, and to others serves on', () => {
    const node = holding(1);
    node.inbound(BOB);
    node.inbound(BOB);
    const effects = node.step({ kind: 'stream_opened', stream: 100, peer: BOB.peer });
    deepEqual(sent(effects, 100), [{ kind: 'end', status: 'busy' }]);
    equal(only(effects, 'close').stream, 100);
    equal(bannedFor(effects), undefined);
    deepEqual(
      node.run({ kind: 'frame', stream: 100, data: frameOf(none) }).filter(({ kind }) => kind !== 'note'),
      [],
    );
    equal(deltas(request(node, node.inbound(CAROL), none)).length, 1);
  });

  it('answers busy to all when too many are served, until one ends', () => {
    const node = holding(1);
    for (let i = 0; i < SERVED_STREAMS_MAX; i++) node.inbound(testKey(100 + (i >> 1)));
    const late = node.step({ kind: 'stream_opened', stream: 1000, peer: BOB.peer });
    deepEqual(sent(late), [{ kind: 'end', status: 'busy' }]);
    node.run({ kind: 'stream_closed', stream: 2, reason: 'gone' });
    deepEqual(sent(node.step({ kind: 'stream_opened', stream: 1002, peer: BOB.peer })), []);
  });

  it('drops a stream on which nothing moves, and nobody is banned', () => {
    const node = withLong('ledger');
    const silent = node.inbound(BOB);
    const slow = node.inbound(CAROL);
    request(node, slow, [range(ALICE.peer, 0, LONG)]);
    ok(node.wakeMs <= node.monoMs + STREAM_IDLE_MS_MAX);
    const effects = node.tick(STREAM_IDLE_MS_MAX);
    deepEqual(
      ofKind(effects, 'abort').map(({ stream, code }) => [stream, code]),
      [
        [silent, 'stalled'],
        [slow, 'stalled'],
      ],
    );
    equal(bannedFor(effects), undefined);
  });

  it('forgets a stream that ends while its answer is being made', () => {
    const node = holding(3);
    const stream = node.inbound(BOB);
    const read = only(node.step({ kind: 'frame', stream, data: frameOf([range(ALICE.peer, 0, 3)]) }), 'read');
    node.step({ kind: 'stream_closed', stream, reason: 'gone' });
    deepEqual(node.carryOut(read), []);
    equal(node.journal().length, 0);

    const again = node.inbound(BOB);
    const store = only(
      node.carryOut(
        only(node.step({ kind: 'frame', stream: again, data: frameOf([range(ALICE.peer, 0, 3)]) }), 'read'),
      ),
      'store',
    );
    node.step({ kind: 'stream_closed', stream: again, reason: 'gone' });
    deepEqual(sent(node.carryOut(store)), []);
    equal(node.state.served.size, 0);
  });
});

describe('serving: what breaks the protocol', () => {
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    [
      'a request for another federation',
      encodeMessage({ kind: 'frontier_request', federation: OPEN_FEDERATION.id, epoch: 0, checkpoints: [] }),
      'wrong_federation',
    ],
    ['an answer instead of a request', encodeMessage({ kind: 'end', status: 'done' }), 'message_unexpected'],
    ['a frame of noise', Uint8Array.of(99, 1, 2, 3), 'wire_code'],
    ['an empty frame', new Uint8Array(), 'wire_truncated'],
  ];
  for (const [what, data, code] of cases) {
    it(`${what}: the peer is dropped, others are served`, () => {
      const node = holding(1);
      const stream = node.inbound(MALLORY);
      const effects = node.run({ kind: 'frame', stream, data });
      equal(bannedFor(effects), code);
      equal(only(effects, 'abort').stream, stream);
      equal(deltas(request(node, node.inbound(BOB), [range(ALICE.peer, 0, 1)])).length, 1);
    });
  }

  it('a second request on one stream', () => {
    const node = holding(1);
    const stream = node.inbound(BOB);
    request(node, stream, [range(ALICE.peer, 0, 1)]);
    equal(bannedFor(request(node, stream, [range(ALICE.peer, 0, 1)])), 'message_unexpected');
  });
});

function frameOf(ranges: readonly FeedRange[]): Uint8Array {
  return encodeMessage({ kind: 'ranges_request', federation: FEDERATION.id, log: 'ledger', ranges });
}
