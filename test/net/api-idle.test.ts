/** Ten thousand connections that ask for nothing: the API keeps to its bound and answers, and the node goes on synchronising. */
import { equal, ok } from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, type DemoNode, makeCluster } from '../../scripts/demo/cluster.ts';
import { API_CONNECTIONS_MAX } from '../../src/core/limits.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 200;
const WAIT_MS = 30_000;

describe('a node with ten thousand idle connections to its API', function () {
  this.timeout(120_000);
  let directory = '';
  let cluster: Cluster;
  const open = new Set<Socket>();
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-idle-'));
    cluster = await makeCluster(directory, 2);
    for (const node of cluster.nodes) await cluster.start(node);
  });
  after(async () => {
    for (const socket of open) socket.destroy();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function idle(url: string): Promise<void> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    return new Promise((resolve) => {
      socket.on('connect', () => resolve());
      socket.on('error', () => resolve()); // turned away
    });
  }

  it('keeps a bounded number of them, answers, and gets what the other node appends', async () => {
    const [asked, other] = cluster.nodes;
    if (asked === undefined || other === undefined) throw new Error('no nodes');
    await until(async () => (await other.status()).peers === 1);
    for (let made = 0; made < CONNECTIONS; made += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => idle(asked.url)));
      if (made % 1000 === 0) await other.append({ payload: { made } });
    }
    await until(async () => open.size <= API_CONNECTIONS_MAX);
    await asked.append({ payload: { by: 'the one that is asked' } });
    await until(async () => (await rootOf(asked)) === (await rootOf(other)));
    equal((await asked.status()).height, CONNECTIONS / 1000 + 1);
    ok(open.size > 0 && open.size <= API_CONNECTIONS_MAX, `${open.size} are open`);
  });
});

async function rootOf(node: DemoNode): Promise<string> {
  return (await node.status()).root;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
