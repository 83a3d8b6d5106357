/**
 * Keys and signatures of the simulated nodes. `fake`: a keyed hash, a thousand times cheaper than a signature and just as impossible to
 * make without the node's secret, which only the simulator's table knows. `real`: Ed25519 through src/verify.
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
  const secrets = new Map<string, Uint8Array>();
  const keys = seeds.map((secret) => {
    const publicKey = new Uint8Array(sha('sha256', secret, 'buffer'));
    secrets.set(nameOf(publicKey), secret);
    return { peer: peerIdOf(publicKey), publicKey, sign: (message: Uint8Array) => keyedHash(secret, message) };
  });
  const verify: KeyTable['verify'] = (key, message, signature) => {
    const secret = secrets.get(nameOf(key));
    return secret !== undefined && equalBytes(signature, keyedHash(secret, message));
  };
  return { keys, verify };
}

/** SHA-256 over secret and message, and once more over that, to fill the 64 bytes of a signature. */
function keyedHash(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const input = new Uint8Array(KEY_BYTES + message.length);
  input.set(secret);
  input.set(message, KEY_BYTES);
  const first = sha('sha256', input, 'buffer');
  const signature = new Uint8Array(64);
  signature.set(first);
  input.set(first.subarray(0, Math.min(KEY_BYTES, message.length)), KEY_BYTES);
  signature.set(sha('sha256', input, 'buffer'), KEY_BYTES);
  return signature;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
