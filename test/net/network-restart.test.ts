import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { type Key, Nodes, newKey, subscribed, type TestNode } from './node.ts';

describe('network: restarts', () => {
  const nodes = new Nodes();
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await nodes.stopAll();
  });

  function startChild(key: Key, bootstrap: string): ChildProcess {
    const file = fileURLToPath(new URL('child.ts', import.meta.url));
    const keyText = `${key.peer},${Buffer.from(key.protobuf).toString('base64')}`;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, keyText, bootstrap], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return child;
  }

  async function bothHear(a: TestNode, b: TestNode, text: string): Promise<void> {
    const heard = (node: TestNode, said: string) =>
      node.eventually(
        () => node.reports.some((r) => r.kind === 'gossip' && Buffer.from(r.data).toString() === said),
        said,
      );
    a.network.publish('heartbeat', Buffer.from(`a ${text}`));
    b.network.publish('heartbeat', Buffer.from(`b ${text}`));
    await Promise.all([heard(a, `b ${text}`), heard(b, `a ${text}`)]);
  }

  it('a node started anew while its old connection still stands is heard and hears', async () => {
    const a = await nodes.start();
    const key = await newKey();
    const child = startChild(key, a.address());
    await a.connected(key.peer);
    // Frozen, not killed: its kernel keeps the connection open, as when a machine loses its power.
    child.kill('SIGSTOP');
    const before = a.reports.length;
    const b = await nodes.start({ bootstrap: [a.address()] }, key);
    await a.until((r) => r.kind === 'disconnected' && r.peer === key.peer, before);
    await a.until((r) => r.kind === 'connected' && r.peer === key.peer, before);
    await b.connected(a.peer);
    await subscribed(a, b);
    await bothHear(a, b, 'after the restart');
  });

  it('a killed node comes back by its peer book alone', async () => {
    const a = await nodes.start();
    const first = await nodes.start({ bootstrap: [a.address()] });
    await first.connected(a.peer);
    await first.network.stop();
    const before = a.reports.length;
    const again = await nodes.start({}, first.key, first.saved);
    await again.connected(a.peer);
    await a.until((r) => r.kind === 'connected' && r.peer === first.peer, before);
    await subscribed(a, again);
    await bothHear(a, again, 'by the book');
  });

  it('a killed node is found again by the one that stayed', async () => {
    const key = await newKey();
    const a = await nodes.start();
    const child = startChild(key, a.address());
    await a.connected(key.peer);
    const listening = a.network.peers().find(({ peer }) => peer === key.peer)?.addresses[0];
    assert.ok(listening);
    // Gone for good, and its port free, only once it has exited.
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await a.until((r) => r.kind === 'disconnected');
    const before = a.reports.length;
    const b = await nodes.start({ listen: [listening] }, key);
    await a.until((r) => r.kind === 'connected', before);
    await subscribed(a, b);
    await bothHear(a, b, 'found again');
  });
});
