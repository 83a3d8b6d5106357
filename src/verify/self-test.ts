/**
 * Run before the first verdict: the native code that is linked today must follow rule R-12 exactly, or this node would take for valid
 * what others refuse. About 50 ms, most of it the reference warming up.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { TessraxError } from '../core/errors.ts';
import { referenceVerify } from './reference.ts';
import { KEY_BYTES, ORDER_BYTES, SIGNATURE_BYTES, type VerifySignature } from './rule.ts';
import { SPECCHECK_CASES } from './speccheck.ts';

interface Check {
  readonly what: string;
  readonly message: Uint8Array;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly accept: boolean;
}

/**
 * Compares a backend, and the reference, with known verdicts: the twelve speccheck cases, a fresh signature, and mutants of it.
 *
 * @throws TessraxError `signature_self_test_failed`, naming the first check that came out wrong
 */
export function selfTest(name: string, verify: VerifySignature): void {
  for (const check of [...publishedChecks(), ...freshChecks()]) {
    expectVerdict(name, verify, check);
    expectVerdict('reference', referenceVerify, check);
  }
}

function expectVerdict(name: string, verify: VerifySignature, check: Check): void {
  const accepted = verify(check.signature, check.message, check.key);
  if (accepted === check.accept) return;
  const verdict = accepted ? 'accepted' : 'refused';
  throw new TessraxError(
    'signature_self_test_failed',
    `signature self-test: the ${name} backend ${verdict} what the signature rule does not: ${check.what}`,
    {
      remedy: 'reinstall the dependencies (npm ci); a node whose verdicts differ from the federation must not run',
      fields: { backend: name, check: check.what, accepted },
    },
  );
}

function publishedChecks(): Check[] {
  return SPECCHECK_CASES.map((published, index) => ({
    what: `speccheck ${index} (${published.why})`,
    message: bytesOf(published.message),
    key: bytesOf(published.key),
    signature: bytesOf(published.signature),
    accept: published.accept,
  }));
}

/** A signature made now, by OpenSSL, and what it must not become: other bits in each part, S + L, cut, extended, zeros. */
function freshChecks(): Check[] {
  const pair = generateKeyPairSync('ed25519');
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
  const key = Uint8Array.from(spki.subarray(spki.length - KEY_BYTES));
  const message = new TextEncoder().encode('tessrax signature self-test');
  const signature = Uint8Array.from(sign(null, message, pair.privateKey));
  const good: Check = { what: 'a fresh signature', message, key, signature, accept: true };
  const mutants: Omit<Check, 'accept'>[] = [
    { ...good, what: 'a bit of the key', key: flipBit(key, 3) },
    { ...good, what: 'a bit of the message', message: flipBit(message, 0) },
    { ...good, what: 'a bit of R', signature: flipBit(signature, 17) },
    { ...good, what: 'a bit of S', signature: flipBit(signature, KEY_BYTES * 8 + 5) },
    { ...good, what: 'S + L', signature: addOrder(signature) },
    { ...good, what: 'a short signature', signature: signature.subarray(0, SIGNATURE_BYTES - 1) },
    { ...good, what: 'a long signature', signature: Uint8Array.of(...signature, 0) },
    { ...good, what: 'a signature of zeros', signature: new Uint8Array(SIGNATURE_BYTES) },
    { ...good, what: 'a key of zeros', key: new Uint8Array(KEY_BYTES) },
  ];
  return [good, ...mutants.map((mutant) => ({ ...mutant, accept: false }))];
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

/** The other S that solves the equation: S + L, for S in the second half, least significant byte first. */
function addOrder(signature: Uint8Array): Uint8Array {
  const sum = Uint8Array.from(signature);
  let carry = 0;
  for (let i = 0; i < KEY_BYTES; i++) {
    carry += (signature[KEY_BYTES + i] ?? 0) + (ORDER_BYTES[i] ?? 0);
    sum[KEY_BYTES + i] = carry & 0xff;
    carry >>= 8;
  }
  return sum;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
