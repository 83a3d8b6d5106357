/** Reading the members of JSON objects of a file format: each one there, each of its shape, none beside them. */
import { fromHex } from '../core/bytes.ts';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { isObject } from '../core/entry/types.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';

/** Makes the error for a member that is wrong. */
export type Malformed = (member: string, message: string) => Error;

export class Fields {
  readonly #object: JsonObject;
  readonly #at: string;
  readonly #malformed: Malformed;

  /** Throws unless the value is an object with exactly these members; a `?` behind a name makes it optional. */
  constructor(value: JsonValue | undefined, names: readonly string[], at: string, malformed: Malformed) {
    this.#at = at;
    this.#malformed = malformed;
    if (!isObject(value)) throw malformed(at, 'must be an object');
    this.#object = value;
    for (const name of Object.keys(value)) {
      if (!names.includes(name) && !names.includes(`${name}?`))
        throw malformed(this.#path(name), 'is not a member of this format');
    }
    for (const name of names) {
      if (!name.endsWith('?') && !Object.hasOwn(value, name)) throw malformed(this.#path(name), 'is missing');
    }
  }

  value(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw this.#wrong(name, 'must be text');
    return value;
  }

  whole(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong(name, 'must be a whole number from 0');
    return value;
  }

  bytes(name: string, size: number): Uint8Array {
    return this.#bytesOf(this.value(name), name, size);
  }

  peer(name: string): PeerIdText {
    const value = this.text(name);
    if (publicKeyOf(value) === undefined) throw this.#wrong(name, 'must be the peer ID of an Ed25519 key');
    return value;
  }

  list(name: string, lengthMax: number): readonly JsonValue[] {
    const value = this.value(name);
    if (!Array.isArray(value) || value.length > lengthMax)
      throw this.#wrong(name, `must be a list of at most ${lengthMax}`);
    return value;
  }

  hashes(name: string, lengthMax: number): Uint8Array[] {
    return this.list(name, lengthMax).map((item, i) => this.#bytesOf(item, `${name}[${i}]`, HASH_BYTES));
  }

  #bytesOf(value: JsonValue | undefined, name: string, size: number): Uint8Array {
    const bytes = typeof value === 'string' ? fromHex(value, size) : undefined;
    if (bytes === undefined) throw this.#wrong(name, `must be ${size * 2} lower-case hex digits`);
    return bytes;
  }

  #wrong(name: string, message: string): Error {
    return this.#malformed(this.#path(name), message);
  }

  #path(name: string): string {
    return this.#at === '' ? name : `${this.#at}.${name}`;
  }
}
