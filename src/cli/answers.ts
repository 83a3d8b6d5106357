/** Members of the node's answers. A member that is missing means that this is another program, or another version of ours. */
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';

export function textIn(answer: JsonObject, name: string): string {
  const value = answer[name];
  if (typeof value !== 'string') throw unexpected(name);
  return value;
}

export function numberIn(answer: JsonObject, name: string): number {
  const value = answer[name];
  if (typeof value !== 'number') throw unexpected(name);
  return value;
}

export function flagIn(answer: JsonObject, name: string): boolean {
  const value = answer[name];
  if (typeof value !== 'boolean') throw unexpected(name);
  return value;
}

export function objectIn(answer: JsonObject, name: string): JsonObject {
  const value = answer[name];
  if (!isObject(value)) throw unexpected(name);
  return value;
}

export function objectsIn(answer: JsonObject, name: string): readonly JsonObject[] {
  return listIn(answer, name).map((item) => {
    if (!isObject(item)) throw unexpected(name);
    return item;
  });
}

export function textsIn(answer: JsonObject, name: string): readonly string[] {
  return listIn(answer, name).map((item) => {
    if (typeof item !== 'string') throw unexpected(name);
    return item;
  });
}

function listIn(answer: JsonObject, name: string): readonly JsonValue[] {
  const value = answer[name];
  if (!Array.isArray(value)) throw unexpected(name);
  return value;
}

function unexpected(name: string): TessraxError {
  return new TessraxError('api_answer', `the node's answer has no "${name}" that this program understands`, {
    remedy: 'use the version of tessrax that the node runs',
  });
}
