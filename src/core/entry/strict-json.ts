/**
 * JSON text from people and their programs (files, HTTP): RFC 8259, and no more than can be signed. What JSON.parse would change on the
 * way is refused instead: a name used twice, a number that a double does not hold, half a surrogate pair.
 */
import { TessraxError } from '../errors.ts';
import { ERROR_EXCERPT_LENGTH_MAX, JSON_TEXT_DEPTH_MAX } from '../limits.ts';
import type { JsonObject, JsonValue } from './canonical-json.ts';
import { exactNumber } from './json-number.ts';

/**
 * The value of the text. Throws, with `line` and `column` (from 1, in UTF-16 code units) in the fields: `json_syntax`;
 * `json_duplicate_key` (with `key`); `json_number_inexact` (with `number`); `json_lone_surrogate`; `json_too_deep` when more than
 * JSON_TEXT_DEPTH_MAX arrays and objects lie in each other. Linear in the length of the text, which the caller bounds.
 */
export function parseStrict(text: string): JsonValue {
  return new Reader(text).document();
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What stands in a string as it is: all but the quote, the backslash and the control characters. */
const PLAIN = /[ !#-[\]-\uffff]*/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const WORDS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** A reader with one position. Each method starts at its first character and ends behind its last. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    this.#take(SPACE);
    const value = this.#value(0);
    this.#take(SPACE);
    if (this.#at < this.#text.length) throw this.#syntax('the end of the text');
    return value;
  }

  #value(depth: number): JsonValue {
    const next = this.#text[this.#at];
    if (next === '"') return this.#string();
    if (next === '{' || next === '[') {
      if (depth >= JSON_TEXT_DEPTH_MAX) {
        throw this.#error('json_too_deep', this.#at, `this nests deeper than ${JSON_TEXT_DEPTH_MAX} levels`);
      }
      return next === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): JsonObject {
    const object: Record<string, JsonValue> = {};
    this.#at++;
    this.#take(SPACE);
    if (this.#skip('}')) return object;
    for (;;) {
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#syntax('a name in quotes');
      const name = this.#string();
      if (Object.hasOwn(object, name)) {
        const key = excerpt(name);
        throw this.#error('json_duplicate_key', start, `the name ${JSON.stringify(key)} is there twice`, { key });
      }
      this.#take(SPACE);
      if (!this.#skip(':')) throw this.#syntax('":"');
      this.#take(SPACE);
      setMember(object, name, this.#value(depth));
      this.#take(SPACE);
      if (this.#skip('}')) return object;
      if (!this.#skip(',')) throw this.#syntax('"," or "}"');
      this.#take(SPACE);
    }
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    this.#take(SPACE);
    if (this.#skip(']')) return items;
    for (;;) {
      items.push(this.#value(depth));
      this.#take(SPACE);
      if (this.#skip(']')) return items;
      if (!this.#skip(',')) throw this.#syntax('"," or "]"');
      this.#take(SPACE);
    }
  }

  #number(): number {
    const start = this.#at;
    const token = this.#take(NUMBER);
    if (token === '') throw this.#syntax('a value');
    const value = exactNumber(token);
    if (value !== undefined) return value;
    const number = excerpt(token);
    throw this.#error('json_number_inexact', start, `the number ${number} would change in a double`, { number });
  }

  #string(): string {
    const start = this.#at++;
    let value = this.#take(PLAIN);
    while (!this.#skip('"')) {
      if (!this.#skip('\\')) throw this.#syntax('the end of the string, or an escape for this character');
      value += this.#escape() + this.#take(PLAIN);
    }
    if (value.isWellFormed()) return value;
    throw this.#error('json_lone_surrogate', start, 'this string holds one half of a surrogate pair');
  }

  #escape(): string {
    if (this.#skip('u')) {
      const digits = this.#take(HEX4);
      if (digits === '') throw this.#syntax('four hex digits');
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = ESCAPES.get(this.#text[this.#at] ?? '');
    if (character === undefined) throw this.#syntax('an escape of JSON');
    this.#at++;
    return character;
  }

  /** What the sticky pattern matches here; empty when it does not. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += token.length;
    return token;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #syntax(expected: string): TessraxError {
    const found = this.#text.codePointAt(this.#at);
    const what = found === undefined ? 'the text ends' : `${JSON.stringify(String.fromCodePoint(found))} stands`;
    return this.#error('json_syntax', this.#at, `${what} where ${expected} should be`);
  }

  #error(code: string, at: number, message: string, fields: Readonly<Record<string, string>> = {}): TessraxError {
    const lineStart = this.#text.lastIndexOf('\n', at - 1) + 1;
    const line = this.#text.slice(0, lineStart).split('\n').length;
    const column = at - lineStart + 1;
    return new TessraxError(code, `line ${line}, column ${column}: ${message}`, {
      remedy: REMEDIES.get(code) ?? '',
      fields: { line, column, ...fields },
    });
  }
}

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['json_syntax', 'correct the JSON'],
  ['json_duplicate_key', 'keep one of the two'],
  ['json_number_inexact', 'write it as a string, or with at most 15 digits'],
  ['json_lone_surrogate', 'write the whole character'],
  ['json_too_deep', 'flatten it'],
]);

/** `__proto__` is a name like any other: assigning it would set the prototype. */
function setMember(object: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}

function excerpt(text: string): string {
  return text.length <= ERROR_EXCERPT_LENGTH_MAX ? text : `${text.slice(0, ERROR_EXCERPT_LENGTH_MAX)}…`;
}
