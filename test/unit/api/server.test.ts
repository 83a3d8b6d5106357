import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../../src/core/bytes.ts';
import { EMPTY_ROOT } from '../../../src/core/merkle/hash.ts';
import { ALICE, FEDERATION } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';

/** The names that dashboards and alarms of others rely on. */
const CONTRACT_METRICS = ['federation_sync_total', 'federation_conflicts_detected', 'federation_latency_seconds'];

describe('api: how the node stands', () => {
  let api: ApiRig;
  beforeEach(async () => {
    api = await ApiRig.start();
  });
  afterEach(() => api.stop());

  it('tells its status', async () => {
    const { status, json } = await api.get('/v1/status');
    equal(status, 200);
    const { federation, uptime_seconds: uptime, started_ms: started, version, ...rest } = json;
    deepEqual(federation, { id: FEDERATION.id, name: FEDERATION.name });
    deepEqual(rest, {
      peer_id: ALICE.peer,
      height: 0,
      certified_height: 0,
      root: toHex(EMPTY_ROOT),
      feeds: 0,
      peers: 0,
      peers_agreeing: 0,
      syncing: false,
      behind: 0,
      witnesses: { threshold: 3, all: 3, here: 1 },
      held: { entries: 0, feeds: 0, origin: null, until_ms: 0, ahead_ms: 0 },
      received_per_second: 0,
      unreachable: [],
      journal_entries: 0,
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    });
    ok(typeof started === 'number' && typeof uptime === 'number' && uptime >= 0 && started <= Date.now());
    match(String(version), /^\d+\.\d+\.\d+/);
  });

  it('counts what was appended, in status, feeds and metrics', async () => {
    await api.post('/v1/receipts', [{ payload: { n: 1 } }, { payload: { n: 2 } }]);
    const { height, root, feeds } = (await api.get('/v1/status')).json;
    deepEqual([height, feeds], [2, 1]);
    const [feed] = listOf(await api.get('/v1/feeds'), 'feeds');
    deepEqual([feed?.['origin'], feed?.['size']], [ALICE.peer, 2]);
    ok(root !== toHex(EMPTY_ROOT));
    const metrics = (await api.get('/metrics')).text;
    match(metrics, /^federation_ledger_height 2$/m);
    match(metrics, /^federation_entries_stored_total\{source="own"\} 2$/m);
  });

  it('has metrics under the names of the contract', async () => {
    const { status, type, text } = await api.get('/metrics');
    equal(status, 200);
    match(type, /^text\/plain; version=0\.0\.4/);
    const named = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    deepEqual(
      CONTRACT_METRICS.filter((name) => !named.includes(name)),
      [],
    );
  });

  it('knows no peers, is healthy and ready', async () => {
    deepEqual((await api.get('/v1/peers')).json, { peers: [] });
    deepEqual((await api.get('/healthz')).json, { status: 'ok' });
    deepEqual((await api.get('/readyz')).json, { ready: true });
  });

  it('signs the header of an export', async () => {
    const { json } = await api.get('/v1/export/header');
    match(String(json['signature']), /^[0-9a-f]{128}$/);
  });
});

describe('api: where it listens', () => {
  it('writes its address into api.json, and removes it when it stops', async () => {
    const api = await ApiRig.start();
    const written = JSON.parse(await readFile(join(api.directory, 'api.json'), 'utf8'));
    deepEqual(written, { url: api.url, pid: process.pid });
    await api.server.close();
    deepEqual((await readdir(api.directory)).sort(), ['federation.json']);
    await rejects(fetch(api.url));
    await api.stop();
  });

  it('says that a port is in use, and leaves the address of who uses it', async () => {
    const api = await ApiRig.start();
    const { host } = new URL(api.url);
    await rejects(ApiRig.start(host), { code: 'port_in_use', remedy: /--api/ });
    equal((await api.get('/healthz')).status, 200);
    await api.stop();
  });

  for (const listen of ['127.0.0.1', '127.0.0.1:65536', ':7420', '127.0.0.1:http', '127.0.0.1:']) {
    it(`refuses to listen on "${listen}"`, () => rejects(ApiRig.start(listen), { code: 'config_invalid' }));
  }

  it('says that an address is not of this machine', () =>
    rejects(ApiRig.start('192.0.2.1:0'), { code: 'api_listen_failed' }));

  it('needs no token on loopback', async () => {
    const api = await ApiRig.start('localhost:0');
    equal((await api.post('/v1/receipts', { payload: {} })).status, 201);
    equal((await readdir(api.directory)).includes('api.token'), false);
    await api.stop();
  });
});

describe('api: the token', () => {
  let api: ApiRig;
  let token = '';
  before(async () => {
    api = await ApiRig.start('0.0.0.0:0');
    token = (await readFile(join(api.directory, 'api.token'), 'utf8')).trim();
  });
  after(() => api.stop());

  it('is made at the first start, for its owner only', async () => {
    equal((await stat(join(api.directory, 'api.token'))).mode & 0o777, 0o600);
    match(token, /^[A-Za-z0-9_-]{43}$/);
  });

  it('is not needed for reading', async () => {
    equal((await api.get('/v1/status')).status, 200);
  });

  it('lets its bearer write', async () => {
    equal((await api.post('/v1/receipts', { payload: {} }, { authorization: `Bearer ${token}` })).status, 201);
  });

  const headers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['no token', {}],
    ['another token', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a part of the token', { authorization: 'Bearer PART' }],
    ['another scheme', { authorization: 'Basic TOKEN' }],
    ['more than the token', { authorization: 'Bearer TOKEN TOKEN' }],
  ];
  for (const [what, header] of headers) {
    it(`refuses to write with ${what}`, async () => {
      const { height } = api.node.handle.status();
      const filled = Object.fromEntries(
        Object.entries(header).map(([name, value]) => [
          name,
          value.replaceAll('TOKEN', token).replace('PART', token.slice(0, -1)),
        ]),
      );
      const { status, json } = await api.post('/v1/receipts', { payload: {} }, filled);
      deepEqual([status, json['code']], [401, 'unauthorized']);
      equal(api.node.handle.status().height, height);
    });
  }

  const write =
    (text: string, mode: number) =>
    async (directory: string): Promise<void> => {
      const file = join(directory, 'api.token');
      await writeFile(file, text);
      await chmod(file, mode);
    };

  it('is kept when it exists', async () => {
    const mine = 'm'.repeat(40);
    const other = await ApiRig.start('0.0.0.0:0', write(`${mine}\n`, 0o600));
    equal((await other.post('/v1/receipts', { payload: {} }, { authorization: `Bearer ${mine}` })).status, 201);
    await other.stop();
  });

  it('is refused when others can read it, or when it is short', async () => {
    await rejects(ApiRig.start('0.0.0.0:0', write('m'.repeat(40), 0o640)), { code: 'token_permissions' });
    await rejects(ApiRig.start('0.0.0.0:0', write('m'.repeat(31), 0o600)), { code: 'token_invalid' });
    await rejects(ApiRig.start('0.0.0.0:0', write('', 0o600)), { code: 'token_invalid' });
  });
});
