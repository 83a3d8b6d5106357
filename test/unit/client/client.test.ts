import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { TessraxClient } from '../../../src/client/client.ts';
import { ALICE, BOB } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';

describe('client', () => {
  let api: ApiRig;
  let client: TessraxClient;
  let hashes: string[] = [];
  before(async () => {
    api = await ApiRig.start();
    client = new TessraxClient(`${api.url}/`);
    const drafts = Array.from({ length: 5 }, (_, n) => ({ payload: { n } }));
    hashes = (await client.append(drafts)).map(({ hash }) => hash);
  });
  after(() => api.stop());

  it('reads how the node stands', async () => {
    const { height, peer_id: peer } = await client.status();
    deepEqual([height, peer], [5, ALICE.peer]);
    deepEqual((await client.peers()).peers, []);
    deepEqual(
      (await client.feeds()).feeds.map(({ size }) => size),
      [5],
    );
    match(await client.metrics(), /^federation_ledger_height 5$/m);
  });

  it('reads pages, and all of them', async () => {
    const page = await client.receipts({ limit: 2, origin: ALICE.peer });
    deepEqual(
      page.entries.map(({ hash }) => hash),
      hashes.slice(0, 2),
    );
    equal(page.next, `${ALICE.peer}:2`);
    const all = [];
    for await (const { hash } of client.allReceipts({ limit: 2 })) all.push(hash);
    deepEqual(all, hashes);
  });

  it('reads one entry, with its own members, and what can be said of it', async () => {
    const [, hash = ''] = hashes;
    deepEqual((await client.receipt(hash))['payload'], { n: 1 });
    equal((await client.receiptStatus(hash)).status, 'pending');
    equal((await client.proof(hash))['format'], 'tessrax-proof/1');
    await rejects(client.certificate(hash), { code: 'not_final' });
    equal((await client.exportHeader()).statement.height, 5);
    deepEqual((await client.scars()).entries, []);
    deepEqual((await client.journal({ tail: 3 })).entries, []);
  });

  it('proposes and revokes', async () => {
    const { hash } = await client.propose({ kind: 'decision', title: 'Meet', text: '' });
    await rejects(client.vote(hash, 'yes'), { code: 'not_found' }); // it is not final
    equal((await client.governance({ limit: 1 })).epoch, 0);
    equal((await client.revoke(BOB.peer, 'a test')).target, BOB.peer);
    deepEqual((await client.revocations({ target: BOB.peer })).revocations[0]?.signers, [ALICE.peer]);
  });

  it('hears of what is appended', async () => {
    const events = client.events();
    equal((await events.next()).value?.name, 'status');
    const [stored] = await client.append([{ payload: {} }]);
    const { value } = await events.next();
    deepEqual(value?.name === 'entry' ? value.hash : '', stored?.hash);
    await events.return();
  });

  it('gives the problem that the node names', async () => {
    await rejects(client.append([{ payload: {} }, { payload: 1 }]), {
      code: 'schema_violation',
      fields: { status: 400, index: 1 },
    });
    await rejects(client.receipts({ limit: 0 }), { code: 'bad_request' });
    await rejects(client.receipt('../../healthz'), { code: 'bad_request' });
  });

  it('shows its token where it writes, and is refused without', async () => {
    const open = await ApiRig.start('0.0.0.0:0');
    const token = (await readFile(join(open.directory, 'api.token'), 'utf8')).trim();
    await rejects(new TessraxClient(open.url).append([{ payload: {} }]), { code: 'unauthorized' });
    equal((await new TessraxClient(open.url, { token }).append([{ payload: {} }])).length, 1);
    await open.stop();
  });
});

describe('client: connections that break', () => {
  let api: ApiRig;
  let server: Server;
  let url = '';
  /** Answers of the node that the client does not get to see. */
  let lost = 0;
  const names = new Set<string>();
  before(async () => {
    api = await ApiRig.start();
    server = createServer(async (request, response) => {
      names.add(String(request.headers['idempotency-key']));
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': String(request.headers['idempotency-key']),
      };
      const answer = await fetch(api.url + request.url, { method: 'POST', headers, body: Buffer.concat(chunks) });
      const text = await answer.text();
      if (lost-- > 0) request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  after(async () => {
    server.close();
    await api.stop();
  });

  it('append once, although the first answer is lost', async () => {
    lost = 1;
    const [stored] = await new TessraxClient(url).append([{ payload: {} }]);
    deepEqual([stored?.seq, api.node.handle.status().height, names.size], [0, 1, 1]);
  });

  it('are given up in the end', async () => {
    lost = 100;
    await rejects(new TessraxClient(url).append([{ payload: {} }]), { code: 'node_unreachable' });
    equal(api.node.handle.status().height, 2);
    lost = 0;
  });

  it('are told from programs that are no node', async () => {
    const other = createServer((_request, response) => response.end('{"height": "tall"}'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : '';
    await rejects(new TessraxClient(`http://127.0.0.1:${port}`).status(), { code: 'api_answer' });
    other.close();
  });
});
