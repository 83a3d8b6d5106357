/** A node's identity is one Ed25519 key: the seed is the secret, the public key is the name. */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { concat } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';
import { type PeerIdText, peerIdOf } from '../core/peer-id.ts';

export interface Identity {
  readonly peerId: PeerIdText;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The RFC 8032 secret, 32 bytes. It leaves the process only in a keyfile, and never in a message or a log. */
  readonly seed: Uint8Array;
}

export const SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;

export function createIdentity(): Identity {
  return identityOfSeed(Uint8Array.from(randomBytes(SEED_BYTES)));
}

/** @throws TessraxError `seed_size` when the seed is not 32 bytes */
export function identityOfSeed(seed: Uint8Array): Identity {
  const spki = createPublicKey(privateKeyOfSeed(seed)).export({ format: 'der', type: 'spki' });
  const publicKey = Uint8Array.from(spki.subarray(spki.length - PUBLIC_KEY_BYTES));
  return { peerId: peerIdOf(publicKey), publicKey, seed: Uint8Array.from(seed) };
}

/** PrivateKeyInfo of an Ed25519 key (RFC 8410 section 7) up to the 32 bytes of the seed, which end it. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

export function privateKeyOfSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) {
    throw new TessraxError('seed_size', `an Ed25519 seed has ${SEED_BYTES} bytes, not ${seed.length}`);
  }
  return createPrivateKey({ key: Buffer.from(concat(PKCS8_PREFIX, seed)), format: 'der', type: 'pkcs8' });
}

/** The seed of a private key that node:crypto has read; undefined when it is not an Ed25519 key. */
export function seedOfPrivateKey(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  return Uint8Array.from(pkcs8.subarray(pkcs8.length - SEED_BYTES));
}
