import { deepEqual, equal, match } from 'node:assert/strict';
import { API_BODY_BYTES_MAX, APPEND_BATCH_MAX, BODY_BYTES_MAX } from '../../../src/core/limits.ts';
import { ALICE } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';

describe('api: appending', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start();
  });
  after(() => api.stop());

  it('takes one object; without a type it is a RECEIPT', async () => {
    const answer = await api.post('/v1/receipts', { payload: { job: 'nightly', ok: true } });
    equal(answer.status, 201, answer.text);
    const [entry] = listOf(answer, 'entries');
    match(String(entry?.['hash']), /^[0-9a-f]{64}$/);
    deepEqual([entry?.['seq'], entry?.['origin']], [api.node.handle.status().height - 1, ALICE.peer]);
    const stored = await api.get(`/v1/receipts/${entry?.['hash']}`);
    deepEqual([stored.json['type'], stored.json['payload']], ['RECEIPT', { job: 'nightly', ok: true }]);
  });

  it('takes an array, in order', async () => {
    const before = api.node.handle.status().height;
    const answer = await api.post('/v1/receipts?wait=stored', [
      { payload: { n: 1 } },
      { type: 'RECEIPT', payload: {} },
    ]);
    equal(answer.status, 201);
    deepEqual(
      listOf(answer, 'entries').map(({ seq }) => seq),
      [before, before + 1],
    );
    equal(api.node.handle.status().height, before + 2);
  });

  const tooLong = JSON.stringify({ payload: { text: 'x'.repeat(BODY_BYTES_MAX) } });
  const refused: readonly (readonly [what: string, body: string, status: number, code: string])[] = [
    ['a duplicate key', '{"payload":{"a":1,"a":1}}', 400, 'json_duplicate_key'],
    ['a number that JSON cannot hold exactly', '{"payload":{"n":9007199254740993}}', 400, 'json_number_inexact'],
    ['text that is no JSON', '{"payload":', 400, 'json_syntax'],
    ['nothing', '', 400, 'json_syntax'],
    ['text beside the value', '{"payload":{}} {}', 400, 'json_syntax'],
    ['a lone surrogate', '{"payload":{"s":"\\ud800"}}', 400, 'json_lone_surrogate'],
    ['JSON nested too deeply', `{"payload":${'['.repeat(60)}${']'.repeat(60)}}`, 400, 'json_too_deep'],
    ['a type that is no text', '{"type":7,"payload":{}}', 400, 'bad_request'],
    ['a type in lower case', '{"type":"receipt","payload":{}}', 400, 'type_invalid'],
    ['a SCAR without its members', '{"type":"SCAR","payload":{}}', 400, 'schema_violation'],
    ['a statement that only the node makes', '{"type":"SYNC_EVENT","target":"*"}', 400, 'schema_violation'],
    ['a payload that is no object', '{"payload":[]}', 400, 'schema_violation'],
    ['a member of the header', '{"payload":{},"origin":"me"}', 400, 'schema_violation'],
    ['a body that is too large', tooLong, 413, 'body_too_large'],
    ['a text instead of an object', '"receipt"', 400, 'bad_request'],
    ['null', 'null', 400, 'bad_request'],
    ['no entries', '[]', 400, 'bad_request'],
    ['an entry that is no object', '[{"payload":{}},7]', 400, 'bad_request'],
    ['more entries than one request takes', `[${'{},'.repeat(APPEND_BATCH_MAX)}{}]`, 400, 'bad_request'],
  ];
  for (const [what, body, status, code] of refused) {
    it(`refuses ${what}, and appends nothing`, async () => {
      const before = api.node.handle.status().height;
      const answer = await api.post('/v1/receipts', body);
      deepEqual([answer.status, answer.json['code']], [status, code], answer.text.slice(0, 300));
      equal(answer.type, 'application/problem+json; charset=utf-8');
      equal(answer.json['status'], status);
      equal(api.node.handle.status().height, before);
    });
  }

  it('appends none of an array in which one is wrong, and says which', async () => {
    const before = api.node.handle.status().height;
    const answer = await api.post('/v1/receipts', [{ payload: {} }, { payload: {} }, { payload: 1 }]);
    deepEqual(
      [answer.status, answer.json['code'], answer.json['fields']],
      [400, 'schema_violation', { type: 'RECEIPT', index: 2 }],
    );
    equal(api.node.handle.status().height, before);
  });

  it('refuses a request that is too large', async () => {
    const answer = await api.post('/v1/receipts', `"${'x'.repeat(API_BODY_BYTES_MAX)}"`);
    deepEqual([answer.status, answer.json['status']], [413, 413]);
  });

  it('refuses content that is not declared as JSON', async () => {
    const answer = await api.post('/v1/receipts', '{"payload":{}}', { 'content-type': 'text/plain' });
    deepEqual([answer.status, answer.type], [415, 'application/problem+json; charset=utf-8']);
  });

  for (const wait of ['forever', '', 'stored&wait=final']) {
    it(`refuses wait=${wait}`, async () => {
      const before = api.node.handle.status().height;
      const answer = await api.post(`/v1/receipts?wait=${wait}`, { payload: {} });
      deepEqual([answer.status, answer.json['code']], [400, 'bad_request']);
      equal(api.node.handle.status().height, before);
    });
  }
});
