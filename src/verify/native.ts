/** The fast backends of rule R-12: byte checks in JavaScript, then the equation in native code (libsodium, or OpenSSL inside Node). */
import { createPublicKey, type KeyObject, verify as opensslVerify } from 'node:crypto';
import { concat } from '../core/bytes.ts';
import { VERIFY_KEYS_CACHED_MAX } from '../core/limits.ts';
import { passesByteChecks, type VerifySignature } from './rule.ts';
import type { Sodium } from './sodium.ts';

/** About 50 µs a signature. The byte checks go first all the same: the rule must not depend on libsodium's version. */
export function sodiumVerify(sodium: Sodium): VerifySignature {
  return (signature, message, key) =>
    passesByteChecks(signature, key) && sodium.crypto_sign_verify_detached(signature, message, key);
}

/** About 100 µs a signature. OpenSSL's equation is cofactorless; small order it refuses only since 3.5 (3.0 accepts speccheck 0, 1, 2 and 11). */
export function nodeVerify(): VerifySignature {
  const keyFor = keyCache();
  return (signature, message, key) =>
    passesByteChecks(signature, key) && opensslVerify(null, message, keyFor(key), signature);
}

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 4) up to the 32 bytes of the key. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0);

/** Making a KeyObject costs a good part of a verification, and feeds repeat their key: the last ones used are kept. */
function keyCache(): (key: Uint8Array) => KeyObject {
  const cached = new Map<string, KeyObject>();
  return (key) => {
    const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
    let object = cached.get(name);
    if (object === undefined) {
      object = createPublicKey({ key: Buffer.from(concat(SPKI_PREFIX, key)), format: 'der', type: 'spki' });
      const oldest = cached.keys().next();
      if (cached.size >= VERIFY_KEYS_CACHED_MAX && !oldest.done) cached.delete(oldest.value);
    } else {
      cached.delete(name); // set anew below: a Map keeps insertion order, so the first is the least recently used
    }
    cached.set(name, object);
    return object;
  };
}
