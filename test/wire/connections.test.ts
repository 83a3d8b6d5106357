import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'mocha';
import { CONNECTIONS_PENDING_MAX } from '../../src/core/limits.ts';
import { Nodes } from '../net/node.ts';
import { RawPeer, socketTo } from './raw-peer.ts';

describe('wire: a peer that breaks the rules of connections', () => {
  const nodes = new Nodes();
  const raws: RawPeer[] = [];

  afterEach(async () => {
    await Promise.all(raws.splice(0).map((raw) => raw.stop()));
    await nodes.stopAll();
  });

  it('garbage instead of a handshake is hung up on, and costs little', async () => {
    const [node, friend] = await nodes.pair({ deadlines: { identifyMs: 1000 } });
    const before = process.memoryUsage();
    await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = await socketTo(node.address());
        socket.removeAllListeners('error').on('error', () => {}); // the node resets it, as it should
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket.resume().write(randomBytes(100_000));
        await closed;
      }),
    );
    const stream = friend.open(node.peer, Buffer.from('still here'));
    await node.until((r) => r.kind === 'frame' && r.stream !== stream);
    const after = process.memoryUsage();
    assert.ok(
      after.arrayBuffers - before.arrayBuffers < 64 * 2 ** 20,
      `${after.arrayBuffers - before.arrayBuffers} bytes`,
    );
    assert.equal(node.reports.filter((r) => r.kind === 'connected').length, 1);
  });

  it('connections that say nothing do not keep others out', async () => {
    const node = await nodes.start();
    const sockets = await Promise.all(
      Array.from({ length: CONNECTIONS_PENDING_MAX / 2 }, () => socketTo(node.address())),
    );
    const friend = await nodes.start({ bootstrap: [node.address()] });
    await node.connected(friend.peer);
    for (const socket of sockets) socket.destroy();
  });

  it('garbage instead of a protocol name ends its stream only', async () => {
    const node = await nodes.start({ deadlines: { silenceMs: 60_000 } });
    const raw = await RawPeer.start();
    raws.push(raw);
    const connection = await raw.dial(node.address());
    await node.connected(raw.peer);
    await assert.rejects(connection.newStream(['/tessrax/nonsense/1.0.0']));
    await assert.rejects(connection.newStream(['x'.repeat(5000)]));
    const stream = await raw.syncStream(connection);
    stream.send(Uint8Array.of(0, 0, 0, 1, 42));
    await node.until((r) => r.kind === 'frame');
  });

  it('a peer that does not say who it is is dropped, and never reported', async () => {
    const node = await nodes.start({ deadlines: { identifyMs: 200 } });
    const raw = await RawPeer.start({ identifies: false });
    raws.push(raw);
    const connection = await raw.dial(node.address());
    await once(connection, 'close');
    assert.deepEqual(node.reports, []);
  });

  it('a peer of another federation is dropped, and its sync stream with it', async () => {
    const node = await nodes.start();
    const raw = await RawPeer.start({ federation: 'b2'.repeat(32) });
    raws.push(raw);
    const connection = await raw.dial(node.address());
    const closed = once(connection, 'close');
    await raw.syncStream(connection).then(
      (stream) => stream.status === 'open' && stream.send(Uint8Array.of(0, 0, 0, 1, 42)),
      () => {}, // dropped before the stream was negotiated: as good
    );
    await closed;
    assert.deepEqual(node.reports, []);
  });

  it('a member without gossip is connected anew, for one direction may be dead', async () => {
    const node = await nodes.start({ deadlines: { silenceMs: 300 } });
    const raw = await RawPeer.start();
    raws.push(raw);
    await raw.dial(node.address());
    await node.connected(raw.peer);
    await node.until((r) => r.kind === 'disconnected');
    assert.ok(node.logs.some((line) => line.includes('gossip_silent')));
    // And it is the node that dials again.
    await node.until((r) => r.kind === 'connected', 2);
  });
});
