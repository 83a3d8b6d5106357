import { deepEqual, equal } from 'node:assert/strict';
import { toHex } from '../../../../src/core/bytes.ts';
import { blocksOf, endsBlock } from '../../../../src/core/entry/blocks.ts';
import { type Candidate, examineRun } from '../../../../src/core/entry/examine.ts';
import { admit, emptyHead } from '../../../../src/core/ledger/admission.ts';
import { BLOCK_LEAVES } from '../../../../src/core/merkle/compact-range.ts';
import { deltaRoot } from '../../../../src/core/sync/delta.ts';
import { mth } from '../../../reference/merkle.ts';
import { ALICE, BOB, EPOCH_MS, FEDERATION, plain, receipts, runOfEntries } from '../fixtures.ts';

const LATER_MS = EPOCH_MS * 2;
const FEED = receipts(ALICE, 2 * BLOCK_LEAVES + 100);
const OTHER = receipts(BOB, BLOCK_LEAVES + 100);

/** As they come off the wire: with the blocks that are all there. */
function arrived(from: number, to: number, feed = FEED): Candidate[] {
  return examineRun(runOfEntries(feed.slice(from, to)), FEDERATION.id);
}

function blockEnds(entries: readonly Candidate[]): number[] {
  return entries.flatMap(({ seq, block }) => (block === undefined ? [] : [seq]));
}

function rootOf(entries: readonly Candidate[]): string {
  return toHex(mth(entries.map(({ hash }) => hash)));
}

describe('blocks of a feed', () => {
  it('are hashed once all of their entries are there, and end at multiples of their size', () => {
    deepEqual(blockEnds(arrived(0, FEED.length)), [255, 511]);
    deepEqual(blockEnds(arrived(0, 255)), []);
    deepEqual(blockEnds(arrived(1, 256)), []);
    deepEqual(blockEnds(arrived(256, 512)), [511]);
    deepEqual(blockEnds(arrived(100, 600)), [511]);
    const [first, second] = [255, 511].map((seq) => arrived(0, 512)[seq]?.block);
    equal(toHex(first ?? new Uint8Array()), rootOf(FEED.slice(0, 256)));
    equal(toHex(second ?? new Uint8Array()), rootOf(FEED.slice(256, 512)));
  });

  it('are found in a row only where the row holds all of one', () => {
    const row = [...arrived(0, 512).slice(1), ...arrived(0, 256, OTHER)];
    const known = blocksOf(row);
    const found = row.flatMap((_, at) => (known(at) === undefined ? [] : [at]));
    deepEqual(found, [510, 766]);
    equal(endsBlock(row, 254), false); // its first entry is not in the row
    equal(endsBlock(row, 9999), false);
  });

  it('give the root of a delta wherever its runs begin, and however many there are', () => {
    for (const [from, to] of [
      [0, 612],
      [256, 612],
      [512, 612],
      [100, 612],
      [255, 600],
      [0, 256],
    ] as const) {
      equal(toHex(deltaRoot([arrived(from, to)])), rootOf(FEED.slice(from, to)), `${from} to ${to}`);
    }
    const behind = [arrived(100, 200), arrived(0, 256, OTHER)];
    equal(toHex(deltaRoot(behind)), rootOf(behind.flat()));
    const before = [arrived(0, 256, OTHER), arrived(256, 512)];
    equal(toHex(deltaRoot(before)), rootOf(before.flat()));
    const end = arrived(256, 512).slice(100); // as long as a block with what stands before it, and no block
    for (const start of [arrived(0, 100), arrived(256, 356, OTHER)]) {
      equal(toHex(deltaRoot([start, end])), rootOf([...start, ...end]));
    }
  });

  it('give the head and subtrees of the feed, in whatever parts it is admitted', () => {
    const head = emptyHead(ALICE.peer, 'ledger');
    const whole = admit(head, FEED, LATER_MS);
    for (const cuts of [[612], [256, 512, 612], [100, 512, 612], [255, 256, 300, 612], [511, 612]]) {
      let last = admit(head, [], LATER_MS);
      const subtrees: unknown[] = [];
      for (const cut of cuts) {
        last = admit(last.head, arrived(last.head.size, cut), LATER_MS);
        subtrees.push(...last.subtrees);
      }
      deepEqual(plain(last.head), plain(whole.head), cuts.join());
      deepEqual(plain(subtrees), plain(whole.subtrees), cuts.join());
    }
  });

  it('are not taken where only a part of one is admitted', () => {
    const broken = arrived(0, 512).map((entry) => (entry.seq === 400 ? { ...entry, prev: entry.hash } : entry));
    const { head, stopped } = admit(emptyHead(ALICE.peer, 'ledger'), broken, LATER_MS);
    equal(stopped?.seq, 400);
    deepEqual(plain(head), plain(admit(emptyHead(ALICE.peer, 'ledger'), FEED.slice(0, 400), LATER_MS).head));
  });
});
