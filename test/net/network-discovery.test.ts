import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'mocha';
import { Nodes } from './node.ts';

describe('network: discovery', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  it('finds through the DHT who is only known to somebody known', async () => {
    const a = await nodes.start({ dht: 'lan' });
    const b = await nodes.start({ dht: 'lan', bootstrap: [a.address()] });
    await a.connected(b.peer);
    const c = await nodes.start({ dht: 'lan', bootstrap: [a.address()] });
    await c.connected(a.peer, b.peer);
    await b.connected(c.peer);
  });

  it('finds nobody beyond those it knows without the DHT', async () => {
    const a = await nodes.start();
    const b = await nodes.start({ bootstrap: [a.address()] });
    const c = await nodes.start({ bootstrap: [a.address()] });
    await Promise.all([b.connected(a.peer), c.connected(a.peer)]);
    assert.deepEqual(
      c.network.peers().map(({ peer }) => peer),
      [a.peer],
    );
  });

  it('finds by multicast who is on the LAN and in the federation', async function () {
    const address = lanAddress();
    if (address === undefined || !(await multicastWorks())) {
      console.log('      skipped: multicast does not reach this machine itself');
      this.skip();
    }
    const options = { mdns: true, listen: [`/ip4/${address}/tcp/0`] };
    const a = await nodes.start(options);
    const other = await nodes.start({ ...options, federation: 'b2'.repeat(32) });
    const b = await nodes.start(options);
    await Promise.all([a.connected(b.peer), b.connected(a.peer)]);
    assert.deepEqual(other.reports, []);
  });
});

function lanAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/** Whether a datagram to the mDNS group comes back to a listener on this machine. */
async function multicastWorks(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    return await new Promise<boolean>((resolve) => {
      const late = setTimeout(() => resolve(false), 1000);
      const settle = (works: boolean) => {
        clearTimeout(late);
        resolve(works);
      };
      socket.on('error', () => settle(false));
      socket.on('message', (data) => data.toString() === 'tessrax multicast check' && settle(true));
      socket.bind(5353, () => {
        try {
          socket.addMembership('224.0.0.251');
          socket.send('tessrax multicast check', 5353, '224.0.0.251', (error) => error !== null && settle(false));
        } catch {
          settle(false); // no interface takes the membership: that is the answer
        }
      });
    });
  } finally {
    socket.close();
  }
}
