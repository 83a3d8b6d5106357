/**
 * Keys and signatures of the simulated nodes. `fake`: a checksum under the node's secret, which only the simulator's table knows. It is ten
 * thousand times cheaper than a signature, and no fault here can make one without the secret, or find two messages that have the same:
 * none of them calculates. `real`: Ed25519 through src/verify.
 */
import { hash as sha } from 'node:crypto';
import { equalBytes } from '../../src/core/bytes.ts';
import { type PeerIdText, peerIdOf } from '../../src/core/peer-id.ts';
import { openBackend } from '../../src/verify/backend.ts';
import { createSigner } from '../../src/verify/signer.ts';
import type { Dice } from './dice.ts';

export interface SimKey {
  readonly peer: PeerIdText;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface KeyTable {
  readonly keys: readonly SimKey[];
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

const KEY_BYTES = 32;

export function drawKeys(count: number, real: boolean, dice: Dice): KeyTable {
  const seeds = Array.from({ length: count }, () => dice.bytes(KEY_BYTES));
  return real ? realKeys(seeds) : fakeKeys(seeds);
}

function realKeys(seeds: readonly Uint8Array[]): KeyTable {
  const { verify } = openBackend();
  const keys = seeds.map((seed) => {
    const { publicKey, sign } = createSigner(seed);
    return { peer: peerIdOf(publicKey), publicKey, sign };
  });
  return { keys, verify: (key, message, signature) => verify(signature, message, key) };
}

function fakeKeys(seeds: readonly Uint8Array[]): KeyTable {
  const secrets = new Map<string, Uint32Array>();
  const keys = seeds.map((seed) => {
    const publicKey = new Uint8Array(sha('sha256', seed, 'buffer'));
    const peer = peerIdOf(publicKey);
    const secret = new Uint32Array(seed.slice().buffer);
    secrets.set(peer, secret);
    return { peer, publicKey, sign: (message: Uint8Array) => keyedChecksum(secret, message) };
  });
  const verify: KeyTable['verify'] = (key, message, signature) => {
    const secret = secrets.get(peerIdOf(key));
    return secret !== undefined && equalBytes(signature, keyedChecksum(secret, message));
  };
  return { keys, verify };
}

const SIGNATURE_BYTES = 64;
const GOLDEN = 0x9e3779b9;

/** Four lanes of 32 bits, each mixed with every byte and with its neighbour; then so many numbers out of them as fill a signature. */
function keyedChecksum([k0 = 0, k1 = 0, k2 = 0, k3 = 0]: Uint32Array, message: Uint8Array): Uint8Array {
  let [a, b, c, d] = [k0, k1, k2, k3 ^ message.length];
  for (const byte of message) {
    a = Math.imul(a ^ byte, 0x85ebca6b) ^ (d >>> 15);
    b = Math.imul(b + a, 0xc2b2ae35) ^ (a >>> 13);
    c = Math.imul(c ^ b, 0x27d4eb2f) ^ (b >>> 16);
    d = Math.imul(d + c, 0x165667b1) ^ (c >>> 14);
  }
  const words = new Uint32Array(SIGNATURE_BYTES / 4);
  for (let i = 0; i < words.length; i++) {
    a = (Math.imul(a ^ (d >>> 15), 0x85ebca6b) + GOLDEN) | 0;
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35);
    c = Math.imul(c ^ (b >>> 16), 0x27d4eb2f);
    d = Math.imul(d ^ (c >>> 14), 0x165667b1) + k1;
    words[i] = a ^ b ^ c ^ d;
  }
  return new Uint8Array(words.buffer);
}
