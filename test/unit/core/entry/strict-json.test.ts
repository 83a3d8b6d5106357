import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { isJsonObject } from '../../../../src/core/entry/canonical-json.ts';
import { parseStrict } from '../../../../src/core/entry/strict-json.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import { ERROR_EXCERPT_LENGTH_MAX, JSON_TEXT_DEPTH_MAX } from '../../../../src/core/limits.ts';

const TEXTS = [
  'null',
  'true',
  'false',
  '0',
  '"a"',
  '[]',
  '{}',
  ' [ ] ',
  '\t{\r\n}\n',
  '{"a": [1, {"b": null}], "c": "d"}',
  '{"a":1,"A":2,"":3}',
  '[1,[2,[3]],4]',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC"',
  '"\\ud83d\\ude00"',
  '"😀é\u2028\u007f"',
];

const NUMBERS: [string, number][] = [
  ['0.50', 0.5],
  ['1.0', 1],
  ['1762381410.6312633', 1762381410.6312633],
  ['1e2', 100],
  ['1E+2', 100],
  ['100e-2', 1],
  ['-0', 0],
  ['0.000', 0],
  ['0e999999999999999999999', 0],
  ['-12.500e1', -125],
  ['9007199254740992', 2 ** 53],
  ['9007199254740991', 2 ** 53 - 1],
  ['1e23', 1e23],
  ['1e21', 1e21],
  ['100000000000000000000000', 1e23],
  ['5e-324', 5e-324],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['0.1', 0.1],
  ['0.30000000000000004', 0.1 + 0.2],
  ['123456789012345680000', 123456789012345680000],
  ['0.0001e4', 1],
  [`0.${'0'.repeat(400)}1e401`, 1],
];

const SYNTAX: [string, string, number, number][] = [
  ['nothing', '', 1, 1],
  ['white space', ' \n ', 2, 2],
  ['a byte order mark', '\ufeff{}', 1, 1],
  ['text behind the end', '{} x', 1, 4],
  ['two values', '1 2', 1, 3],
  ['an object cut off', '{"a":1', 1, 7],
  ['an array cut off', '[1,', 1, 4],
  ['a string cut off', '{"a":"b', 1, 8],
  ['a string cut off behind a backslash', '"\\', 1, 3],
  ['a comma at the end of an object', '{"a":1,}', 1, 8],
  ['a comma at the end of an array', '[1,]', 1, 4],
  ['a missing comma', '{"a":1\n "b":2}', 2, 2],
  ['a missing colon', '{"a" 1}', 1, 6],
  ['a name without quotes', '{a:1}', 1, 2],
  ['single quotes', "{'a':1}", 1, 2],
  ['a comment', '{}\n// no', 2, 1],
  ['NaN', '[NaN]', 1, 2],
  ['Infinity', '[-Infinity]', 1, 2],
  ['a plus sign', '+1', 1, 1],
  ['a zero in front', '[01]', 1, 3],
  ['no digit before the point', '.5', 1, 1],
  ['no digit behind the point', '1.', 1, 2],
  ['no digit in the exponent', '1e', 1, 2],
  ['a hex number', '0x10', 1, 2],
  ['a lone minus', '-', 1, 1],
  ['a word cut off', 'tru', 1, 1],
  ['a word too long', 'truex', 1, 5],
  ['an upper-case word', 'True', 1, 1],
  ['a raw line feed in a string', '"a\nb"', 1, 3],
  ['a raw tab in a string', '"\t"', 1, 2],
  ['an escape JSON lacks', '"\\x41"', 1, 3],
  ['a short unicode escape', '"\\u12"', 1, 4],
  ['a unicode escape that is not hex', '"\\u12g4"', 1, 4],
  ['white space JSON lacks', '[1,\u00a02]', 1, 4],
  ['brackets that do not pair', '[1}', 1, 3],
];

describe('strict JSON: accepted', () => {
  for (const text of TEXTS) {
    it(`reads ${JSON.stringify(text)} as JSON.parse does`, () => {
      deepEqual(parseStrict(text), JSON.parse(text));
    });
  }

  for (const [text, value] of NUMBERS) {
    it(`reads ${text} as ${value}`, () => {
      ok(Object.is(parseStrict(text), value));
    });
  }

  it('reads what JSON.stringify writes, indented or not', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        deepEqual(parseStrict(text), JSON.parse(text));
      }),
    );
  });

  it('keeps __proto__ as data', () => {
    const value = parseStrict('{"__proto__":{"admin":true},"a":1}');
    ok(isJsonObject(value));
    deepEqual(Object.keys(value), ['__proto__', 'a']);
    equal(Reflect.get(value, 'admin'), undefined);
  });

  it('takes names that every object has', () => {
    deepEqual(parseStrict('{"constructor":1,"hasOwnProperty":2,"toString":3}'), {
      constructor: 1,
      hasOwnProperty: 2,
      toString: 3,
    });
  });
});

describe('strict JSON: refused as syntax', () => {
  for (const [what, text, line, column] of SYNTAX) {
    it(`${what}, at line ${line}, column ${column}`, () => {
      const error = refusal(text);
      equal(error.code, 'json_syntax');
      deepEqual(error.fields, { line, column });
      throws(() => JSON.parse(text), SyntaxError);
    });
  }
});

describe('strict JSON: refused beyond syntax', () => {
  const doubled: [string, string, number][] = [
    ['{"a":1,"a":1}', 'a', 8],
    ['{"a":1,"b":2,"\\u0061":1}', 'a', 14],
    ['[{"x":{"":1,"":2}}]', '', 13],
    ['{"__proto__":1,"__proto__":2}', '__proto__', 16],
  ];
  for (const [text, key, column] of doubled) {
    it(`a name twice: ${text}`, () => {
      const error = refusal(text);
      equal(error.code, 'json_duplicate_key');
      deepEqual(error.fields, { line: 1, column, key });
    });
  }

  const inexact = [
    '9007199254740993',
    '-9007199254740993',
    '1e400',
    '-1e400',
    '1e-400',
    '0.1000000000000000055',
    '1e99999999999999999999',
    '1e-99999999999999999999',
    '12345678901234567890',
    '3.14159265358979323846',
    '2.4e-324',
    '179769313486231580e291',
    `1${'0'.repeat(400)}`,
    `0.${'0'.repeat(400)}1`,
  ];
  for (const number of inexact) {
    it(`a number that a double does not hold: ${number.slice(0, 40)}`, () => {
      const error = refusal(`{"n":\n${number}}`);
      equal(error.code, 'json_number_inexact');
      equal(error.fields.line, 2);
      equal(error.fields.column, 1);
      ok(number.startsWith(String(error.fields.number).replace('…', '')));
    });
  }

  it('any number with a digit more than the shortest form of a double', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0),
        fc.integer({ min: 1, max: 9 }),
        (value, digit) => {
          const [mantissa, exponent] = value.toExponential().split('e');
          const point = mantissa?.includes('.') ? '' : '.';
          const padding = '0'.repeat(17);
          equal(refusal(`${mantissa}${point}${padding}${digit}e${exponent}`).code, 'json_number_inexact');
          ok(parseStrict(`${mantissa}${point}${padding}e${exponent}`) === value);
        },
      ),
    );
  });
});

describe('strict JSON: refused beyond a double or a bound', () => {
  for (const text of ['"\\ud800"', '"\\udc00"', '"\\ude00\\ud83d"', '"\ud800"', '{"\\ud800":1}', '["a\\uD83Dx"]']) {
    it(`half a surrogate pair: ${JSON.stringify(text)}`, () => {
      equal(refusal(text).code, 'json_lone_surrogate');
    });
  }

  it('nesting beyond its bound, at the bracket that breaks it', () => {
    const deepest = '['.repeat(JSON_TEXT_DEPTH_MAX) + ']'.repeat(JSON_TEXT_DEPTH_MAX);
    deepEqual(parseStrict(deepest), JSON.parse(deepest));
    const error = refusal('['.repeat(1_000_000));
    equal(error.code, 'json_too_deep');
    equal(error.fields.column, JSON_TEXT_DEPTH_MAX + 1);
    equal(refusal('{"a":'.repeat(JSON_TEXT_DEPTH_MAX + 1)).code, 'json_too_deep');
  });

  it('repeats no more of the text than an excerpt', () => {
    const name = JSON.stringify('n'.repeat(10_000));
    const error = refusal(`{${name}:1,${name}:2}`);
    ok(error.message.length < 2 * ERROR_EXCERPT_LENGTH_MAX);
    equal(String(error.fields.key).length, ERROR_EXCERPT_LENGTH_MAX + 1);
  });

  it('takes linear time for a long number', function () {
    this.timeout(2000);
    equal(refusal(`1${'0'.repeat(1_000_000)}1`).code, 'json_number_inexact');
    equal(refusal(`0.${'0'.repeat(1_000_000)}1`).code, 'json_number_inexact');
  });
});

function refusal(text: string): TessraxError {
  try {
    parseStrict(text);
  } catch (error) {
    if (error instanceof TessraxError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}
