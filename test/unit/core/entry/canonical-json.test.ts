import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import {
  canonicalize,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonical,
} from '../../../../src/core/entry/canonical-json.ts';
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from '../../../../src/core/limits.ts';
import vectors from '../../../vectors/canonical-json.json' with { type: 'json' };

const utf8 = new TextEncoder();

describe('canonical JSON: writing', () => {
  for (const { ieee, text } of vectors.numbers) {
    it(`writes the double ${ieee} as ${text}`, () => {
      equal(canonicalize(Buffer.from(ieee, 'hex').readDoubleBE()), text);
    });
  }

  for (const { json, canonical } of vectors.canonical) {
    it(`makes ${canonical}`, () => {
      equal(canonicalize(JSON.parse(json)), canonical);
    });
  }

  it('writes every value kind, and objects without a prototype', () => {
    equal(canonicalize([null, true, false, 'a', 1.5, [], {}]), '[null,true,false,"a",1.5,[],{}]');
    equal(canonicalize(Object.assign(Object.create(null), { b: 1, a: 2 })), '{"a":2,"b":1}');
  });

  const refused: [string, unknown, string][] = [
    ['undefined', undefined, 'json_not_a_value'],
    ['undefined in an object', { a: undefined }, 'json_not_a_value'],
    ['a hole in an array', new Array(1), 'json_not_a_value'],
    ['a bigint', { a: 1n }, 'json_not_a_value'],
    ['a symbol', { a: Symbol('a') }, 'json_not_a_value'],
    ['a function', { toJSON: () => 1 }, 'json_not_a_value'],
    ['a date', { a: new Date(0) }, 'json_not_a_value'],
    ['a map', new Map(), 'json_not_a_value'],
    ['bytes', { a: new Uint8Array(1) }, 'json_not_a_value'],
    ['a boxed string', { a: Object('a') }, 'json_not_a_value'],
    ['NaN', { a: Number.NaN }, 'json_number_not_finite'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'json_number_not_finite'],
    ['-Infinity', [Number.NEGATIVE_INFINITY], 'json_number_not_finite'],
    ['half a surrogate pair', { a: '\ud800' }, 'json_lone_surrogate'],
    ['half a surrogate pair in a name', { '\udc00': 1 }, 'json_lone_surrogate'],
  ];
  for (const [what, value, code] of refused) {
    it(`refuses ${what}`, () => {
      throws(() => canonicalize(value as JsonValue), { name: 'TessraxError', code });
    });
  }

  it(`goes ${BODY_DEPTH_MAX} levels deep and no deeper`, () => {
    equal(
      canonicalize(nested(BODY_DEPTH_MAX)),
      `${'{"a":'.repeat(BODY_DEPTH_MAX - 1)}{}${'}'.repeat(BODY_DEPTH_MAX - 1)}`,
    );
    throws(() => canonicalize(nested(BODY_DEPTH_MAX + 1)), { code: 'json_too_deep' });
  });

  it('refuses a cycle', () => {
    const cycle: JsonValue[] = [];
    cycle.push(cycle);
    throws(() => canonicalize(cycle), { code: 'json_too_deep' });
  });
});

describe('canonical JSON: reading', () => {
  for (const { canonical } of vectors.canonical) {
    it(`reads ${canonical}`, () => {
      deepEqual(read(canonical), JSON.parse(canonical));
    });
  }

  for (const vector of vectors.refused) {
    it(`refuses ${vector.why}: ${vector.reason}`, () => {
      const bytes = vector.text === undefined ? Buffer.from(vector.hex, 'hex') : utf8.encode(vector.text);
      equal(parseCanonical(bytes), vector.reason);
    });
  }

  it('keeps __proto__ as data', () => {
    const object = read('{"__proto__":{"admin":true}}');
    ok(isJsonObject(object));
    deepEqual(Object.keys(object), ['__proto__']);
    equal(Reflect.get(object, 'admin'), undefined);
    equal(Object.getPrototypeOf(object), Object.prototype);
  });

  it(`takes ${BODY_DEPTH_MAX} levels and refuses one more, however deep it goes`, () => {
    ok(isJsonObject(read(canonicalize(nested(BODY_DEPTH_MAX)))));
    equal(read(`{"a":${'['.repeat(BODY_DEPTH_MAX - 1)}${']'.repeat(BODY_DEPTH_MAX - 1)}}`) instanceof Object, true);
    equal(read(`{"a":${'['.repeat(BODY_DEPTH_MAX)}${']'.repeat(BODY_DEPTH_MAX)}}`), 'too_deep');
    equal(read(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`), 'too_deep');
    equal(read('['.repeat(BODY_BYTES_MAX)), 'too_deep');
  });

  it('takes any number of arrays and objects beside each other', () => {
    const wide = `{"a":[${'[],{},'.repeat(1000)}[{}]]}`;
    deepEqual(read(wide), JSON.parse(wide));
  });

  it('does not take brackets in strings for nesting', () => {
    ok(isJsonObject(read(`{"a":"${'[{'.repeat(100)}\\"${'['.repeat(100)}\\\\"}`)));
  });

  it('reads up to its bound of bytes, and another bound when told', () => {
    const longest = `{"a":"${'x'.repeat(BODY_BYTES_MAX - 8)}"}`;
    ok(isJsonObject(read(longest)));
    equal(read(longest.replace('x', 'xx')), 'too_large');
    equal(parseCanonical(utf8.encode('{"a":1}'), 6), 'too_large');
    deepEqual(parseCanonical(utf8.encode('{"a":1}'), 7), { a: 1 });
  });

  it('reads what is written, and writes what is read', () => {
    fc.assert(
      fc.property(jsonObjects, (object) => {
        const text = canonicalize(object);
        const value = read(text);
        ok(isJsonObject(value), text);
        deepEqual(value, JSON.parse(text));
        equal(canonicalize(value), text);
      }),
    );
  });

  it('refuses every text of the same object but one', () => {
    fc.assert(
      fc.property(jsonObjects, fc.nat(4), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        const value = read(text);
        if (text === canonicalize(object)) deepEqual(value, JSON.parse(text));
        else equal(typeof value, 'string');
      }),
    );
  });

  it('refuses or changes meaning with every changed byte', () => {
    const text = '{"a":[1,-2.5,"é\\n"],"b":{"c":null,"d":true}}';
    const bytes = utf8.encode(text);
    for (let at = 0; at < bytes.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        if (byte === bytes[at]) continue;
        const value = parseCanonical(bytes.with(at, byte));
        if (typeof value !== 'string') ok(canonicalize(value) !== text, `byte ${at} as ${byte}`);
      }
    }
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const jsonObjects: fc.Arbitrary<JsonObject> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.oneof(text, fc.nat(20).map(String), fc.constant('__proto__')), tie('value'), { maxKeys: 5 }),
})).object;

function nested(depth: number): JsonObject {
  let object: JsonObject = {};
  for (let i = 1; i < depth; i++) object = { a: object };
  return object;
}

function read(json: string): ReturnType<typeof parseCanonical> {
  return parseCanonical(utf8.encode(json));
}
