import assert from 'node:assert/strict';
import { loadBackend } from '../../../src/verify/backend.ts';
import { createNodeSigner, createSigner } from '../../../src/verify/signer.ts';

/** RFC 8032 section 7.1, TEST 1 to TEST 3: seed, public key, message, signature. */
const PUBLISHED: readonly (readonly [seed: string, key: string, message: string, signature: string])[] = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
];

for (const [name, create] of [
  ['the default', createSigner],
  ['node:crypto', createNodeSigner],
] as const) {
  describe(`signer: ${name}`, () => {
    for (const [seed, key, message, signature] of PUBLISHED) {
      it(`signs "${message}" as RFC 8032 does`, () => {
        const signer = create(bytesOf(seed));
        assert.equal(hexOf(signer.publicKey), key);
        assert.equal(hexOf(signer.sign(bytesOf(message))), signature);
        assert.equal(loadBackend('reference').verify(bytesOf(signature), bytesOf(message), signer.publicKey), true);
      });
    }

    it('does not change with the seed it was made from', () => {
      const seed = new Uint8Array(32).fill(7);
      const signer = create(seed);
      const before = signer.sign(bytesOf('00'));
      seed.fill(0);
      assert.deepEqual(signer.sign(bytesOf('00')), before);
    });

    for (const size of [0, 31, 33, 64]) {
      it(`refuses a seed of ${size} bytes`, () => {
        assert.throws(() => create(new Uint8Array(size)), { code: 'seed_size' });
      });
    }
  });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
