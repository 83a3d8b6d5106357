/**
 * The signature rule R-12 written out: slow (a few milliseconds), readable, and without the platform's own crypto. It judges the
 * fast backends. Noble's `verify` multiplies by the cofactor and is another rule; only its points are used here.
 */
import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat } from '../core/bytes.ts';
import { KEY_BYTES, passesByteChecks } from './rule.ts';

const ORDER = Point.CURVE().n;

/** [S]B = R + [k]A, after the byte checks. `k` is reduced modulo L, which matters when A has a part of small order. */
export function referenceVerify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (!passesByteChecks(signature, key)) return false;
  const encodedR = signature.slice(0, KEY_BYTES);
  const pointR = decodePoint(encodedR);
  const pointA = decodePoint(key);
  if (pointR === undefined || pointA === undefined) return false;
  const s = toNumber(signature.subarray(KEY_BYTES));
  const k = toNumber(sha512(concat(encodedR, key, message))) % ORDER;
  return Point.BASE.multiply(s, false).equals(pointR.add(pointA.multiply(k, false)));
}

function decodePoint(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined; // no point of the curve has these bytes: the signature is not valid
  }
}

function toNumber(littleEndian: Uint8Array): bigint {
  let value = 0n;
  for (const byte of littleEndian.toReversed()) value = (value << 8n) | BigInt(byte);
  return value;
}
