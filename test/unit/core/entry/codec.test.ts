import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { type EntryParts, encodeEntry, isTypeName, readEntry } from '../../../../src/core/entry/codec.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import { ENTRY_OVERHEAD_BYTES_MAX, TIMESTAMP_MS_MAX } from '../../../../src/core/limits.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

function readAll(bytes: Uint8Array): EntryParts {
  const reader = new BinaryReader(bytes);
  const entry = readEntry(reader);
  reader.end();
  return entry;
}

const anyEntry: fc.Arbitrary<EntryParts> = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom('RECEIPT', 'SCAR', 'SYNC_EVENT', 'SYNC_CONFIRMED'),
      fc.stringMatching(/^[A-Z][A-Z0-9_]{0,31}$/),
    ),
    timestampMs: fc.integer({ min: 0, max: TIMESTAMP_MS_MAX }),
    nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    body: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);

describe('binary entry (R-20)', () => {
  for (const vector of vectorList('entries.json', 'entries')) {
    it(`reads the ${text(vector.name)} of the vectors, and writes it again byte for byte`, () => {
      const bytes = hex(vector.binary);
      const entry = readAll(bytes);
      equal(new TextDecoder().decode(entry.body), vector.body);
      equal(toHex(entry.signature), vector.signature);
      equal(toHex(encodeEntry(entry)), vector.binary);
    });
  }

  it('gives back whatever was written', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const bytes = encodeEntry(entry);
        deepEqual({ ...readAll(bytes) }, entry);
        ok(bytes.length <= entry.body.length + ENTRY_OVERHEAD_BYTES_MAX);
      }),
    );
  });

  it('has one form: what can be read is what would be written', () => {
    const mutant = fc.tuple(anyEntry, fc.nat(), fc.integer({ min: 1, max: 255 }));
    let read = 0;
    fc.assert(
      fc.property(mutant, ([entry, where, change]) => {
        const bytes = encodeEntry(entry);
        const at = where % Math.min(bytes.length, 40);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        let again: EntryParts;
        try {
          again = readAll(bytes);
        } catch (error) {
          ok(error instanceof TessraxError && error.code.startsWith('wire_'), String(error));
          return;
        }
        read++;
        equal(toHex(encodeEntry(again)), toHex(bytes));
      }),
      { numRuns: 500 },
    );
    ok(read > 50, `only ${read} mutants could be read`);
  });
});

describe('binary entry: refused', () => {
  for (const { what, bytes, code } of byteRefusals('entries')) {
    it(what, () => throws(() => readAll(hex(bytes)), { code }));
  }

  for (const vector of vectorList('entries.json', 'entries')) {
    it(`the ${text(vector.name)} cut off anywhere`, () => {
      const bytes = hex(vector.binary);
      for (let length = 0; length < bytes.length; length++) {
        throws(() => readAll(bytes.subarray(0, length)), { code: 'wire_truncated' });
      }
    });
  }
});

describe('type names', () => {
  const good = ['A', 'RECEIPT', 'A1', 'A_', 'A'.repeat(32)];
  const bad = ['', 'a', '1', '_A', 'A-B', 'A B', 'A\n', 'Ä', 'A'.repeat(33), 'A\u0000'];
  for (const name of good) it(`${name} is one`, () => equal(isTypeName(name), true));
  for (const name of bad) it(`${JSON.stringify(name)} is none`, () => equal(isTypeName(name), false));
});
