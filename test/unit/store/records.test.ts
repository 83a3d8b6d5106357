import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareBytes } from '../../../src/core/bytes.ts';
import { entryKey, FeedKeys, getUint64, hashKey, headKey, putUint64, seqOfEntryKey } from '../../../src/store/keys.ts';
import * as records from '../../../src/store/records.ts';
import { FeedFixture, hashOf } from './feed-fixture.ts';

const feed = new FeedFixture('a');
feed.grow(11);
const keys = new FeedKeys();
const feedKey = keys.of(feed.origin, 'ledger');
const seqs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('keys', () => {
  it('order entries as their sequence numbers', () => {
    fc.assert(
      fc.property(seqs, seqs, (a, b) => {
        const order = compareBytes(entryKey(feedKey, a), entryKey(feedKey, b));
        assert.equal(Math.sign(order), Math.sign(a - b));
        assert.equal(seqOfEntryKey(entryKey(feedKey, a)), a);
      }),
    );
  });
  it('hold numbers up to 2^53 - 1', () => {
    const bytes = new Uint8Array(9);
    for (const number of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      putUint64(bytes, 1, number);
      assert.equal(getUint64(bytes, 1), number);
    }
    assert.deepEqual(bytes, Uint8Array.of(0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff));
  });
  it('differ between logs and between feeds', () => {
    const journal = keys.of(feed.origin, 'journal');
    const other = keys.of(new FeedFixture('b').origin, 'ledger');
    for (const key of [journal, other]) assert.notDeepEqual(entryKey(key, 1), entryKey(feedKey, 1));
  });
  for (const origin of ['', 'nobody', `${feed.origin}1`, feed.origin.slice(0, -1), feed.origin.replace('1', '0')]) {
    it(`refuse the origin "${origin}"`, () => {
      assert.throws(() => keys.of(origin, 'ledger'), { code: 'peer_id_invalid' });
    });
  }
});

describe('records', () => {
  const place = hashKey('places', hashOf('x'));
  const entry = feed.entries[3];
  assert.ok(entry);
  const entryAt = entryKey(feedKey, 3);
  const headAt = headKey(feedKey);
  const cases: readonly [string, Uint8Array, Uint8Array, (key: Uint8Array, value: Uint8Array) => unknown, unknown][] = [
    [
      'entry',
      entryAt,
      records.sealedEntry(entryAt, entry),
      (k, v) => records.unsealEntry(feed.origin, 'ledger', k, v),
      entry,
    ],
    ['head', headAt, records.sealedHead(headAt, feed.head), records.unsealHead, feed.head],
    [
      'place',
      place,
      records.sealedPlace(place, feedKey, 'journal', 7),
      records.unsealPlace,
      { origin: feed.origin, log: 'journal', seq: 7 },
    ],
    ['hash', place, records.sealedBytes(place, hashOf('y')), records.unsealHash, hashOf('y')],
    ['text', place, records.sealedText(place, 'é'), records.unsealText, 'é'],
    ['number', place, records.sealedNumber(place, 2 ** 40), records.unsealNumber, 2 ** 40],
  ];
  for (const [name, key, value, read, content] of cases) {
    it(`of a ${name} read as written`, () => {
      assert.deepEqual(read(key, value), content);
    });
    it(`of a ${name} are refused with any bit flipped, of key or value`, () => {
      for (let bit = 0; bit < value.length * 8; bit++) {
        assert.throws(() => read(key, flipped(value, bit)), { code: 'store_corrupt' });
      }
      for (let bit = 0; bit < key.length * 8; bit++) {
        assert.throws(() => read(flipped(key, bit), value), { code: 'store_corrupt' });
      }
    });
    it(`of a ${name} are refused when cut`, () => {
      for (let length = 0; length < value.length; length++) {
        assert.throws(() => read(key, value.subarray(0, length)), { code: 'store_corrupt' });
      }
    });
  }
  it('of the wrong length are refused even with the right checksum', () => {
    const short = records.sealedBytes(place, new Uint8Array(7));
    for (const read of [records.unsealHash, records.unsealNumber, records.unsealPlace]) {
      assert.throws(() => read(place, short), { code: 'store_corrupt' });
    }
    assert.throws(() => records.unsealHead(headAt, records.sealedBytes(headAt, new Uint8Array(80))), {
      code: 'store_corrupt',
    });
    const noEntry = records.sealedBytes(entryAt, new Uint8Array(31));
    assert.throws(() => records.unsealEntry(feed.origin, 'ledger', entryAt, noEntry), { code: 'store_corrupt' });
  });
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
