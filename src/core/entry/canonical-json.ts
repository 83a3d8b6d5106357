/**
 * Canonical JSON (RFC 8785, JCS): the one text of a JSON value. What is hashed and signed is this text, so that reading accepts exactly
 * the bytes that writing makes, and nothing else.
 */
import { TessraxError } from '../errors.ts';
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from '../limits.ts';
import { type CanonicalRefusal, refusalOf } from './canonical-refusal.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Keeps a byte order mark, which then is no JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The canonical text. Throws `json_not_a_value` (undefined, bigint, a function, an instance of a class), `json_number_not_finite`,
 * `json_lone_surrogate`, and `json_too_deep` when more than BODY_DEPTH_MAX arrays and objects lie in each other (a cycle, say).
 */
export function canonicalize(value: JsonValue): string {
  return writeValue(value, 0);
}

/**
 * Reads the canonical text of an object, of at most `bytesMax` bytes and BODY_DEPTH_MAX levels. A string instead of an object is the
 * reason why it was refused: `typeof result === 'string'`.
 */
export function parseCanonical(bytes: Uint8Array, bytesMax: number = BODY_BYTES_MAX): JsonObject | CanonicalRefusal {
  if (bytes.length > bytesMax) return 'too_large';
  const { text, value } = readText(bytes);
  if (text !== undefined && value !== undefined && isPlainlyCanonical(text, value)) return value;
  if (nestsTooDeep(bytes)) return 'too_deep'; // before anything walks it
  if (text === undefined) return 'not_utf8';
  if (value === undefined) return 'not_json';
  if (!isJsonObject(value)) return 'not_object';
  return isCanonicalTextOf(text, value) ? value : refusalOf(text);
}

/** JSON.parse takes any depth without recursion. What is absent could not be read. */
function readText(bytes: Uint8Array): { readonly text?: string; readonly value?: JsonValue } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return {}; // the only way a fatal decoder fails
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return { text }; // the only way JSON.parse fails
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether writing the value gives the text. */
function isCanonicalTextOf(text: string, value: JsonObject): boolean {
  try {
    return writeValue(value, 0) === text;
  } catch (error) {
    if (error instanceof TessraxError) return false; // a lone surrogate or 1e400: it has no canonical text
    throw error;
  }
}

/**
 * A short cut at half the cost: the platform's own writer differs from RFC 8785 in the order of names and in halves of surrogate pairs,
 * which it escapes. It says no more than yes: names that look like numbers, say, are left to the full comparison, and so is what nests too
 * deep.
 */
function isPlainlyCanonical(text: string, value: JsonValue): value is JsonObject {
  return isJsonObject(value) && hasSortedNames(value, 1) && JSON.stringify(value) === text && !text.includes('\\ud');
}

/** False, too, where more than BODY_DEPTH_MAX arrays and objects lie in each other: it looks no further. */
function hasSortedNames(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > BODY_DEPTH_MAX) return false;
  if (!isJsonObject(value)) return value.every((item) => hasSortedNames(item, depth + 1));
  let before: string | undefined;
  for (const name of Object.keys(value)) {
    if (before !== undefined && name < before) return false;
    before = name;
    const member = value[name];
    if (typeof member === 'object' && !hasSortedNames(member, depth + 1)) return false;
  }
  return true;
}

/** `undefined` is what a hole or a value that is no JSON looks like at run time; it is refused. */
function writeValue(value: JsonValue | undefined, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isFinite(value)) throw refuse('json_number_not_finite', `JSON has no number ${value}`);
      return String(value); // ECMAScript's shortest form is the one of RFC 8785; it prints -0 as 0
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= BODY_DEPTH_MAX)
        throw refuse('json_too_deep', `this JSON nests deeper than ${BODY_DEPTH_MAX} levels`);
      return isJsonObject(value) ? writeObject(value, depth + 1) : writeArray(value, depth + 1);
    default:
      throw refuse('json_not_a_value', `JSON has no ${typeof value}`);
  }
}

function writeArray(items: readonly JsonValue[], depth: number): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '[' : ','}${writeValue(item, depth)}`;
  return text === '' ? '[]' : `${text}]`;
}

function writeObject(object: JsonObject, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refuse('json_not_a_value', 'JSON has no instances of classes');
  }
  let text = '';
  // `sort` goes by UTF-16 code units, as RFC 8785 wants; the object's own order would put "9" before "10".
  for (const name of Object.keys(object).sort()) {
    text += `${text === '' ? '{' : ','}${writeString(name)}:${writeValue(object[name], depth)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw refuse('json_lone_surrogate', 'a string holds one half of a surrogate pair');
  return JSON.stringify(value); // for well-formed strings the escapes of ECMAScript are those of RFC 8785
}

/** Counts brackets outside strings. Exact for JSON; in other text it may err only behind the first mistake, where nothing is read. */
function nestsTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      if (++depth > BODY_DEPTH_MAX) return true;
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      depth--;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

function refuse(code: string, message: string): TessraxError {
  return new TessraxError(code, message, { remedy: 'leave it out, or write it as a string' });
}
