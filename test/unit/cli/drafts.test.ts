import { deepEqual, equal, throws } from 'node:assert/strict';
import { draftOf } from '../../../src/cli/drafts.ts';
import type { JsonValue } from '../../../src/core/entry/canonical-json.ts';
import { BODY_BYTES_MAX } from '../../../src/core/limits.ts';

const SCAR = {
  id: 'x',
  origin_event: 'e',
  resolution: 'reform',
  summary: 's',
  author: 'human',
  verdict_hash: '0'.repeat(64),
  reviewers: [],
};

describe('drafts of entries', () => {
  const taken: readonly (readonly [string, JsonValue, string | undefined, JsonValue])[] = [
    ['a bare object is the payload of a receipt', { a: 1 }, undefined, { type: 'RECEIPT', payload: { a: 1 } }],
    ['the empty object too', {}, undefined, { type: 'RECEIPT', payload: {} }],
    ['an object with a type is an entry as it is', { type: 'SCAR', ...SCAR }, undefined, { type: 'SCAR', ...SCAR }],
    ['with a type given, the object is the body', SCAR, 'SCAR', { type: 'SCAR', ...SCAR }],
    [
      'of a receipt it is the payload, whatever its members are',
      { type: 'measurement' },
      'RECEIPT',
      { type: 'RECEIPT', payload: { type: 'measurement' } },
    ],
    ['types that are not known are carried', { note: 1 }, 'NOTE', { type: 'NOTE', note: 1 }],
  ];
  for (const [what, value, type, json] of taken) it(what, () => deepEqual(draftOf(value, type).json, json));

  const refused: readonly (readonly [string, JsonValue, string | undefined, string])[] = [
    ['a list', [], undefined, 'draft_not_object'],
    ['a text', 'x', undefined, 'draft_not_object'],
    ['null', null, undefined, 'draft_not_object'],
    ['a type in lower case', { type: 'measurement' }, undefined, 'type_invalid'],
    ['a type that is no text', { type: 7 }, undefined, 'type_invalid'],
    ['a given type that is none', {}, 'a b', 'type_invalid'],
    ['a receipt without payload', { type: 'RECEIPT', a: 1 }, undefined, 'schema_violation'],
    ['a scar that lacks a member', { ...SCAR, id: '' }, 'SCAR', 'schema_violation'],
    ['a type inside the body of another type', { type: 'X' }, 'NOTE', 'schema_violation'],
    ['a journal type', { type: 'SYNC_EVENT' }, undefined, 'schema_violation'],
    ['a member of headers', { type: 'NOTE', seq: 1 }, undefined, 'schema_violation'],
    ['a body that is too large', { text: 'x'.repeat(BODY_BYTES_MAX) }, undefined, 'body_too_large'],
  ];
  for (const [what, value, type, code] of refused)
    it(`refuses ${what}`, () => throws(() => draftOf(value, type), { code }));

  it('counts the bytes of the body', () => {
    equal(draftOf({ a: 'é' }).bytes, Buffer.byteLength('{"payload":{"a":"é"}}'));
  });
});
