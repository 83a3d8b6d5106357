/**
 * RFC 9162 section 2.1 written down as it stands there: recursive, over ranges D[k1:k2] of the leaves, and the cross-check of
 * src/core/merkle. The hash of a range is remembered, so that tests can afford to compare all proofs of all sizes.
 */
import { hash as sha } from 'node:crypto';

/** MTH(D_n), 2.1.1, of the whole list. */
export function mth(leaves: readonly Uint8Array[]): Uint8Array {
  return mthOf(leaves, 0, leaves.length);
}

/** The same, of D[from:to]. */
function mthOf(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const n = to - from;
  if (n === 0) return hash();
  const leaf = leaves[from];
  if (leaf === undefined) throw new RangeError(`no leaf ${from}`);
  if (n === 1) return hash(Uint8Array.of(0x00), leaf);
  const k = largestPowerOfTwoBelow(n);
  return hash(Uint8Array.of(0x01), mthOf(leaves, from, from + k), mthOf(leaves, from + k, to));
}

export class ReferenceTree {
  readonly #leaves: readonly Uint8Array[];
  readonly #known = new Map<string, Uint8Array>();

  constructor(leaves: readonly Uint8Array[]) {
    this.#leaves = [...leaves];
  }

  /** MTH(D_n), 2.1.1, of the first n leaves. */
  mth(n: number): Uint8Array {
    return this.range(0, n);
  }

  /** PATH(m, D_n), 2.1.3.1, for 0 <= m < n. */
  path(m: number, n: number): Uint8Array[] {
    return this.#path(m, 0, n);
  }

  /** PROOF(m, D_n), 2.1.4.1, for 0 < m <= n. */
  proof(m: number, n: number): Uint8Array[] {
    return this.#subproof(m, 0, n, true);
  }

  /** MTH(D[from:to]). */
  range(from: number, to: number): Uint8Array {
    const range = `${from}:${to}`;
    const value = this.#known.get(range) ?? this.#compute(from, to);
    this.#known.set(range, value);
    return value;
  }

  #compute(from: number, to: number): Uint8Array {
    const n = to - from;
    if (n === 0) return hash();
    const leaf = this.#leaves[from];
    if (leaf === undefined) throw new RangeError(`no leaf ${from}`);
    if (n === 1) return hash(Uint8Array.of(0x00), leaf);
    const k = largestPowerOfTwoBelow(n);
    return hash(Uint8Array.of(0x01), this.range(from, from + k), this.range(from + k, to));
  }

  #path(m: number, from: number, to: number): Uint8Array[] {
    const n = to - from;
    if (n === 1) return [];
    const k = largestPowerOfTwoBelow(n);
    if (m < k) return [...this.#path(m, from, from + k), this.range(from + k, to)];
    return [...this.#path(m - k, from + k, to), this.range(from, from + k)];
  }

  #subproof(m: number, from: number, to: number, b: boolean): Uint8Array[] {
    const n = to - from;
    if (m === n) return b ? [] : [this.range(from, to)];
    const k = largestPowerOfTwoBelow(n);
    if (m <= k) return [...this.#subproof(m, from, from + k, b), this.range(from + k, to)];
    return [...this.#subproof(m - k, from + k, to, false), this.range(from, from + k)];
  }
}

function largestPowerOfTwoBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(sha('sha256', Buffer.concat(parts), 'binary'), 'latin1');
}
