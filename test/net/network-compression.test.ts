import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'mocha';
import { SYNC_PROTOCOL, SYNC_PROTOCOL_COMPRESSED } from '../../src/network/names.ts';
import { LOOPBACK, Nodes, type TestNode } from './node.ts';

/** Much alike, and something in each that is not. */
const FRAME = Buffer.concat(
  Array.from({ length: 1000 }, (_, i) =>
    Buffer.concat([Buffer.alloc(100, 'one receipt is like another. '), createHash('sha256').update(`${i}`).digest()]),
  ),
);

describe('network: compressed frames', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  /** Sends a frame from a second node to one that listens at `listen`, and gives back what went out for it, by protocol. */
  async function sendTo(listen: string): Promise<Map<string, number>> {
    const receiver: TestNode = await nodes.start({ listen: [listen] });
    const sender = await nodes.start({ listen: [], bootstrap: [receiver.address()] });
    await sender.connected(receiver.peer);
    sender.open(receiver.peer, FRAME);
    const report = await receiver.until((r) => r.kind === 'frame');
    assert.ok(report.kind === 'frame' && FRAME.equals(report.data));
    return new Map(sender.network.traffic().map(({ protocol, sentBytes }) => [protocol, sentBytes]));
  }

  it('are spoken between machines', async function () {
    const lan = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal);
    if (lan === undefined) {
      console.log('      skipped: this machine has no address but loopback');
      this.skip();
    }
    const sent = await sendTo(`/ip4/${lan.address}/tcp/0`);
    const bytes = sent.get(SYNC_PROTOCOL_COMPRESSED) ?? Number.POSITIVE_INFINITY;
    assert.ok(bytes < FRAME.length / 2, `${bytes} of ${FRAME.length} bytes`);
    assert.equal(sent.has(SYNC_PROTOCOL), false);
  });

  it('are not, within one', async () => {
    const sent = await sendTo(LOOPBACK[0] ?? '');
    assert.ok((sent.get(SYNC_PROTOCOL) ?? 0) > FRAME.length);
    assert.equal(sent.has(SYNC_PROTOCOL_COMPRESSED), false);
  });
});
