import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { TessraxClient } from '../../../src/client/client.ts';
import { ALICE } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';
import { run } from './run.ts';

const COUNT = 40;

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens nowhere');
  return `127.0.0.1:${address.port}`;
}

async function read(client: TessraxClient): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const bytes of client.exportLedger()) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

describe('tessrax export', function () {
  this.timeout(30_000); // each is a process of its own
  let api: ApiRig;
  let whole = '';
  before(async () => {
    api = await ApiRig.start();
    await api.post(
      '/v1/receipts',
      Array.from({ length: COUNT }, (_, n) => ({ payload: { n } })),
    );
    whole = (await api.get('/v1/export')).text;
  });
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  after(() => api.stop());

  /** Sends the text in the way given, to whoever asks. */
  async function serverOf(answer: (response: ServerResponse) => void): Promise<Server> {
    const server = createServer((_request, response) => answer(response));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }

  const tessrax = (...args: readonly string[]) => run(['export', ...args], { cwd: api.directory });

  it('passes on what the node streams, to a file or a pipe', async () => {
    const at = api.url.replace('http://', '');
    const { code, out } = await tessrax('--api', at, '--out', 'ledger.jsonl', '--json');
    deepEqual([code, JSON.parse(out).entries], [0, COUNT]);
    const [header, ...entries] = (await readFile(join(api.directory, 'ledger.jsonl'), 'utf8')).split('\n');
    equal(JSON.parse(header ?? '').statement.height, COUNT);
    deepEqual(entries, whole.split('\n').slice(1));
    const part = await tessrax('--api', at, '--from', `${ALICE.peer}:30`);
    deepEqual([part.code, part.out.split('\n').slice(1)], [0, whole.split('\n').slice(31)]);
  });

  it('takes nothing for whole that ended early', async () => {
    const lines = whole.split('\n');
    const early: readonly (readonly [string, (response: ServerResponse) => void])[] = [
      ['cut in its middle', (response) => response.write(whole.slice(0, -100), () => response.destroy())],
      ['all there, without an end', (response) => response.write(whole, () => response.destroy())],
      ['an entry missing', (response) => response.end(`${lines.toSpliced(-2, 1).join('\n')}`)],
      ['the last newline missing', (response) => response.end(whole.slice(0, -1))],
      ['half of the header', (response) => response.end(lines[0]?.slice(0, 100))],
    ];
    for (const [what, answer] of early) {
      const server = await serverOf(answer);
      await rejects(read(new TessraxClient(`http://${addressOf(server)}`)), { code: 'answer_incomplete' }, what);
    }
  });

  it('leaves no file behind when the answer breaks off, and says so with its exit code', async () => {
    const server = await serverOf((response) => response.write(whole.slice(0, -100), () => response.destroy()));
    const before = await readdir(api.directory);
    const { code, out, err } = await tessrax('--api', addressOf(server), '--out', 'cut.jsonl');
    deepEqual([code, out], [1, '']);
    match(err, /^tessrax: the answer of http:\S+ broke off: .*\[answer_incomplete\]\n$/);
    deepEqual([existsSync(join(api.directory, 'cut.jsonl')), await readdir(api.directory)], [false, before]);
    equal((await tessrax('--api', addressOf(server))).code, 1);
  });
});
