/** Reading the files of LevelDB: the checksum by its published values, Snappy by hand-made blocks, most of them to be refused. */
import assert from 'node:assert/strict';
import { crc32c } from '../../../src/store/crc32c.ts';
import { unpackSnappy } from '../../../src/store/snappy.ts';
import { damageOfTable } from '../../../src/store/table-file.ts';

describe('CRC-32C', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  for (const [name, bytes, crc] of [
    ['nothing', new Uint8Array(0), 0],
    ['32 zeros (RFC 3720, B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 ones (RFC 3720, B.4)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 ascending bytes (RFC 3720, B.4)', ascending, 0x46dd794e],
    ['32 descending bytes (RFC 3720, B.4)', ascending.toReversed(), 0x113fdb5c],
    ['the check string', Buffer.from('123456789'), 0xe3069283],
  ] as const) {
    it(`of ${name}`, () => {
      assert.equal(crc32c(bytes), crc);
    });
  }
  it('does not depend on where the bytes lie', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i * 7);
    for (let offset = 0; offset < 9; offset++) {
      const moved = new Uint8Array(120);
      moved.set(bytes, offset);
      assert.equal(crc32c(moved.subarray(offset, offset + 100)), crc32c(bytes));
    }
  });
});

describe('Snappy', () => {
  const text = (length: number) => Uint8Array.from({ length }, (_, i) => 65 + (i % 26));
  const unpack = (...bytes: number[]) => unpackSnappy(Uint8Array.from(bytes), 1000);
  const literal = (length: number) => [(length - 1) << 2, ...text(length)];

  it('unpacks literals of all lengths', () => {
    assert.deepEqual(unpack(0), new Uint8Array(0));
    assert.deepEqual(unpack(5, ...literal(5)), text(5));
    assert.deepEqual(unpack(60, ...literal(60)), text(60));
    assert.deepEqual(unpack(61, 60 << 2, 60, ...text(61)), text(61));
    assert.deepEqual(unpack(0x80 | 0x2c, 2, 61 << 2, 0x2b, 1, ...text(300)), text(300));
  });
  it('unpacks copies of all kinds, also overlapping ones', () => {
    assert.deepEqual(unpack(6, ...literal(2), 0b000_000_01, 2), Uint8Array.of(65, 66, 65, 66, 65, 66));
    assert.deepEqual(unpack(5, ...literal(3), ((2 - 1) << 2) | 2, 3, 0), Uint8Array.of(65, 66, 67, 65, 66));
    assert.deepEqual(unpack(5, ...literal(3), ((2 - 1) << 2) | 3, 1, 0, 0, 0), Uint8Array.of(65, 66, 67, 67, 67));
  });
  for (const [what, bytes] of [
    ['nothing at all', []],
    ['a length without end', [0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ['a length above the bound', [0xe9, 7, ...literal(5)]],
    ['less than it says', [6, ...literal(5)]],
    ['more than it says', [4, ...literal(5)]],
    ['a literal that is cut off', [5, 4 << 2, 65]],
    ['a copy that is cut off', [6, ...literal(2), 1]],
    ['a copy from before the start', [6, ...literal(2), 0b000_000_01, 3]],
    ['a copy from nowhere', [6, ...literal(2), 0b000_000_01, 0]],
    ['a copy beyond the end', [5, ...literal(2), 0b000_000_01, 2]],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.equal(unpack(...bytes), undefined);
    });
  }
});

describe('a table', () => {
  for (const length of [0, 47, 48, 500]) {
    it(`of ${length} zeros is none`, () => {
      assert.equal(damageOfTable(new Uint8Array(length)), 'its footer is damaged');
    });
  }
});
