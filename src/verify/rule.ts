/**
 * The byte half of the signature rule "strict cofactorless Ed25519": what is refused by looking at the bytes alone, before any
 * point is decoded. The other half is the equation [S]B = R + [k]A, without cofactor, with k = SHA-512(R || A || M) mod L.
 */
import { fromHex } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';

/** The whole rule over a raw message. False for anything that is not a valid signature, wrong sizes included; never throws. */
export type VerifySignature = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => boolean;

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** L, the order of the base point (RFC 8032 section 5.1), as 32 bytes, least significant first. */
export const ORDER_BYTES = littleEndian('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
/** p = 2^255 - 19, the field's prime (RFC 8032 section 5.1). */
export const PRIME_BYTES = littleEndian('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/**
 * y coordinates of the points of order 1, 2, 4 and 8, in every encoding that 255 bits allow ("Taming the many EdDSAs", eprint
 * 2020/1244, lists the resulting points; a test derives them from the curve). Either sign bit makes one of them, so it is not compared.
 */
export const SMALL_ORDER_Y: readonly Uint8Array[] = [
  // order 4: y = 0
  littleEndian('0000000000000000000000000000000000000000000000000000000000000000'),
  // order 1, the identity: y = 1. With the sign bit set it is one more encoding that no encoder writes.
  littleEndian('0100000000000000000000000000000000000000000000000000000000000000'),
  // order 8, two y of opposite sign
  littleEndian('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
  littleEndian('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  // order 2: y = p - 1
  littleEndian('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  // y = p, which is 0 again, and y = p + 1, which is 1 again: not canonical either
  littleEndian('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
  littleEndian('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
];

const SIGN_BIT = 0x80;
const LAST = KEY_BYTES - 1;

/** Whether key and signature pass every check on their bytes. False is final; true leaves the equation to be checked. */
export function passesByteChecks(signature: Uint8Array, key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return isReducedScalar(signature) && isAdmissiblePoint(key) && isAdmissiblePoint(signature);
}

/** S < L, for the S in the second half of a signature: without it every signature has a twin, S + L. */
function isReducedScalar(signature: Uint8Array): boolean {
  for (let i = LAST; i >= 0; i--) {
    const difference = (signature[KEY_BYTES + i] ?? 0) - (ORDER_BYTES[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false; // S = L
}

/** Whether the first 32 bytes are a canonical encoding (y < p) that is none of the small-order ones. They may still be no point. */
function isAdmissiblePoint(bytes: Uint8Array): boolean {
  return isCanonical(bytes) && !SMALL_ORDER_Y.some((y) => hasCoordinate(bytes, y));
}

function isCanonical(bytes: Uint8Array): boolean {
  for (let i = LAST; i >= 0; i--) {
    const byte = i === LAST ? (bytes[i] ?? 0) & ~SIGN_BIT : (bytes[i] ?? 0);
    const difference = byte - (PRIME_BYTES[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false; // y = p
}

function hasCoordinate(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < LAST; i++) if (bytes[i] !== y[i]) return false;
  return ((bytes[LAST] ?? 0) & ~SIGN_BIT) === y[LAST];
}

function littleEndian(hex: string): Uint8Array {
  const bytes = fromHex(hex, KEY_BYTES);
  if (bytes === undefined) throw new TessraxError('constant_invalid', `not ${KEY_BYTES} bytes of hex: ${hex}`);
  return bytes;
}
