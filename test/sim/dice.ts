/** The one source of chance of a simulation: xoshiro128** (Blackman and Vigna, 2018), seeded through SplitMix32. Same seed, same rolls. */

const GOLDEN = 0x9e3779b9;
const UINT32 = 0x1_0000_0000;

export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: a whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    const split = splitMix32((seed >>> 0) ^ Math.imul(Math.floor(seed / UINT32), GOLDEN));
    this.#a = split();
    this.#b = split();
    this.#c = split();
    this.#d = split() | 1; // the state may not be all zero
  }

  /** From 0 to 2^32 - 1. */
  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** From 0 up to, not including, 1. */
  unit(): number {
    return this.uint32() / UINT32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  between(min: number, max: number): number {
    return min + this.unit() * (max - min);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** The time to the next of events that come at random, `mean` apart on average. */
  gap(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  pick<T>(list: readonly T[]): T {
    const chosen = list[this.int(0, list.length - 1)];
    if (chosen === undefined) throw new Error('nothing to pick from');
    return chosen;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.uint32() >>> 24;
    return bytes;
  }
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + GOLDEN) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
