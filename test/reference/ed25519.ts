/**
 * Slow twin of the signature rule R-12: Ed25519 over plain bigints from the definitions in RFC 8032 section 5.1 alone. It has no list
 * of small-order points (it multiplies by 8) and can make signatures that no honest signer makes: with parts of small order in them.
 */
import { createHash } from 'node:crypto';

export interface CurvePoint {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
}

const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * inverse(121666n));
export const IDENTITY: CurvePoint = { X: 0n, Y: 1n, Z: 1n };
/** The base point: y = 4/5, x even. */
export const BASE = required(decodePoint(numberToBytes(mod(4n * inverse(5n)))));
/** A point of order 8: any point times L has small order, and of the first few y some have order 8. */
export const ORDER_8 = findOrder8();

export function twinVerify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 32) return false;
  return (
    bytesToNumber(signature.slice(32)) < L &&
    hasLargeOrder(key) &&
    hasLargeOrder(signature.slice(0, 32)) &&
    solvesEquation(signature, message, key)
  );
}

/** [S]B = R + [k]A and nothing else. False when A or R is no point. */
export function solvesEquation(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const encodedR = signature.slice(0, 32);
  const a = decodePoint(key);
  const r = decodePoint(encodedR);
  if (a === undefined || r === undefined) return false;
  const right = add(r, multiply(challenge(encodedR, key, message), a));
  return isSame(multiply(bytesToNumber(signature.slice(32)), BASE), right);
}

function hasLargeOrder(bytes: Uint8Array): boolean {
  const point = decodePoint(bytes);
  return point !== undefined && !isSame(multiply(8n, point), IDENTITY);
}

/**
 * A signature that solves the equation once it is multiplied by the cofactor, always: key aB + torsionA, commitment rB + torsionR,
 * S = r + ka. Without the cofactor it solves it only when torsionR + k torsionA = 0.
 */
export function signWithTorsion(a: bigint, torsionA: CurvePoint, r: bigint, torsionR: CurvePoint, message: Uint8Array) {
  const key = encodePoint(add(multiply(a, BASE), torsionA));
  const encodedR = encodePoint(add(multiply(r, BASE), torsionR));
  const s = (r + challenge(encodedR, key, message) * a) % L;
  return { key, signature: Uint8Array.of(...encodedR, ...numberToBytes(s)) };
}

export function multiply(scalar: bigint, point: CurvePoint): CurvePoint {
  let sum = IDENTITY;
  let power = point;
  for (let left = scalar; left > 0n; left >>= 1n) {
    if (left & 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum;
}

/** Affine law of -x² + y² = 1 + dx²y², with both fractions over one Z. */
export function add(p: CurvePoint, q: CurvePoint): CurvePoint {
  const zz = mod(p.Z * q.Z);
  const xx = mod(p.X * q.X);
  const yy = mod(p.Y * q.Y);
  const e = mod(D * xx * yy);
  const z4 = mod(zz * zz);
  const minus = mod(z4 - e);
  const plus = mod(z4 + e);
  const cross = mod(p.X * q.Y + q.X * p.Y);
  return { X: mod(zz * cross * minus), Y: mod(zz * (yy + xx) * plus), Z: mod(minus * plus) };
}

/** RFC 8032 section 5.1.3, strict: y < p, and x = 0 has no sign. */
export function decodePoint(bytes: Uint8Array): CurvePoint | undefined {
  const number = bytesToNumber(bytes);
  const sign = number >> 255n;
  const y = number & (2n ** 255n - 1n);
  if (y >= P) return undefined;
  const x = squareRoot(mod((y * y - 1n) * inverse(mod(D * y * y + 1n))));
  if (x === undefined || (x === 0n && sign === 1n)) return undefined;
  return { X: (x & 1n) === sign ? x : P - x, Y: y, Z: 1n };
}

export function encodePoint(point: CurvePoint): Uint8Array {
  const x = mod(point.X * inverse(point.Z));
  const y = mod(point.Y * inverse(point.Z));
  return numberToBytes(y | ((x & 1n) << 255n));
}

export function numberToBytes(number: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse());
}

export function bytesToNumber(littleEndian: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(littleEndian.toReversed()).toString('hex')}`);
}

function challenge(encodedR: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  return bytesToNumber(createHash('sha512').update(encodedR).update(key).update(message).digest()) % L;
}

function isSame(p: CurvePoint, q: CurvePoint): boolean {
  return mod(p.X * q.Z - q.X * p.Z) === 0n && mod(p.Y * q.Z - q.Y * p.Z) === 0n;
}

function findOrder8(): CurvePoint {
  for (let y = 2n; y < 100n; y++) {
    const point = decodePoint(numberToBytes(y));
    if (point === undefined) continue;
    const small = multiply(L, point);
    if (!isSame(multiply(4n, small), IDENTITY)) return small;
  }
  throw new Error('no point of order 8 found');
}

function squareRoot(square: bigint): bigint | undefined {
  const root = power(square, (P + 3n) / 8n);
  for (const candidate of [root, mod(root * power(2n, (P - 1n) / 4n))]) {
    if (mod(candidate * candidate - square) === 0n) return candidate;
  }
  return undefined;
}

function inverse(number: bigint): bigint {
  return power(mod(number), P - 2n);
}

function power(base: bigint, exponent: bigint): bigint {
  let product = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) product = mod(product * square);
    square = mod(square * square);
  }
  return product;
}

function mod(number: bigint): bigint {
  const rest = number % P;
  return rest < 0n ? rest + P : rest;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a constant of the curve is wrong');
  return value;
}
