import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { compareBytes, toHex } from '../../../../src/core/bytes.ts';
import { type Author, authorEntry } from '../../../../src/core/entry/author.ts';
import { examineRun } from '../../../../src/core/entry/examine.ts';
import type { Draft } from '../../../../src/core/events.ts';
import { admit, emptyHead, judge } from '../../../../src/core/ledger/admission.ts';
import { BODY_BYTES_MAX } from '../../../../src/core/limits.ts';
import { ALICE, authorOf, EPOCH_MS, FEDERATION, isValid, receipt, runOfEntries } from '../fixtures.ts';

const EMPTY = emptyHead(ALICE.peer, 'ledger');

function refused(draft: Draft, code: string): void {
  throws(() => authorEntry(authorOf(ALICE), EMPTY, draft, EPOCH_MS), { code });
}

describe('author', () => {
  it('makes entries that its own examination and admission take', () => {
    const author = authorOf(ALICE);
    let head = EMPTY;
    for (let i = 0; i < 20; i++) {
      const entry = authorEntry(author, head, receipt(i), EPOCH_MS + i);
      const [examined] = examineRun(runOfEntries([entry]), FEDERATION.id);
      ok(examined !== undefined);
      equal(toHex(examined.hash), toHex(entry.hash));
      deepEqual(examined.jobs.map(isValid), [true]);
      deepEqual(judge(head, examined, EPOCH_MS + i), { kind: 'accept' });
      head = admit(head, [examined], EPOCH_MS + i).head;
    }
    equal(head.size, 20);
  });

  it('never goes back in time, whatever the clock does (R-22)', () => {
    const author = authorOf(ALICE);
    const first = authorEntry(author, EMPTY, receipt(0), EPOCH_MS);
    const second = authorEntry(author, { ...first, size: 1 }, receipt(1), EPOCH_MS - 3_600_000);
    equal(second.timestampMs, EPOCH_MS);
  });

  it('takes for a nonce the last one plus one plus 64 random bits (R-23)', () => {
    const zeros: Author = { ...authorOf(ALICE), random: (count) => new Uint8Array(count) };
    const ones: Author = { ...authorOf(ALICE), random: (count) => new Uint8Array(count).fill(0xff) };
    const low = authorEntry(zeros, EMPTY, receipt(0), EPOCH_MS).nonce;
    const high = authorEntry(ones, EMPTY, receipt(0), EPOCH_MS).nonce;
    equal(toHex(low), `${'00'.repeat(15)}01`);
    equal(toHex(high), `${'00'.repeat(7)}01${'00'.repeat(8)}`);
    const carried = authorEntry(
      zeros,
      { ...EMPTY, nonce: new Uint8Array(16).fill(0xff).fill(0, 0, 4) },
      receipt(0),
      EPOCH_MS,
    );
    equal(toHex(carried.nonce), `00000001${'00'.repeat(12)}`);
    ok(compareBytes(high, low) > 0);
  });

  it('signs what the header says, not what the draft object becomes later', () => {
    const body = { payload: { n: 1 } };
    const entry = authorEntry(authorOf(ALICE), EMPTY, { type: 'RECEIPT', body }, EPOCH_MS);
    body.payload.n = 2;
    deepEqual(examineRun(runOfEntries([entry]), FEDERATION.id)[0]?.jobs.map(isValid), [true]);
  });
});

describe('author: drafts refused', () => {
  it('a type that is no name', () => refused({ type: 'receipt', body: {} }, 'type_invalid'));
  it('a type of 33 letters', () => refused({ type: 'A'.repeat(33), body: {} }, 'type_invalid'));
  it('a receipt without payload', () => refused({ type: 'RECEIPT', body: {} }, 'schema_violation'));
  it('a journal type', () => refused({ type: 'SYNC_EVENT', body: {} }, 'schema_violation'));
  it('a reserved member', () => refused({ type: 'NOTE', body: { signature: 'mine' } }, 'schema_violation'));
  it('a number that JSON lacks', () => refused({ type: 'NOTE', body: { a: Number.NaN } }, 'json_number_not_finite'));
  it('half a surrogate pair', () => refused({ type: 'NOTE', body: { a: '\ud800' } }, 'json_lone_surrogate'));

  it('a body one byte too large, and takes the largest', () => {
    const frame = '{"a":""}'.length;
    const fits = 'x'.repeat(BODY_BYTES_MAX - frame);
    ok(
      authorEntry(authorOf(ALICE), EMPTY, { type: 'NOTE', body: { a: fits } }, EPOCH_MS).bytes.length > BODY_BYTES_MAX,
    );
    refused({ type: 'NOTE', body: { a: `${fits}x` } }, 'body_too_large');
    refused({ type: 'NOTE', body: { a: `${fits.slice(1)}é` } }, 'body_too_large');
  });
});
