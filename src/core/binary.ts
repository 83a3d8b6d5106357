/** Reading and writing of the binary forms: fixed fields, and unsigned LEB128 numbers in their shortest form. */
import { TessraxError } from './errors.ts';

const VARINT_BYTES_MAX = 8; // 2^53 - 1 takes eight groups of seven bits

/** Most of what is written is smaller. */
const ROOM_BYTES = 2048;
// Memory for bytes is dear to get and small to keep: what writers are done with serves the next ones. At most two or three write at once.
const rooms: Uint8Array[] = [];
const ROOMS_MAX = 4;
const NO_ROOM = new Uint8Array(0);

export class BinaryWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** `sizeHint`: about how many bytes will be written. */
  constructor(sizeHint = 1024) {
    this.#bytes = sizeHint > ROOM_BYTES ? new Uint8Array(sizeHint) : (rooms.pop() ?? new Uint8Array(ROOM_BYTES));
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): this {
    this.#reserve(VARINT_BYTES_MAX);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A few bytes out of others: below some dozens a loop is faster than a view of them. */
  part(source: Uint8Array, from: number, length: number): this {
    this.#reserve(length);
    for (let i = 0; i < length; i++) this.#bytes[this.#length++] = source[from + i] ?? 0;
    return this;
  }

  /** What was written, in memory of its own; the writer is empty after it. */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    const length = this.#length;
    this.#bytes = NO_ROOM;
    this.#length = 0;
    if (bytes.length !== ROOM_BYTES) return bytes.subarray(0, length);
    if (rooms.length < ROOMS_MAX) rooms.push(bytes);
    return bytes.slice(0, length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Reads what a stranger sent: every read is checked against the end, and throws `wire_truncated` or `wire_number`. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw truncated();
    this.#at++;
    return value;
  }

  varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if ((byte === 0 && i > 0) || value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      unit *= 0x80;
    }
    throw new TessraxError('wire_number', 'a number is longer than its shortest form or above 2^53 - 1');
  }

  /** A number that the caller's bound allows; more is `wire_count`. */
  count(max: number, what: string): number {
    const value = this.varint();
    if (value > max) {
      throw new TessraxError('wire_count', `${value} ${what}, at most ${max} are allowed`, { fields: { value, max } });
    }
    return value;
  }

  /** A view, not a copy: it lives as long as the frame does. */
  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw truncated();
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  /** Passes over bytes, and gives where in the whole they begin. */
  skip(length: number): number {
    if (length > this.remaining) throw truncated();
    const from = this.#at;
    this.#at += length;
    return from;
  }

  /** Everything there is to read, read or not. */
  get whole(): Uint8Array {
    return this.#bytes;
  }

  slice(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  end(): void {
    if (this.remaining > 0) {
      throw new TessraxError('wire_trailing', `${this.remaining} bytes follow the end of the message`);
    }
  }
}

function truncated(): TessraxError {
  return new TessraxError('wire_truncated', 'the message ends inside a field');
}
