import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '#sha256';
import { BinaryReader, BinaryWriter } from '../../../../src/core/binary.ts';
import { compareBytes, concat, toHex } from '../../../../src/core/bytes.ts';
import { RECONCILE_ROUNDS_MAX } from '../../../../src/core/limits.ts';
import { peerIdOf } from '../../../../src/core/peer-id.ts';
import { type JudgedClaim, type Range, Reconciliation } from '../../../../src/core/sync/reconcile.ts';
import { readReconcileRanges, writeReconcileRanges } from '../../../../src/core/sync/reconcile-message.ts';
import { FINGERPRINT_BYTES, type Listing } from '../../../../src/core/sync/salted-table.ts';
import { type Item, tableOf } from '../ledger/feed-tables.ts';

const SALT = new Uint8Array(16).fill(3);

/** A feed out of three small numbers: few keys, so that both sides share many; near each other, so that prefixes are long. */
function item(key: number, size: number, branch: number): Item {
  const bytes = new Uint8Array(32).fill(7);
  bytes[1] = key >> 8;
  bytes[31] = key & 255;
  return { key: bytes, size, root: new Uint8Array(32).fill(size * 4 + branch) };
}

/** The same with keys that look like public keys. */
function spread(count: number): Item[] {
  const keys = Array.from({ length: count }, (_, i) => sha256(`feed ${i}`)).sort(compareBytes);
  return keys.map((key) => ({ key, size: 3, root: sha256(key) }));
}

function feeds(list: readonly (readonly [number, number, number])[]): Item[] {
  const byKey = new Map(list.map(([key, size, branch]) => [key, item(key, size, branch)]));
  return [...byKey.values()].sort((a, b) => compareBytes(a.key, b.key));
}

function encode(ranges: readonly Range[]): Uint8Array {
  const writer = new BinaryWriter();
  writeReconcileRanges(writer, ranges);
  return writer.finish();
}

function decode(bytes: Uint8Array): Range[] {
  const reader = new BinaryReader(bytes);
  const ranges = readReconcileRanges(reader);
  reader.end();
  return ranges;
}

/** Without where in memory things lie. */
function plain(range: Range) {
  if (range.kind !== 'list') return range;
  const { bytes, keys, sizes, marks } = range.list;
  const list = sizes.map((size, i) => ({
    key: toHex(bytes.slice(keys[i], (keys[i] ?? 0) + 32)),
    size,
    mark: toHex(bytes.slice(marks[i], (marks[i] ?? 0) + FINGERPRINT_BYTES)),
  }));
  return { ...range, list };
}

/** What each side learns of the other, and in how many rounds and bytes. */
function exchange(a: readonly Item[], b: readonly Item[]) {
  const [asks, answers] = [new Reconciliation(tableOf(a), SALT), new Reconciliation(tableOf(b), SALT)];
  const learnt: { a: JudgedClaim[]; b: JudgedClaim[] } = { a: [], b: [] };
  let rounds = 0;
  let bytes = 0;
  let message = encode(asks.open());
  while (true) {
    rounds += 1;
    const reply = answers.answer(decode(message));
    learnt.b.push(...reply.claims);
    const frame = encode(reply.ranges);
    bytes += message.length + frame.length;
    const next = asks.answer(decode(frame));
    learnt.a.push(...next.claims);
    if (next.ranges.every(({ kind }) => kind === 'same')) return { learnt, rounds, bytes };
    ok(rounds < RECONCILE_ROUNDS_MAX, 'no end');
    message = encode(next.ranges);
  }
}

/** By walking both lists: what `theirs` has more than `own`, or as long with another root. */
function truth(own: readonly Item[], theirs: readonly Item[]): string[] {
  const held = new Map(own.map((feed) => [toHex(feed.key), feed]));
  const more = theirs.filter((feed) => {
    const mine = held.get(toHex(feed.key));
    return (
      mine === undefined || feed.size > mine.size || (feed.size === mine.size && toHex(feed.root) !== toHex(mine.root))
    );
  });
  return textOf(more.map(({ key, size }) => ({ origin: peerIdOf(key), size })));
}

const textOf = (claims: readonly Omit<JudgedClaim, 'forked'>[]): string[] =>
  claims.map(({ origin, size }) => `${origin} ${size}`).sort();

const someFeeds = fc
  .array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 5 }), fc.nat(1)), { maxLength: 300, size: 'max' })
  .map(feeds);

describe('reconciliation of frontiers', () => {
  it('tells each side exactly what the other has more, whatever they hold', () => {
    fc.assert(
      fc.property(someFeeds, someFeeds, (a, b) => {
        const { learnt } = exchange(a, b);
        deepEqual(textOf(learnt.a), truth(a, b));
        deepEqual(textOf(learnt.b), truth(b, a));
        for (const { origin, size, forked } of learnt.a)
          equal(
            forked,
            a.some((feed) => feed.size === size && peerIdOf(feed.key) === origin),
          );
      }),
      { numRuns: 150 },
    );
  });

  it('ends at once, with a few hundred bytes, when both hold the same', () => {
    const same = spread(5000);
    const { rounds, bytes, learnt } = exchange(same, same);
    deepEqual([rounds, learnt.a.length, learnt.b.length], [1, 0, 0]);
    ok(bytes < 700, `${bytes} bytes`);
  });

  it('finds one feed of thousands in bytes and rounds that grow with the logarithm', () => {
    const a = spread(5000);
    const b = a.map((feed, i) => (i === 1234 ? { ...feed, size: 4 } : feed));
    const { rounds, bytes, learnt } = exchange(a, b);
    deepEqual(textOf(learnt.a), truth(a, b));
    ok(rounds <= 3 && bytes < 2500, `${rounds} rounds, ${bytes} bytes`);
  });

  it('lists more at once where every range differs: two rounds, and no more bytes than a rateless IBLT', () => {
    const a = spread(10_000);
    const b = a.map((feed) => ({ ...feed, size: 4 }));
    const { rounds, bytes, learnt } = exchange(a, b);
    equal(learnt.a.length, 10_000);
    ok(rounds <= 2 && bytes < 500_000, `${rounds} rounds, ${bytes} bytes`);
  });

  it('lists few where most ranges are the same', () => {
    const a = spread(10_000);
    const b = a.map((feed, i) => (i % 100 === 50 ? { ...feed, size: 4 } : feed));
    const { bytes, learnt } = exchange(a, b);
    deepEqual(textOf(learnt.a), truth(a, b));
    ok(bytes < 35_000, `${bytes} bytes`);
  });

  it('learns all from a full node when it has nothing, and the other way round', () => {
    const full = feeds(Array.from({ length: 3000 }, (_, i) => [i, 1 + (i % 5), 0]));
    equal(exchange([], full).learnt.a.length, 3000);
    equal(exchange(full, []).learnt.b.length, 3000);
  });

  it('sees two branches of one length, whatever the salt cuts out', () => {
    const a = feeds([[1, 2, 0]]);
    const b = feeds([[1, 2, 1]]);
    for (let salt = 0; salt < 256; salt++) {
      const [asks, answers] = [a, b].map((items) => new Reconciliation(tableOf(items), new Uint8Array(16).fill(salt)));
      const reply = answers?.answer(asks?.open() ?? []);
      equal(reply?.claims.length, 1);
    }
  });
});

describe('ranges of a reconciliation on the wire', () => {
  const end = new Uint8Array();
  const fingerprint = new Uint8Array(8);
  const key = (first: number): Uint8Array => new Uint8Array(32).fill(first);
  /** A feed of one entry for each of these keys. */
  const listing = (...firsts: readonly number[]): Listing => ({
    bytes: concat(...firsts.map((first) => concat(key(first), fingerprint))),
    keys: firsts.map((_, i) => i * 40),
    sizes: firsts.map(() => 1),
    marks: firsts.map((_, i) => i * 40 + 32),
  });

  it('read back as they were written', () => {
    const ranges: Range[] = [
      { kind: 'fingerprint', end: Uint8Array.of(9), fingerprint },
      { kind: 'list', end: Uint8Array.of(20, 0), list: listing(9, 19) },
      { kind: 'same', end: Uint8Array.of(30) },
      {
        kind: 'longer',
        end,
        listed: [
          { index: 0, size: 5 },
          { index: 7, size: 1 },
        ],
        unlisted: [{ key: key(31), size: 2 }],
      },
    ];
    deepEqual(decode(encode(ranges)).map(plain), ranges.map(plain));
  });

  const refused: readonly [string, Uint8Array][] = [
    ['no ranges', Uint8Array.of(0)],
    ['a last range that is not the end', encode([{ kind: 'same', end: key(1) }])],
    [
      'an end before the last range',
      encode([
        { kind: 'same', end },
        { kind: 'same', end },
      ]),
    ],
    [
      'ranges in the wrong order',
      encode(
        [9, 8].map((first) => ({ kind: 'same' as const, end: Uint8Array.of(first) })).concat({ kind: 'same', end }),
      ),
    ],
    [
      'a range of nothing',
      encode(
        [9, 9].map((first) => ({ kind: 'same' as const, end: Uint8Array.of(first) })).concat({ kind: 'same', end }),
      ),
    ],
    ['keys in the wrong order', encode([{ kind: 'list', end, list: listing(2, 1) }])],
    ['a key twice', encode([{ kind: 'list', end, list: listing(2, 2) }])],
    [
      'a key beyond its range',
      encode([
        { kind: 'list', end: key(5), list: listing(5) },
        { kind: 'same', end },
      ]),
    ],
    [
      'a key before its range',
      encode([
        { kind: 'same', end: key(5) },
        { kind: 'list', end, list: listing(4) },
      ]),
    ],
    ['an end longer than a key', Uint8Array.of(1, 0, 33, ...new Uint8Array(33))],
  ];
  for (const [what, bytes] of refused) {
    it(`refuses ${what}`, () => throws(() => decode(bytes), { code: 'wire_order' }));
  }

  it('refuses an unknown kind', () => throws(() => decode(Uint8Array.of(1, 4, 0)), { code: 'wire_code' }));

  it('refuses every truncation, and more ranges or feeds than there may be', () => {
    const bytes = encode([{ kind: 'list', end, list: listing(1, 2) }]);
    for (let length = 1; length < bytes.length; length++)
      throws(() => decode(bytes.subarray(0, length)), { code: /^wire_/ });
    throws(() => decode(Uint8Array.of(0xff, 0xff, 0x7f)), { code: /^wire_/ });
    throws(() => decode(Uint8Array.of(1, 2, 0, 0xff, 0xff, 0x7f)), { code: /^wire_/ });
  });
});
