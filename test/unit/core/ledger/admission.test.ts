import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { ADMISSION_CASES } from '../../../../scripts/vectors/feeds.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { admit, emptyHead, judge } from '../../../../src/core/ledger/admission.ts';
import { rootOfLeaves, rootOfPeaks } from '../../../../src/core/merkle/compact-range.ts';
import { ALICE, EPOCH_MS, plain, receipts } from '../fixtures.ts';

const ENTRIES = receipts(ALICE, 12);
const EMPTY = emptyHead(ALICE.peer, 'ledger');
const LATER_MS = EPOCH_MS + 60_000;

describe('verdict on the next entry (R-21 to R-27)', () => {
  for (const { what, head, entry, wallMs, verdict } of ADMISSION_CASES) {
    it(`${what}: ${JSON.stringify(verdict)}`, () => deepEqual(judge(head, entry, wallMs), verdict));
  }
});

describe('admission of a run', () => {
  it('takes all of it, and its head is that of the whole feed', () => {
    const { accepted, duplicates, head, stopped } = admit(EMPTY, ENTRIES, LATER_MS);
    equal(accepted.length, 12);
    equal(duplicates, 0);
    equal(stopped, undefined);
    const last = ENTRIES.at(-1);
    equal(head.size, 12);
    equal(toHex(head.hash), toHex(last?.hash ?? new Uint8Array()));
    equal(head.timestampMs, last?.timestampMs);
    equal(toHex(rootOfPeaks(head.peaks)), toHex(rootOfLeaves(ENTRIES.map(({ hash }) => hash))));
  });

  it('makes a head of its own memory, which keeps no frame that entries came in', () => {
    const framed = ENTRIES.map((entry) => ({ ...entry, hash: inFrame(entry.hash), nonce: inFrame(entry.nonce) }));
    const { hash, nonce, peaks } = admit(EMPTY, framed, LATER_MS).head;
    for (const bytes of [hash, nonce, ...peaks]) equal(bytes.buffer.byteLength, bytes.length);
  });

  it('gives the same head however the feed is cut into runs, repeated or overlapping', () => {
    const whole = plain(admit(EMPTY, ENTRIES, LATER_MS).head);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 12 })), { maxLength: 20 }), (cuts) => {
        let head = EMPTY;
        for (const [from, length] of [...cuts, [0, 12] as const]) {
          const before = head.size;
          const admission = admit(head, ENTRIES.slice(from, from + length), LATER_MS);
          head = admission.head;
          equal(admission.accepted.length, head.size - before);
          if (from > before) deepEqual(admission.stopped, { verdict: { kind: 'wait', reason: 'gap' }, seq: from });
        }
        deepEqual(plain(head), whole);
      }),
    );
  });

  it('stops at the first entry that is not admitted, and keeps what came before', () => {
    const broken = ENTRIES.map((entry) => (entry.seq === 5 ? { ...entry, prev: entry.hash } : entry));
    const { accepted, head, stopped } = admit(EMPTY, broken, LATER_MS);
    equal(accepted.length, 5);
    deepEqual(stopped, { verdict: { kind: 'reject', reason: 'chain_broken' }, seq: 5 });
    deepEqual(plain(head), plain(admit(EMPTY, ENTRIES.slice(0, 5), LATER_MS).head));
  });

  it('holds what lies in the future, and takes it when its time has come', () => {
    const ahead = ENTRIES.map((entry) =>
      entry.seq < 3 ? entry : { ...entry, timestampMs: entry.timestampMs + 3_600_000 },
    );
    const early = admit(EMPTY, ahead, LATER_MS);
    equal(early.accepted.length, 3);
    const verdict = early.stopped?.verdict;
    equal(verdict?.kind === 'wait' && verdict.reason, 'future');
    const untilMs = verdict?.kind === 'wait' ? (verdict.untilMs ?? 0) : 0;
    equal(admit(early.head, ahead.slice(3, 4), untilMs - 1).accepted.length, 0);
    equal(admit(early.head, ahead.slice(3, 4), untilMs).accepted.length, 1);
  });
});

describe('admission of a run: what it leaves and what it names', () => {
  it('does not touch the head it was given', () => {
    const { head } = admit(EMPTY, ENTRIES.slice(0, 3), LATER_MS);
    const before = plain(head);
    admit(head, ENTRIES.slice(3), LATER_MS);
    deepEqual(plain(head), before);
  });

  it('names each subtree that it completes, once, with its feed', () => {
    const many = receipts(ALICE, 520);
    const subtrees = [
      ...admit(EMPTY, many.slice(0, 300), EPOCH_MS * 2).subtrees,
      ...admit(admit(EMPTY, many.slice(0, 300), EPOCH_MS * 2).head, many.slice(300), EPOCH_MS * 2).subtrees,
    ];
    deepEqual(
      subtrees.map(({ origin, log, level, index }) => ({ origin, log, level, index })),
      [0, 1].map((index) => ({ origin: ALICE.peer, log: 'ledger', level: 8, index })),
    );
    const hashes = many.map(({ hash }) => hash);
    deepEqual(
      subtrees.map(({ hash }) => toHex(hash)),
      [rootOfLeaves(hashes.slice(0, 256)), rootOfLeaves(hashes.slice(256, 512))].map(toHex),
    );
  });
});

/** The bytes as a reader of frames gives them out: a view of much more. */
function inFrame(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1024);
  frame.set(bytes, 512);
  return frame.subarray(512, 512 + bytes.length);
}
