/** Reads test/vectors. Their shapes are what scripts/vectors writes; a test holds both against each other. */
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/core/entry/canonical-json.ts';

export interface ByteRefusal {
  readonly what: string;
  readonly bytes: string;
  readonly code: string;
}

export function vectorFile(name: string): JsonObject {
  const value: JsonValue = JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
  if (!isJsonObject(value)) throw new Error(`${name} is not an object`);
  return value;
}

/** The objects of a list in a vector file. */
export function vectorList(name: string, list: string): readonly JsonObject[] {
  const value = vectorFile(name)[list];
  if (!Array.isArray(value) || value.length === 0) throw new Error(`${name} has no list ${list}`);
  return value.filter(isJsonObject);
}

export function byteRefusals(list: string, file = 'refusals.json'): readonly ByteRefusal[] {
  return vectorList(file, list).map(({ what, bytes, code }) => ({
    what: text(what),
    bytes: text(bytes),
    code: text(code),
  }));
}

export function text(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`${JSON.stringify(value)} is not text`);
  return value;
}

export function number(value: JsonValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`${JSON.stringify(value)} is not a number`);
  return value;
}

export function object(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new TypeError(`${JSON.stringify(value)} is not an object`);
  return value;
}

export function hex(value: JsonValue | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(text(value), 'hex'));
}
