import { deepEqual, equal, throws } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { type BareHeader, encodeBareHeader, readBareHeader } from '../../../../src/core/entry/bare-header.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import { headerHash } from '../../../../src/core/ledger/fork.ts';
import { BODY_BYTES_MAX, TIMESTAMP_MS_MAX } from '../../../../src/core/limits.ts';
import { ALICE, chain, FEDERATION, plain, receipt } from '../fixtures.ts';
import { headerOf } from '../forks.ts';
import { hex, number, text, vectorList } from '../vectors.ts';

const ENTRIES = chain(ALICE, [receipt(0), { type: 'MEMO', body: { text: 'é' } }]);

function read(bytes: Uint8Array): BareHeader {
  const reader = new BinaryReader(bytes);
  const header = readBareHeader(reader);
  reader.end();
  return header;
}

describe('bare header (R-90)', () => {
  for (const vector of vectorList('proofs.json', 'bare_headers')) {
    it(`${text(vector.name)} of the vectors is read, written again, and has its receipt hash`, () => {
      const header = read(hex(vector.bytes));
      equal(toHex(encodeBareHeader(header)), vector.bytes);
      const place = { origin: text(vector.origin), seq: number(vector.seq), prev: hex(vector.prev) };
      equal(toHex(headerHash(place, header, FEDERATION.id)), vector.receipt_hash);
    });
  }

  it('has all of an entry but its body, which it names', () => {
    for (const entry of ENTRIES) {
      const { body, ...parts } = readEntry(new BinaryReader(entry.bytes));
      const header = headerOf(entry);
      deepEqual(plain(header), plain({ ...parts, bodyHash: sha256(body), bodySize: body.length }));
      equal(toHex(headerHash(entry, header, FEDERATION.id)), toHex(entry.hash));
      deepEqual(plain(read(encodeBareHeader(header))), plain(header));
    }
  });
});

describe('bare header: refused', () => {
  const [entry] = ENTRIES;
  if (entry === undefined) throw new Error('there are entries');
  const header = headerOf(entry);

  it('cut off anywhere, or with a byte behind it', () => {
    const bytes = encodeBareHeader(header);
    for (let length = 0; length < bytes.length; length++) {
      throws(() => read(bytes.subarray(0, length)), { code: 'wire_truncated' }, String(length));
    }
    throws(() => read(Uint8Array.of(...bytes, 0)), { code: 'wire_trailing' });
  });

  it('with a time or a size beyond the limits', () => {
    throws(() => read(encodeBareHeader({ ...header, timestampMs: TIMESTAMP_MS_MAX + 1 })), { code: 'wire_count' });
    throws(() => read(encodeBareHeader({ ...header, bodySize: BODY_BYTES_MAX + 1 })), { code: 'wire_count' });
  });
});
