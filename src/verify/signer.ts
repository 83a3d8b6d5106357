/** Signs with one Ed25519 key (RFC 8032): libsodium where it loads (17 µs), node:crypto otherwise. Both give the same bytes. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { TessraxError } from '../core/errors.ts';
import type { Signer } from '../ports.ts';
import { KEY_BYTES, SIGNATURE_BYTES } from './rule.ts';
import { loadSodium, type Sodium } from './sodium.ts';

const SEED_BYTES = 32;
const SODIUM_SECRET_KEY_BYTES = SEED_BYTES + KEY_BYTES;
/** PrivateKeyInfo of an Ed25519 key (RFC 8410 section 7) up to the 32 bytes of the seed. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/** @throws TessraxError `seed_size` when the seed is not 32 bytes */
export function createSigner(seed: Uint8Array): Signer {
  const load = loadSodium();
  return load.sodium === undefined ? createNodeSigner(seed) : createSodiumSigner(load.sodium, seed);
}

export function createSodiumSigner(sodium: Sodium, seed: Uint8Array): Signer {
  checkSeed(seed);
  const publicKey = new Uint8Array(KEY_BYTES);
  const secretKey = new Uint8Array(SODIUM_SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return {
    publicKey,
    sign(message) {
      const signature = new Uint8Array(SIGNATURE_BYTES);
      sodium.crypto_sign_detached(signature, message, secretKey);
      return signature;
    },
  };
}

export function createNodeSigner(seed: Uint8Array): Signer {
  checkSeed(seed);
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: Uint8Array.from(spki.subarray(spki.length - KEY_BYTES)),
    sign: (message) => Uint8Array.from(sign(null, message, privateKey)),
  };
}

function checkSeed(seed: Uint8Array): void {
  if (seed.length === SEED_BYTES) return;
  throw new TessraxError('seed_size', `an Ed25519 seed has ${SEED_BYTES} bytes, not ${seed.length}`);
}
