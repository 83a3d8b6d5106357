import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENDPOINTS } from '../../../src/contract/endpoints.ts';
import { ALICE, BOB } from '../core/fixtures.ts';
import { type Answer, ApiRig, listOf } from '../node-rig.ts';
import { Description } from './description.ts';

const REDOCLY = fileURLToPath(new URL('../../../node_modules/@redocly/cli/bin/cli.js', import.meta.url));

describe('api: the description of itself', () => {
  let api: ApiRig;
  let description: Description;
  let text = '';
  let hash = '';
  before(async () => {
    api = await ApiRig.start();
    ({ text } = await api.get('/openapi.json'));
    api.node.network.book.push({
      peer: BOB.peer,
      connected: false,
      addresses: ['/ip4/192.0.2.7/tcp/4001'],
      agent: 'test',
      lastSeenMs: 1,
      bannedUntilMs: 0,
      lastCheckpoint: { height: 2, root: new Uint8Array(32), heardMs: 1 },
    });
    description = new Description(JSON.parse(text));
    const answer = await api.post('/v1/receipts', [{ payload: { n: 1 } }, { type: 'NOTE', about: 'anything' }]);
    hash = String(listOf(answer, 'entries')[0]?.['hash']);
  });
  after(() => api.stop());

  it('passes the linter, without a warning', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessrax-openapi-'));
    await writeFile(join(folder, 'openapi.json'), text);
    const environment = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const lint = spawn(process.execPath, [REDOCLY, 'lint', 'openapi.json', '--extends=recommended', '--format=json'], {
      cwd: folder,
      env: environment,
    });
    let out = '';
    lint.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    await once(lint, 'close');
    await rm(folder, { recursive: true });
    const { totals, problems } = JSON.parse(out);
    deepEqual(problems, []);
    deepEqual([totals.errors, totals.warnings], [0, 0]);
  });

  it('describes every endpoint once, each with an example of what it takes and gives', () => {
    equal(description.operations.length, ENDPOINTS.length);
    equal(new Set(description.operations.map(({ id }) => id)).size, ENDPOINTS.length);
    for (const { id, parameters, body } of description.operations) {
      for (const { name, example } of parameters) ok(example !== undefined, `${id} ${name}`);
      if (body === undefined) continue;
      deepEqual(description.schemaFaults(body.schema, body.example), [], id);
    }
  });

  it('says that writing needs the token where it does', async () => {
    const open = await ApiRig.start('0.0.0.0:0');
    const { paths } = JSON.parse((await open.get('/openapi.json')).text);
    await open.stop();
    deepEqual(paths['/v1/receipts'].post.security, [{ token: [] }]);
    deepEqual(JSON.parse(text).paths['/v1/receipts'].post.security, [{}, { token: [] }]);
  });

  type Ask = () => Promise<Answer>;
  const get =
    (path: string): Ask =>
    () =>
      api.get(path.replace('HASH', hash).replace('ALICE', ALICE.peer));
  const post =
    (path: string, body: unknown): Ask =>
    () =>
      api.post(path, body);
  const note = { kind: 'decision', title: 'Meet', text: 'On Monday.' };
  let proposal = '';
  /** At least one real request of each operation, with the status that it must have. */
  const asked: readonly (readonly [id: string, ask: Ask, status: number])[] = [
    ['getStatus', get('/v1/status'), 200],
    ['listPeers', get('/v1/peers'), 200],
    ['listFeeds', get('/v1/feeds'), 200],
    ['listReceipts', get('/v1/receipts?limit=1'), 200],
    ['listReceipts', get('/v1/receipts?tail=5&type=NOTE'), 200],
    ['listReceipts', get('/v1/receipts?limit=none'), 400],
    ['appendReceipts', post('/v1/receipts', { payload: {} }), 201],
    ['appendReceipts', post('/v1/receipts', []), 400],
    ['getReceipt', get('/v1/receipts/HASH'), 200],
    ['getReceipt', get(`/v1/receipts/${'0'.repeat(64)}`), 404],
    ['getProof', get('/v1/receipts/HASH/proof'), 200],
    ['getCertificate', get('/v1/receipts/HASH/certificate'), 409],
    ['getReceiptStatus', get('/v1/receipts/HASH/status'), 200],
    ['getStatement', get('/v1/statements/HASH'), 404],
    ['getTimeline', get('/v1/timeline?limit=1&text=n'), 200],
    ['listQuarantine', get('/v1/quarantine?origin=ALICE'), 200],
    ['getCheckpoint', get('/v1/feeds/ALICE/checkpoint?cosign=true'), 200],
    ['getTlogProof', get('/v1/receipts/HASH/tlog-proof'), 200],
    ['listJournal', get(`/v1/journal?node=${BOB.peer}`), 404],
    ['listScars', get('/v1/scars'), 200],
    ['listJournal', get('/v1/journal'), 200],
    ['getExportHeader', get('/v1/export/header'), 200],
    ['exportLedger', get('/v1/export'), 200],
    ['exportLedger', get(`/v1/export?origin=${BOB.peer}`), 404],
    ['getGovernance', get('/v1/governance'), 200],
    ['propose', post('/v1/governance/proposals', note), 201],
    ['propose', post('/v1/governance/proposals', { kind: 'rename' }), 400],
    ['vote', () => api.post('/v1/governance/votes', { proposal, choice: 'yes' }), 404],
    ['listRevocations', get('/v1/revocations?target=ALICE'), 200],
    ['revoke', post('/v1/revocations', { target: BOB.peer, reason: 'a test' }), 201],
    ['getMetrics', get('/metrics'), 200],
    ['getHealth', get('/healthz'), 200],
    ['getReadiness', get('/readyz'), 200],
    ['getDescription', get('/openapi.json'), 200],
  ];

  for (const [id, ask, status] of asked) {
    it(`fits what ${id} answers (${status})`, async () => {
      proposal = hash;
      const answer = await ask();
      equal(answer.status, status, answer.text);
      const isJson = /json\b/.test(answer.type);
      const value: unknown = isJson ? JSON.parse(answer.text) : answer.text;
      deepEqual(description.faults(description.operation(id), answer.status, answer.type, value), []);
    });
  }

  it('leaves no operation out of these tests but the event stream, which has its own', () => {
    const tested = new Set(asked.map(([id]) => id));
    deepEqual(
      description.operations.map(({ id }) => id).filter((id) => !tested.has(id)),
      ['streamEvents'],
    );
  });
});
