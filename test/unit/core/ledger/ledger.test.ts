import { deepEqual, equal, notEqual, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '#sha256';
import { toHex } from '../../../../src/core/bytes.ts';
import { admit, emptyHead } from '../../../../src/core/ledger/admission.ts';
import { checkpointOf, Ledger, ledgerLeaf } from '../../../../src/core/ledger/ledger.ts';
import { rootOfLeaves } from '../../../../src/core/merkle/compact-range.ts';
import { EMPTY_ROOT, nodeHash } from '../../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../../src/core/merkle/tree.ts';
import { peerIdOf } from '../../../../src/core/peer-id.ts';
import { mth } from '../../../reference/merkle.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, MALLORY, plain, receipts, testKey } from '../fixtures.ts';
import { hex, number, object, text, vectorList } from '../vectors.ts';

const LATER_MS = EPOCH_MS * 2;
const FEEDS = [ALICE, BOB, CAROL, MALLORY, testKey(7), testKey(8), testKey(9)].map((key, i) => receipts(key, i + 3));

/** Takes the entries in this order of feeds, so many at a time. */
function take(steps: readonly (readonly [number, number])[]): Ledger {
  const ledger = new Ledger();
  for (const [feed, count] of steps) {
    const entries = FEEDS[feed] ?? [];
    const origin = entries[0]?.origin ?? '';
    const from = ledger.size(origin);
    ledger.set(admit(ledger.head(origin), entries.slice(from, from + count), LATER_MS).head);
  }
  return ledger;
}

describe('ledger root (R-31)', () => {
  for (const vector of vectorList('ledger.json', 'ledgers')) {
    it(`of ${JSON.stringify(vector.leaves).length > 2 ? number(vector.height) : 'no'} entries, as in the vectors`, () => {
      const leaves = (Array.isArray(vector.leaves) ? vector.leaves : []).map(hex);
      equal(toHex(mth(leaves)), vector.root);
      const feeds = (Array.isArray(vector.feeds) ? vector.feeds : []).map(object);
      const unsorted = feeds.map((feed) =>
        toHex(ledgerLeaf({ origin: text(feed.origin), size: number(feed.size), root: hex(feed.root) })),
      );
      deepEqual(unsorted.sort(), leaves.map(toHex));
    });
  }

  it('depends on what is held, never on the order of arrival', () => {
    const whole = FEEDS.map((entries, i) => [i, entries.length] as const);
    const expected = take(whole);
    const steps = fc
      .array(fc.tuple(fc.nat(FEEDS.length - 1), fc.integer({ min: 1, max: 4 })), { maxLength: 40 })
      .chain((some) => fc.shuffledSubarray(whole, { minLength: whole.length }).map((rest) => [...some, ...rest]));
    fc.assert(
      fc.property(steps, (order) => {
        const ledger = take(order);
        equal(toHex(ledger.root), toHex(expected.root));
        equal(ledger.height, expected.height);
        deepEqual([...ledger.heads()].map(plain), [...expected.heads()].map(plain));
      }),
      { numRuns: 40 },
    );
  });

  it('is that of the sorted leaves after every step', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 3 })), { maxLength: 12 }), (steps) => {
        const ledger = take(steps);
        const leaves = [...ledger.heads()].map((head) => ledgerLeaf(checkpointOf(head)));
        deepEqual(leaves.map(toHex), leaves.map(toHex).sort());
        equal(toHex(ledger.root), toHex(mth(leaves)));
        equal(ledger.feedCount, leaves.length);
        equal(
          ledger.height,
          [...ledger.heads()].reduce((sum, { size }) => sum + size, 0),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('of thousands of new feeds, in whatever order of keys, costs one hash for each node of the tree', () => {
    let hashed = 0;
    const tree = new MerkleTree([], (left, right) => {
      hashed += 1;
      return nodeHash(left, right);
    });
    const ledger = new Ledger(tree);
    const heads = Array.from({ length: 3000 }, (_, i) => ({
      ...emptyHead(peerIdOf(sha256(`feed ${i}`)), 'ledger'),
      size: 1,
      peaks: [sha256(`peak ${i}`)],
    }));
    for (const head of heads) ledger.set(head);
    const sorted = [...ledger.heads()].map((head) => ledgerLeaf(checkpointOf(head)));
    equal(toHex(ledger.root), toHex(rootOfLeaves(sorted)));
    equal(hashed, heads.length - 1);
  });

  it('lets go of feeds that are empty again', () => {
    const ledger = take(FEEDS.map((entries, i) => [i, entries.length] as const));
    for (const { origin } of [...ledger.heads()].slice(1, 4)) ledger.set(emptyHead(origin, 'ledger'));
    const leaves = [...ledger.heads()].map((head) => ledgerLeaf(checkpointOf(head)));
    equal(leaves.length, FEEDS.length - 3);
    equal(toHex(ledger.root), toHex(mth(leaves)));
    equal(
      ledger.height,
      [...ledger.heads()].reduce((sum, { size }) => sum + size, 0),
    );
    for (const head of [...ledger.heads()])
      deepEqual(ledger.inclusion(head.origin).index, [...ledger.heads()].indexOf(head));
  });

  it('gives a table of its feeds that stands still, with other heads in place of some', () => {
    const ledger = take([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    const [first, second, third] = [...ledger.heads()];
    if (first === undefined || second === undefined || third === undefined) throw new Error('three feeds are missing');
    const shorter = { ...first, size: 1, peaks: [sha256('one')] };
    const table = ledger.table([shorter, emptyHead(second.origin, 'ledger'), emptyHead(testKey(9).peer, 'ledger')]);
    ledger.set({ ...third, size: 3, peaks: [sha256('two'), sha256('one')] });
    deepEqual(table.origins, [first.origin, third.origin]);
    deepEqual([table.size(0), table.size(1)], [1, 2]);
    deepEqual(ledger.table([]).origins, [first.origin, second.origin, third.origin]);
  });

  it('differs with one entry more, one feed more, or another size', () => {
    const roots = [
      take([]),
      take([[0, 1]]),
      take([[0, 2]]),
      take([[1, 1]]),
      take([
        [0, 1],
        [1, 1],
      ]),
    ].map(({ root }) => toHex(root));
    equal(new Set(roots).size, roots.length);
    const { origin, size, root } = checkpointOf(take([[0, 1]]).head(ALICE.peer));
    notEqual(toHex(ledgerLeaf({ origin, size: size + 1, root })), toHex(ledgerLeaf({ origin, size, root })));
  });

  it('of nothing is the empty root, and a head without entries is nothing', () => {
    const ledger = new Ledger();
    ledger.set(emptyHead(ALICE.peer, 'ledger'));
    equal(toHex(ledger.root), toHex(EMPTY_ROOT));
    equal(ledger.feedCount, 0);
    deepEqual(plain(ledger.head(BOB.peer)), plain(emptyHead(BOB.peer, 'ledger')));
  });

  it('refuses an origin that is no peer ID', () => {
    throws(() => ledgerLeaf({ origin: 'alice', size: 1, root: EMPTY_ROOT }), { code: 'origin_invalid' });
  });
});
