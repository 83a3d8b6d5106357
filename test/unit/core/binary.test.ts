import { equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { BinaryReader, BinaryWriter } from '../../../src/core/binary.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { TessraxError } from '../../../src/core/errors.ts';

function written(value: number): Uint8Array {
  return new BinaryWriter(1).varint(value).finish();
}

const EXAMPLES: readonly (readonly [number, string])[] = [
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [16_383, 'ff7f'],
  [16_384, '808001'],
  [2 ** 31, '8080808008'],
  [2 ** 32, '8080808010'],
  [2 ** 49, '8080808080808001'],
  [2 ** 53 - 1, 'ffffffffffffff0f'],
];

const REFUSED: readonly (readonly [string, string])[] = [
  ['8000', 'a zero behind'],
  ['ff00', 'a zero behind'],
  ['80808000', 'zeros behind'],
  ['8080808080808010', '2^53'],
  ['ffffffffffffff10', 'more than 2^53'],
  ['ffffffffffffff7f', '2^56 - 1'],
  ['808080808080808001', 'nine bytes'],
  ['ffffffffffffffffff', 'no end within eight bytes'],
];

describe('numbers of the binary forms (R-19)', () => {
  for (const [value, bytes] of EXAMPLES) {
    it(`${value} is ${bytes}`, () => {
      equal(toHex(written(value)), bytes);
      equal(new BinaryReader(written(value)).varint(), value);
    });
  }

  for (const [bytes, what] of REFUSED) {
    it(`${bytes} is refused: ${what}`, () => {
      throws(() => new BinaryReader(Buffer.from(bytes, 'hex')).varint(), { code: 'wire_number' });
    });
  }

  it('are read as they were written, and have one form', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = written(value);
        equal(new BinaryReader(bytes).varint(), value);
        for (let length = 0; length < bytes.length; length++) {
          throws(() => new BinaryReader(bytes.subarray(0, length)).varint(), { code: 'wire_truncated' });
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 9 }), (bytes) => {
        const reader = new BinaryReader(bytes);
        try {
          const value = reader.varint();
          equal(toHex(written(value)), toHex(bytes.subarray(0, reader.position)));
        } catch (error) {
          ok(error instanceof TessraxError && /^wire_(number|truncated)$/.test(error.code), String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reader', () => {
  it('gives views, and knows where it is', () => {
    const frame = Uint8Array.of(1, 2, 3, 4);
    const reader = new BinaryReader(frame);
    const two = reader.bytes(2);
    equal(two.buffer, frame.buffer);
    equal(reader.position, 2);
    equal(reader.remaining, 2);
    equal(toHex(reader.slice(1, 3)), '0203');
    equal(reader.byte(), 3);
    throws(() => reader.end(), { code: 'wire_trailing' });
    equal(reader.byte(), 4);
    reader.end();
  });

  it('never reads behind the end', () => {
    throws(() => new BinaryReader(new Uint8Array()).byte(), { code: 'wire_truncated' });
    throws(() => new BinaryReader(new Uint8Array(3)).bytes(4), { code: 'wire_truncated' });
    throws(() => new BinaryReader(new Uint8Array(3)).bytes(Number.MAX_SAFE_INTEGER), { code: 'wire_truncated' });
    const inside = new BinaryReader(new Uint8Array(10).subarray(0, 3));
    inside.bytes(3);
    throws(() => inside.byte(), { code: 'wire_truncated' });
  });

  it('says where in the whole a part lies, which it has passed over', () => {
    const reader = new BinaryReader(Uint8Array.of(1, 2, 3, 4));
    equal(reader.byte(), 1);
    equal(reader.skip(2), 1);
    equal(reader.byte(), 4);
    equal(toHex(reader.whole), '01020304');
    throws(() => reader.skip(1), { code: 'wire_truncated' });
  });

  it('holds a count against its bound', () => {
    equal(new BinaryReader(written(5)).count(5, 'things'), 5);
    throws(() => new BinaryReader(written(6)).count(5, 'things'), { code: 'wire_count', fields: { value: 6, max: 5 } });
  });
});

describe('writer', () => {
  it('grows as it must, and ends where the text ends', () => {
    const writer = new BinaryWriter(1);
    for (let i = 0; i < 1000; i++) writer.byte(i & 0xff).bytes(Uint8Array.of(7, 7));
    equal(writer.length, 3000);
    const bytes = writer.finish();
    equal(bytes.length, 3000);
    equal(bytes[2997], 999 & 0xff);
  });

  it('takes a part out of other bytes', () => {
    const source = Uint8Array.from({ length: 100 }, (_, i) => i);
    equal(toHex(new BinaryWriter(1).part(source, 3, 2).part(source, 99, 1).part(source, 0, 0).finish()), '030463');
  });
});
