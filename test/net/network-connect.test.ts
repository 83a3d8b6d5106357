import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TessraxError } from '../../src/core/errors.ts';
import { createNetwork } from '../../src/network/network.ts';
import { freePort, LOOPBACK, Nodes, newKey, TestNode } from './node.ts';

describe('network: connections', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  it('connects by a bootstrap address, tells the agent, and writes the peer book', async () => {
    const [a, b] = await nodes.pair({ agent: 'tessrax/9.9' });
    const report = await b.until((r) => r.kind === 'connected');
    assert.deepEqual(report, { kind: 'connected', peer: a.peer, agent: 'tessrax/9.9' });
    const info = b.network.peers().find(({ peer }) => peer === a.peer);
    assert.equal(info?.connected, true);
    assert.ok(a.address().startsWith(info?.addresses[0] ?? 'none'));
    await b.network.stop();
    assert.match(b.saved ?? '', new RegExp(a.peer));
    await a.until((r) => r.kind === 'disconnected' && r.peer === b.peer);
  });

  it('connects by a name, without a peer ID, and with its own addresses in the list', async () => {
    const a = await nodes.start();
    const port = a.address().split('/')[4];
    const key = await newKey();
    const own = await freePort();
    const bootstrap = [
      `/ip4/127.0.0.1/tcp/${own}/p2p/${key.peer}`,
      `/ip4/127.0.0.1/tcp/${own}`,
      `/dns4/localhost/tcp/${port}`,
    ];
    const b = await nodes.start({ bootstrap, listen: [`/ip4/127.0.0.1/tcp/${own}`] }, key);
    await b.connected(a.peer);
    assert.equal(
      b.logs.some((line) => line.includes(`"target":"${key.peer}"`)),
      false,
      'dialled itself',
    );
  });

  it('finds a peer that starts later, and again when it comes back elsewhere', async () => {
    const port = await freePort();
    const b = await nodes.start({ bootstrap: [`/ip4/127.0.0.1/tcp/${port}`] });
    await b.eventually(() => b.logs.some((line) => line.includes('dial failed')), 'a failed dial');
    const key = await newKey();
    const a = await nodes.start({ listen: [`/ip4/127.0.0.1/tcp/${port}`] }, key);
    await b.connected(a.peer);
    const before = b.reports.length;
    await a.network.stop();
    await nodes.start({ bootstrap: [b.address()] }, key);
    await b.until((r) => r.kind === 'connected' && r.peer === a.peer, before);
  });

  it('ends with one connection when two nodes dial each other at the same time', async () => {
    const [portA, portB] = [await freePort(), await freePort()];
    for (let round = 0; round < 5; round++) {
      const [keyA, keyB] = [await newKey(), await newKey()];
      const [a, b] = await Promise.all([
        nodes.start(
          { listen: [`/ip4/127.0.0.1/tcp/${portA}`], bootstrap: [`/ip4/127.0.0.1/tcp/${portB}/p2p/${keyB.peer}`] },
          keyA,
        ),
        nodes.start(
          { listen: [`/ip4/127.0.0.1/tcp/${portB}`], bootstrap: [`/ip4/127.0.0.1/tcp/${portA}/p2p/${keyA.peer}`] },
          keyB,
        ),
      ]);
      await Promise.all([a.connected(b.peer), b.connected(a.peer)]);
      a.network.publish('heartbeat', Buffer.from(`from a ${round}`));
      // Connected on both sides and staying so: what a sends now reaches b.
      const stream = a.open(b.peer, Buffer.from('hello'));
      await b.until((r) => r.kind === 'frame');
      a.network.close(stream);
      await a.until((r) => r.kind === 'closed');
      await nodes.stopAll();
    }
  });

  it('connects twelve nodes that start together on one host', async () => {
    const first = await nodes.start();
    const others = await Promise.all(Array.from({ length: 11 }, () => nodes.start({ bootstrap: [first.address()] })));
    await first.connected(...others.map(({ peer }) => peer));
    await Promise.all(others.map((node) => node.connected(first.peer)));
    // At once, not after retries: none was refused.
    const failed = others.flatMap((node) => node.logs.filter((line) => /dial failed|came to nothing/.test(line)));
    assert.deepEqual(failed, []);
  });

  it('refuses a banned peer until the ban is over', async () => {
    let wallMs = 1_000_000;
    const a = await nodes.start({ wallMs: () => wallMs });
    // A dice that says `soon`, so that b's retries take no time.
    const b = await nodes.start({ bootstrap: [a.address()], random: () => 0.02 });
    await Promise.all([a.connected(b.peer), b.connected(a.peer)]);
    const before = a.reports.length;
    a.network.disconnect(b.peer, 60_000);
    await b.until((r) => r.kind === 'disconnected');
    assert.equal(a.network.peers().find(({ peer }) => peer === b.peer)?.bannedUntilMs, 1_060_000);
    // b dials on; each of its dials is refused, and none is reported.
    await b.eventually(
      () => b.logs.filter((line) => line.includes('came to nothing')).length >= 2,
      'two refused dials',
    );
    assert.equal(
      a.reports.slice(before).some((r) => r.kind === 'connected'),
      false,
    );
    wallMs += 60_001;
    await a.until((r) => r.kind === 'connected', before);
  });

  it('does not report a node of another federation, nor dial it again soon', async () => {
    const a = await nodes.start();
    const stranger = await nodes.start({ federation: 'b2'.repeat(32), bootstrap: [a.address()] });
    const friend = await nodes.start({ bootstrap: [a.address(), stranger.address()] });
    await a.connected(friend.peer);
    await friend.eventually(
      () => friend.network.peers().some(({ peer }) => peer === stranger.peer),
      'meeting the stranger',
    );
    for (const node of [a, friend])
      assert.equal(
        node.reports.some((r) => 'peer' in r && r.peer === stranger.peer),
        false,
      );
    assert.deepEqual(stranger.reports, []);
  });

  it('says which port is taken and what to do', async () => {
    const a = await nodes.start();
    const port = a.address().split('/')[4];
    const b = new TestNode(await newKey(), { listen: [`/ip4/127.0.0.1/tcp/${port}`] });
    await assert.rejects(b.start(), (error) => {
      assert.ok(error instanceof TessraxError);
      assert.equal(error.code, 'port_in_use');
      assert.match(error.message, new RegExp(`${port}`));
      assert.match(error.remedy, /--listen/);
      return true;
    });
    await b.network.stop();
  });

  it('refuses options that cannot work', async () => {
    const { protobuf } = await newKey();
    const code = (expected: string) => (error: unknown) => error instanceof TessraxError && error.code === expected;
    const options = {
      privateKeyProtobuf: protobuf,
      federation: 'a1'.repeat(32),
      listen: LOOPBACK,
      bootstrap: [],
      mdns: false,
      dht: 'off' as const,
      book: { load: async () => undefined, save: async () => {} },
      agent: '',
      log: () => {},
      random: Math.random,
      wallMs: Date.now,
    };
    assert.throws(() => createNetwork({ ...options, privateKeyProtobuf: Uint8Array.of(1, 2, 3) }), code('key_invalid'));
    for (const text of [
      '',
      'localhost:4001',
      '/ip4/127.0.0.1',
      '/ip4/127.0.0.1/udp/4001',
      '/ip4/127.0.0.1/tcp/4001/p2p/x',
    ]) {
      assert.throws(() => createNetwork({ ...options, bootstrap: [text] }), code('bootstrap_invalid'), text);
    }
    for (const text of ['', '127.0.0.1:4001', '/ip4/127.0.0.1/udp/4001']) {
      await assert.rejects(new TestNode(await newKey(), { listen: [text] }).start(), code('listen_invalid'), text);
    }
    await assert.rejects(
      new TestNode(await newKey(), { listen: ['/ip4/192.0.2.77/tcp/0'] }).start(),
      code('listen_failed'),
    );
  });
});
