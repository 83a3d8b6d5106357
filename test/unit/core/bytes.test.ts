import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { compareBytes, compareParts, concat, equalBytes, fromHex, toHex } from '../../../src/core/bytes.ts';

describe('hex', () => {
  it('goes there and back, views included', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(10), (bytes, skip) => {
        const view = bytes.subarray(Math.min(skip, bytes.length));
        const back = fromHex(toHex(view), view.length);
        deepEqual(back, Uint8Array.from(view));
      }),
    );
  });

  const refused: readonly (readonly [string, number])[] = [
    ['0', 1],
    ['00', 2],
    ['0000', 1],
    ['AB', 1],
    ['0x', 1],
    ['g0', 1],
    [' 0', 1],
    ['0\n', 1],
    ['é0', 1],
  ];
  for (const [text, size] of refused) {
    it(`${JSON.stringify(text)} is not ${size} bytes`, () => equal(fromHex(text, size), undefined));
  }
});

describe('bytes', () => {
  it('joins', () => {
    equal(toHex(concat()), '');
    equal(toHex(concat(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))), '010203');
  });

  it('compares parts of others where they lie', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.nat(4),
        fc.nat(4),
        fc.nat(4),
        (bytes, a, b, length) => {
          const [first, second] = [bytes.subarray(a, a + length), bytes.subarray(b, b + length)];
          equal(Math.sign(compareParts(bytes, a, bytes, b, length)), Buffer.compare(first, second));
        },
      ),
    );
  });

  it('compares as unsigned bytes, as Node does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
        equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
      }),
    );
    equal(compareBytes(Uint8Array.of(0xff), Uint8Array.of(0x01)) > 0, true);
    equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
  });
});
