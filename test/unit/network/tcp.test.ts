import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Libp2p, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { gatheringTcp } from '../../../src/network/tcp.ts';

const PROTOCOL = '/test/1';

describe('TCP whose packets leave together', () => {
  const dialled = collected('net.client.socket');
  const accepted = collected('net.server.socket');
  let nodes: Libp2p[];
  beforeEach(async () => {
    nodes = [await start(), await start()];
  });
  afterEach(() => Promise.all(nodes.map((node) => node.stop())));

  it('holds what is sent in one turn, on both ends, and lets it go in one piece', async () => {
    const [dialler, listener] = nodes;
    const [address] = listener?.getMultiaddrs() ?? [];
    if (dialler === undefined || listener === undefined || address === undefined) throw new Error('no nodes');
    const inbound = new Promise<Stream>((resolve) => listener.handle(PROTOCOL, (stream) => resolve(stream)));
    const outbound = await dialler.dialProtocol(address, PROTOCOL);
    for (const [stream, other, sockets] of [
      [outbound, await inbound, dialled],
      [await inbound, outbound, accepted],
    ] as const) {
      const socket = sockets.at(-1);
      assert.ok(socket !== undefined);
      await setImmediate(); // what the streams said before is gone
      const arrival = once(other, 'message');
      const before = socket.bytesWritten;
      stream.send(new Uint8Array(100));
      stream.send(new Uint8Array(200));
      assert.equal(socket.writableCorked, 1);
      assert.ok(socket.writableLength > 300);
      await setImmediate();
      assert.deepEqual([socket.writableCorked, socket.writableLength], [0, 0]);
      assert.ok(socket.bytesWritten > before + 300);
      await arrival;
    }
  });
});

async function start(): Promise<Libp2p> {
  return await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [gatheringTcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  });
}

/** Sockets of this process that were opened during a test, on one side. */
function collected(name: string): Socket[] {
  const sockets: Socket[] = [];
  const take = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket)
      sockets.push(message.socket);
  };
  beforeEach(() => {
    sockets.length = 0;
    channel(name).subscribe(take);
  });
  afterEach(() => {
    channel(name).unsubscribe(take);
  });
  return sockets;
}
