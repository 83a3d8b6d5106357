/** Nodes inside a program, as the library makes them. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draftFederation } from '../../src/core/federation/genesis.ts';
import { createKeyfile } from '../../src/identity/keyfile.ts';
import { createNode, type LiveEvent, type NodeOptions, TessraxClient, type TessraxNode } from '../../src/index.ts';

describe('embedded nodes', () => {
  let directory = '';
  let nodes: TessraxNode[] = [];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-embedded-'));
    const witnesses = [];
    for (const organisation of ['a', 'b']) {
      await mkdir(join(directory, organisation));
      const { peerId: peer } = await createKeyfile(join(directory, organisation, 'node.key'), 'pem');
      witnesses.push({ peer, organisation });
    }
    await writeFile(join(directory, 'federation.json'), JSON.stringify(draftFederation({ name: 'test', witnesses })));
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
  });
  after(() => rm(directory, { recursive: true, force: true }));

  async function start(name: string, more: Partial<NodeOptions> = {}): Promise<TessraxNode> {
    const node = await createNode({
      directory: join(directory, name),
      federation: join(directory, 'federation.json'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      mdns: false,
      dht: 'off',
      heartbeat_interval_ms: 500,
      ...more,
    });
    nodes.push(node);
    return node;
  }

  it('append, tell each other, and make it final', async () => {
    const a = await start('a', { alone: true });
    const before = await a.append([{ payload: { n: 1 } }, { type: 'NOTE', text: 'any' }]);
    const b = await start('b', { bootstrap: [...a.addresses] });
    await b.synced();
    deepEqual(
      before.map(({ seq }) => seq),
      [0, 1],
    );
    equal(b.status().height, 2);

    const events = b.events();
    const heard = firstEntry(events);
    const [appended] = await a.append({ payload: { n: 2 } });
    if (appended === undefined) throw new Error('nothing was stored');
    equal((await heard).hash, appended.hash);
    await events.return();
    await a.final(appended);

    equal((await b.get(appended.hash))?.['seq'], 2);
    equal((await b.prove(appended.hash))?.['format'], 'tessrax-proof/1');
    const seqs = [];
    for await (const entry of b.entries(a.peerId, { from: 1 })) seqs.push(entry['seq']);
    deepEqual(seqs, [1, 2]);
    equal((await new TessraxClient(b.apiUrl).status()).height, 3);
  });

  it('say what is wrong', async () => {
    const a = await start('a', { alone: true });
    equal(await a.get('0'.repeat(64)), undefined);
    await rejects(a.get('zz'), { code: 'hash_invalid' });
    await rejects(a.append({ type: 7 }), { code: 'type_invalid' });
    await rejects(a.append([]), { code: 'append_count' });
    await rejects(a.synced({ timeoutMs: 10 }), { code: 'wait_timeout' });
    await rejects(start('a'), { code: 'store_locked' });
    await rejects(start('nobody'), { code: 'keyfile_missing' });
  });
});

async function firstEntry(events: AsyncIterable<LiveEvent>): Promise<Extract<LiveEvent, { name: 'entry' }>> {
  for await (const event of events) if (event.name === 'entry') return event;
  throw new Error('the events ended');
}
