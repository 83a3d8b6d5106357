import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { examineProof, readProof } from '../../../src/core/proof.ts';
import { ALICE, BOB, isValid } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';

const SCAR = {
  type: 'SCAR',
  id: 'scar-1',
  origin_event: 'event-1',
  resolution: 'reform',
  summary: 'noted',
  author: 'human',
  verdict_hash: '00'.repeat(32),
  reviewers: [],
};
const COUNT = 7;
const UNKNOWN = 'ab'.repeat(32);

describe('api: reading entries', () => {
  let api: ApiRig;
  let hashes: string[] = [];
  before(async () => {
    api = await ApiRig.start();
    const drafts = Array.from({ length: COUNT }, (_, n) => (n === 4 ? SCAR : { payload: { n } }));
    hashes = listOf(await api.post('/v1/receipts', drafts), 'entries').map(({ hash }) => String(hash));
  });
  after(() => api.stop());

  const seqs = async (path: string): Promise<unknown[]> => listOf(await api.get(path), 'entries').map(({ seq }) => seq);

  it('gives all of them, oldest first', async () => {
    const answer = await api.get('/v1/receipts');
    deepEqual(
      listOf(answer, 'entries').map(({ hash }) => hash),
      hashes,
    );
    equal(answer.json['next'], null);
  });

  it('gives pages that join without gap or repeat', async () => {
    const seen: unknown[] = [];
    let path: string | undefined = '/v1/receipts?limit=3';
    for (let pages = 0; path !== undefined; pages++) {
      ok(pages <= COUNT, 'the pages do not end');
      const answer = await api.get(path);
      seen.push(...listOf(answer, 'entries').map(({ hash }) => hash));
      const { next } = answer.json;
      path = typeof next === 'string' ? `/v1/receipts?limit=3&after=${next}` : undefined;
    }
    deepEqual(seen, hashes);
  });

  it('goes on at a cursor, also at one past the end of its feed', async () => {
    deepEqual(await seqs(`/v1/receipts?after=${ALICE.peer}:5`), [5, 6]);
    deepEqual(await seqs(`/v1/receipts?after=${ALICE.peer}:${COUNT}`), []);
    deepEqual(await seqs(`/v1/receipts?after=${ALICE.peer}:9007199254740991`), []);
  });

  it('filters by type and origin', async () => {
    deepEqual(await seqs('/v1/scars'), [4]);
    deepEqual(await seqs('/v1/receipts?type=SCAR'), [4]);
    deepEqual(await seqs('/v1/receipts?type=RECEIPT&limit=5'), [0, 1, 2, 3, 5]);
    deepEqual(await seqs(`/v1/receipts?origin=${ALICE.peer}&limit=2`), [0, 1]);
    deepEqual(await seqs(`/v1/receipts?origin=${BOB.peer}`), []);
  });

  it('gives the newest, oldest of them first', async () => {
    deepEqual(await seqs('/v1/receipts?tail=2'), [5, 6]);
    deepEqual(await seqs('/v1/receipts?tail=1000'), [0, 1, 2, 3, 4, 5, 6]);
  });

  it('gives the journal, which is empty while nobody synchronised', async () => {
    deepEqual(await seqs('/v1/journal'), []);
    deepEqual(await seqs('/v1/journal?tail=5'), []);
    deepEqual(await seqs(`/v1/journal?after=${ALICE.peer}:0`), []);
  });

  it('gives one entry, with the hash of the one before it', async () => {
    const { status, json } = await api.get(`/v1/receipts/${hashes[3]}`);
    deepEqual([status, json['seq'], json['hash'], json['prev']], [200, 3, hashes[3], hashes[2]]);
  });

  it('gives a proof that holds with nothing but itself, and not for another entry', async () => {
    const { text } = await api.get(`/v1/receipts/${hashes[3]}/proof`);
    const proof = readProof(JSON.parse(text));
    const jobs = examineProof(proof);
    deepEqual(jobs.map(isValid), [true, true]);
    const other = JSON.parse((await api.get(`/v1/receipts/${hashes[2]}`)).text);
    throws(() => examineProof({ ...proof, entry: other }), { code: 'proof_entry' });
  });

  it('says whether an entry is final, and gives no certificate before it is', async () => {
    deepEqual((await api.get(`/v1/receipts/${hashes[0]}/status`)).json['status'], 'pending');
    const { status, json } = await api.get(`/v1/receipts/${hashes[0]}/certificate`);
    deepEqual([status, json['code']], [409, 'not_final']);
  });

  for (const path of [
    `/v1/receipts/${UNKNOWN}`,
    `/v1/receipts/${UNKNOWN}/proof`,
    `/v1/receipts/${UNKNOWN}/certificate`,
    `/v1/receipts/${UNKNOWN}/status`,
    `/v1/statements/${UNKNOWN}`,
    '/v1/nothing',
    '/index.htm',
    '/assets/../../package.json',
    '/..%2f..%2fpackage.json',
  ]) {
    it(`answers 404 with a problem document: ${path.replace(UNKNOWN, 'UNKNOWN')}`, async () => {
      const { status, type, json } = await api.get(path);
      deepEqual([status, json['status'], json['code']], [404, 404, 'not_found']);
      equal(type, 'application/problem+json; charset=utf-8');
      for (const name of ['type', 'title', 'detail']) equal(typeof json[name], 'string', name);
    });
  }

  for (const path of [
    '/v1/receipts/12ab',
    `/v1/receipts/${UNKNOWN.toUpperCase()}`,
    `/v1/receipts/${UNKNOWN}00/proof`,
    '/v1/statements/zz',
    '/v1/receipts?limit=0',
    '/v1/receipts?limit=1001',
    '/v1/receipts?limit=-1',
    '/v1/receipts?limit=1.5',
    '/v1/receipts?limit=1e2',
    '/v1/receipts?limit=',
    '/v1/receipts?limit=1&limit=2',
    '/v1/receipts?tail=0',
    '/v1/receipts?tail=all',
    '/v1/receipts?origin=me',
    `/v1/receipts?origin=${ALICE.peer}&origin=${BOB.peer}`,
    '/v1/receipts?type=SCAR&type=RECEIPT',
    '/v1/receipts?after=x',
    '/v1/receipts?after=',
    `/v1/receipts?after=${ALICE.peer}`,
    `/v1/receipts?after=${ALICE.peer}:`,
    `/v1/receipts?after=${ALICE.peer}:-1`,
    `/v1/receipts?after=${ALICE.peer}:0x1`,
    `/v1/receipts?after=${ALICE.peer}:1:2`,
    `/v1/receipts?after=${ALICE.peer}:9007199254740992`,
    `/v1/receipts?after=${BOB.peer}:0`,
    `/v1/receipts?origin=${BOB.peer}&after=${ALICE.peer}:0`,
    `/v1/journal?after=${BOB.peer}:0`,
    '/v1/journal?limit=many',
    '/v1/scars?limit=1001',
  ]) {
    it(`refuses ${path.replaceAll(ALICE.peer, 'ALICE').replaceAll(BOB.peer, 'BOB')}`, async () => {
      const { status, json } = await api.get(path);
      deepEqual([status, json['code']], [400, 'bad_request']);
    });
  }
});
