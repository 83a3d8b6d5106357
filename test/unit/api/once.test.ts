import { deepEqual, equal, notDeepEqual } from 'node:assert/strict';
import { sha256 } from '#sha256';
import { OnceOnly } from '../../../src/api/once.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { signedMessage } from '../../../src/core/signature.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { authorOf, BOB } from '../core/fixtures.ts';
import { type Answer, ApiRig, listOf } from '../node-rig.ts';

const BODY = [{ payload: { n: 1 } }, { payload: { n: 2 } }];

describe('api: a request that is named', () => {
  let store: MemoryStore;
  let api: ApiRig;
  const start = async (): Promise<void> => {
    api = await ApiRig.start('127.0.0.1:0', undefined, store);
  };
  beforeEach(async () => {
    store = new MemoryStore();
    await start();
  });
  afterEach(() => api.stop());

  const append = (key: string, body: unknown = BODY): Promise<Answer> =>
    api.post('/v1/receipts', body, { 'idempotency-key': key });
  const height = (): number => api.node.handle.status().height;

  it('appends once, and is answered alike', async () => {
    const first = await append('a');
    const second = await append('a');
    deepEqual([first.status, second.status, height()], [201, 201, 2]);
    deepEqual(second.json, first.json);
    notDeepEqual((await append('b')).json, first.json);
    equal(height(), 4);
  });

  it('is known after a restart', async () => {
    const first = await append('a');
    await append('b', { payload: {} });
    await api.stop();
    await start();
    deepEqual((await append('a')).json, first.json);
    equal(height(), 3);
    await append('c', { payload: {} }); // takes a slot of its own
    deepEqual((await append('a')).json, first.json);
    equal(height(), 4);
  });

  it('appends once when it comes again before it is answered', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => append('a')));
    equal(new Set(answers.map(({ text }) => text)).size, 1);
    equal(height(), 2);
  });

  it('is known after a restart when signatures inside it are checked first', async () => {
    const verdict = sha256('verdict');
    const scar = {
      type: 'SCAR',
      id: 'scar-1',
      origin_event: 'event-1',
      resolution: 'reform',
      summary: 'noted',
      author: 'human',
      verdict_hash: toHex(verdict),
      reviewers: [{ peer: BOB.peer, signature: toHex(authorOf(BOB).sign(signedMessage('review', verdict))) }],
    };
    const first = await append('a', scar);
    equal(first.status, 201, first.text);
    await api.stop();
    await start();
    deepEqual((await append('a', scar)).json, first.json);
    equal(height(), 1);
  });

  it('is refused with another body', async () => {
    await append('a');
    const { status, json } = await append('a', { payload: {} });
    deepEqual([status, json['code'], height()], [422, 'idempotency_key_reused', 2]);
  });

  it('may be sent again, corrected, when it was refused', async () => {
    equal((await append('a', { payload: 1 })).status, 400);
    equal((await append('a')).status, 201);
    equal(height(), 2);
  });

  it('has the same name with and without quotes, and one of its own at each endpoint', async () => {
    await append('"a"');
    await append('a');
    equal(height(), 2);
    const revocation = { target: BOB.peer, reason: 'a test' };
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await api.post('/v1/revocations', revocation, { 'idempotency-key': 'a' }));
    deepEqual(
      answers.map(({ status }) => status),
      [201, 201],
    );
    equal(answers[1]?.json['hash'], answers[0]?.json['hash']);
    equal(height(), 3);
  });

  it('makes room for the newest ones', async () => {
    const max = 8;
    let ring = new OnceOnly(api.node.handle, max);
    const take = async (key: string): Promise<boolean> => {
      const { isReplay } = await ring.append({ key, route: 'a', body: key }, () => [
        { type: 'RECEIPT', body: { payload: {} } },
      ]);
      return isReplay;
    };
    for (let i = 0; i < 2 * max + 3; i++) equal(await take(`key-${i}`), false);
    ring = new OnceOnly(api.node.handle, max); // as after a restart
    for (let i = max + 3; i < 2 * max + 3; i++) equal(await take(`key-${i}`), true, `key-${i}`);
    equal(await take('one more'), false);
    equal(await take(`key-${max + 3}`), false); // it was the oldest
  });

  for (const key of ['', ' ', 'a b', 'a'.repeat(65), '"a', 'é', '{}']) {
    it(`is refused under the name <${key}>`, async () => {
      const { status, json } = await append(encodeURI(key) === key ? key : encodeURI(key));
      deepEqual([status, json['code'], height()], [400, 'bad_request', 0]);
    });
  }

  it('waits for finality again when it asks for it', async () => {
    const first = await append('a');
    api.node.runtime.state.durable.certified.set(api.node.handle.peerId, 2);
    const again = await api.post('/v1/receipts?wait=final', BODY, { 'idempotency-key': 'a' });
    deepEqual([again.status, again.json['entries'], again.json['final']], [201, listOf(first, 'entries'), true]);
    equal(height(), 2);
  });
});
