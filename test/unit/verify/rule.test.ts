import assert from 'node:assert/strict';
import { ORDER_BYTES, PRIME_BYTES, passesByteChecks, SMALL_ORDER_Y } from '../../../src/verify/rule.ts';
import * as twin from '../../reference/ed25519.ts';
import { flip, goodJobs } from '../../suites/signature-cases.ts';

const PRIME = 2n ** 255n - 19n;

describe('byte checks of the signature rule', () => {
  const [good] = goodJobs(1);
  const key = good?.key ?? new Uint8Array();
  const signature = good?.signature ?? new Uint8Array();
  const withR = (r: Uint8Array): Uint8Array => Uint8Array.of(...r, ...signature.slice(32));
  const withS = (s: bigint): Uint8Array => Uint8Array.of(...signature.slice(0, 32), ...twin.numberToBytes(s));

  it('has the constants of RFC 8032', () => {
    assert.equal(twin.bytesToNumber(ORDER_BYTES), twin.L);
    assert.equal(twin.bytesToNumber(PRIME_BYTES), PRIME);
  });

  it('lets a good signature through', () => {
    assert.equal(passesByteChecks(signature, key), true);
  });

  it('lists exactly the points of small order: every multiple of one of order 8, in both encodings where there are two', () => {
    const derived = new Set<bigint>();
    for (let i = 0n; i < 8n; i++) {
      const encoded = twin.bytesToNumber(twin.encodePoint(twin.multiply(i, twin.ORDER_8)));
      const y = encoded & (2n ** 255n - 1n);
      derived.add(y);
      if (y + PRIME < 2n ** 255n) derived.add(y + PRIME);
    }
    assert.deepEqual([...SMALL_ORDER_Y.map(twin.bytesToNumber)].sort(), [...derived].sort());
  });

  for (const y of SMALL_ORDER_Y) {
    for (const encoding of [y, flip(y, 255)]) {
      it(`refuses ${Buffer.from(encoding).toString('hex').slice(0, 8)}…${(encoding[31] ?? 0).toString(16)} as key and as R`, () => {
        assert.equal(passesByteChecks(signature, encoding), false);
        assert.equal(passesByteChecks(withR(encoding), key), false);
      });
    }
  }

  it('refuses every encoding with y of p or more, with either sign', () => {
    for (let y = PRIME; y < 2n ** 255n; y++) {
      for (const sign of [0n, 2n ** 255n]) {
        const encoding = twin.numberToBytes(y + sign);
        assert.equal(passesByteChecks(signature, encoding), false, `key, p + ${y - PRIME}`);
        assert.equal(passesByteChecks(withR(encoding), key), false, `R, p + ${y - PRIME}`);
      }
    }
  });

  it('lets y = p - 2 through, which is canonical', () => {
    assert.equal(passesByteChecks(signature, twin.numberToBytes(PRIME - 2n)), true);
  });

  it('takes S below L, and nothing from L on', () => {
    const verdicts = [0n, 1n, twin.L - 1n, twin.L, twin.L + 1n, 2n ** 253n, 2n ** 256n - 1n].map((s) =>
      passesByteChecks(withS(s), key),
    );
    assert.deepEqual(verdicts, [true, true, true, false, false, false, false]);
  });

  it('refuses other sizes', () => {
    assert.equal(passesByteChecks(signature.slice(0, 63), key), false);
    assert.equal(passesByteChecks(Uint8Array.of(...signature, 0), key), false);
    assert.equal(passesByteChecks(signature, key.slice(0, 31)), false);
    assert.equal(passesByteChecks(signature, Uint8Array.of(...key, 0)), false);
    assert.equal(passesByteChecks(new Uint8Array(), new Uint8Array()), false);
  });
});
