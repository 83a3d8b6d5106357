import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { sha256 } from '#sha256';
import { defaultThreshold } from '../../../../src/core/federation/genesis.ts';
import { Tally } from '../../../../src/core/federation/tally.ts';
import type { Vote } from '../../../../src/core/federation/vote.ts';
import { ROOTS_HELD_MAX } from '../../../../src/core/limits.ts';
import { ALICE, testKey } from '../fixtures.ts';

const WITNESSES = [11, 12, 13, 14].map((value) => testKey(value).peer);
const SET = new Set(WITNESSES);

/** Root of branch `branch` at a size: one branch is ours. */
function root(size: number, branch = 'ours'): Uint8Array {
  return sha256(`${branch} ${size}`);
}

function vote(witness: string, size: number, branch = 'ours'): Vote {
  return {
    witness,
    checkpoint: { origin: ALICE.peer, size, root: root(size, branch) },
    core: new Uint8Array(),
    signature: new Uint8Array(64),
    tree: 'changed',
    index: 0,
    path: [],
  };
}

/** Compares all that can be compared by a node that holds so much. */
function count(tally: Tally, held: number): void {
  for (const heard of tally.comparable(held)) tally.compare(heard, root(heard.checkpoint.size));
}

describe('tally (R-81, R-82)', () => {
  it('certifies the largest size that a threshold reaches', () => {
    const tally = new Tally();
    const sizes = [9, 4, 7, 2];
    for (const [i, witness] of WITNESSES.entries()) tally.hear(vote(witness, sizes[i] ?? 0));
    count(tally, 10);
    deepEqual(
      [1, 2, 3, 4, 5].map((threshold) => tally.certifiedSize({ witnesses: SET, threshold })),
      [9, 7, 4, 2, 0],
    );
    deepEqual(
      tally
        .reaching(4)
        .map(({ checkpoint }) => checkpoint.size)
        .sort(),
      [4, 7, 9],
    );
  });

  it('knows our roots at the sizes that the feed had last, so many', () => {
    const tally = new Tally();
    for (let size = 1; size <= ROOTS_HELD_MAX + 2; size++) tally.hold({ size, root: root(size) });
    deepEqual([tally.heldRoot(1), tally.heldRoot(2)], [undefined, undefined]);
    for (let size = 3; size <= ROOTS_HELD_MAX + 2; size++) deepEqual(tally.heldRoot(size), new Uint8Array(root(size)));
  });

  it('knows no root of what was cut off: the feed may grow into another branch', () => {
    const tally = new Tally();
    for (const size of [2, 3, 5]) tally.hold({ size, root: root(size, 'theirs') });
    tally.hold({ size: 3, root: root(3) });
    deepEqual([tally.heldRoot(3), tally.heldRoot(5)], [new Uint8Array(root(3)), undefined]);
  });

  it('counts a witness once, by its largest vote', () => {
    const tally = new Tally();
    const [one = '', two = ''] = WITNESSES;
    for (const size of [3, 5, 4]) {
      tally.hear(vote(one, size));
      count(tally, 10);
    }
    tally.hear(vote(two, 4));
    count(tally, 10);
    equal(tally.agreedSize(one), 5);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 2 }), 4);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 3 }), 0);
  });

  it('does not count who is no witness, nor another branch, nor what we do not hold', () => {
    const tally = new Tally();
    const [one = '', two = '', three = ''] = WITNESSES;
    tally.hear(vote(testKey(99).peer, 5));
    tally.hear(vote(one, 5, 'theirs'));
    tally.hear(vote(two, 5));
    tally.hear(vote(three, 50));
    count(tally, 10);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 1 }), 5);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 2 }), 0);
    deepEqual(tally.comparable(49), []);
    equal(tally.comparable(50).length, 1);
  });

  it('counts the smaller vote of a witness that cut its feed, while its larger one waits', () => {
    const tally = new Tally();
    const [one = ''] = WITNESSES;
    tally.hear(vote(one, 9, 'theirs'));
    tally.hear(vote(one, 4, 'theirs'));
    tally.hear(vote(one, 5));
    equal(tally.comparable(5).length, 1, 'the last of the smaller ones');
    count(tally, 5);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 1 }), 5);
    equal(tally.isWaiting, true);
    count(tally, 9);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 1 }), 5);
    equal(tally.isWaiting, false);
  });

  it('keeps the agreement of a witness that later votes for another branch', () => {
    const tally = new Tally();
    const [one = ''] = WITNESSES;
    tally.hear(vote(one, 5));
    count(tally, 10);
    tally.hear(vote(one, 8, 'theirs'));
    count(tally, 10);
    equal(tally.certifiedSize({ witnesses: SET, threshold: 1 }), 5);
  });
});

describe('tally: for any votes', () => {
  it('gives the same result in whatever order votes come', () => {
    const votes = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 20 })), { maxLength: 12 });
    fc.assert(
      fc.property(
        votes.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          const results = [list, shuffled].map((order) => {
            const tally = new Tally();
            for (const [witness, size] of order) tally.hear(vote(WITNESSES[witness] ?? '', size));
            count(tally, 20);
            return [1, 2, 3, 4].map((threshold) => tally.certifiedSize({ witnesses: SET, threshold }));
          });
          deepEqual(results[0], results[1]);
        },
      ),
    );
  });

  it('never certifies two branches, while less than a third of the witnesses vote for both', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (n, a, b) => {
          const witnesses = Array.from({ length: n }, (_, i) => `w${i}`);
          const faulty = Math.floor((n - 1) / 3);
          const ours = new Tally();
          const theirs = new Tally();
          witnesses.forEach((witness, i) => {
            const both = i < faulty;
            if (both || i % 2 === 0) ours.hear(vote(witness, a));
            if (both || i % 2 === 1) theirs.hear(vote(witness, b));
          });
          count(ours, 9);
          count(theirs, 9);
          const certified = [ours, theirs].filter(
            (tally) => tally.certifiedSize({ witnesses: new Set(witnesses), threshold: defaultThreshold(n) }) > 0,
          );
          equal(certified.length <= 1, true);
        },
      ),
    );
  });
});
