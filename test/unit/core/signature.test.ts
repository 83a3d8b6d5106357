import assert from 'node:assert/strict';
import type { SignatureDomain } from '../../../src/core/events.ts';
import { signedMessage } from '../../../src/core/signature.ts';

describe('signed message', () => {
  const hash = Uint8Array.from({ length: 32 }, (_, i) => i);
  const domains: readonly SignatureDomain[] = ['entry', 'heartbeat', 'review', 'root'];

  for (const domain of domains) {
    it(`is the name of the domain ${domain}, its version, a line feed, and the hash`, () => {
      const expected = Buffer.concat([Buffer.from(`tessrax/${domain}/v1\n`, 'utf8'), hash]);
      assert.deepEqual(Buffer.from(signedMessage(domain, hash)), expected);
    });
  }

  for (const size of [0, 31, 33, 64]) {
    it(`refuses a hash of ${size} bytes`, () => {
      assert.throws(() => signedMessage('entry', new Uint8Array(size)), { code: 'hash_size' });
    });
  }
});
