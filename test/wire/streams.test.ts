import assert from 'node:assert/strict';
import { zstdCompressSync } from 'node:zlib';
import type { Stream } from '@libp2p/interface';
import { describe, it } from 'mocha';
import { FRAME_BYTES_MAX, SYNC_STREAMS_INBOUND_MAX } from '../../src/core/limits.ts';
import { SYNC_PROTOCOL_COMPRESSED } from '../../src/network/names.ts';
import { Nodes, type TestNode } from '../net/node.ts';
import { ended, header, RawPeer } from './raw-peer.ts';

/** Made beforehand: it takes longer than the node waits for a frame. */
const BOMB = compressedFrame(FRAME_BYTES_MAX, Buffer.alloc(100 << 20));

/** A frame that says it has `length` bytes when inflated. */
function compressedFrame(length: number, content: Uint8Array): Uint8Array {
  const compressed = zstdCompressSync(content);
  return Buffer.concat([header(0x8000_0000 + 4 + compressed.length), header(length), compressed]);
}

describe('wire: a peer that breaks the rules of sync streams', () => {
  const nodes = new Nodes();
  const raws: RawPeer[] = [];

  afterEach(async () => {
    await Promise.all(raws.splice(0).map((raw) => raw.stop()));
    await nodes.stopAll();
  });

  /** The node under test, a peer that behaves, with a stream under way, and one that does not. */
  async function scene(): Promise<{
    node: TestNode;
    goesOn(): Promise<void>;
    raw: RawPeer;
    open(protocol?: string): Promise<Stream>;
  }> {
    const node = await nodes.start({ deadlines: { frameMs: 300, closeMs: 300, silenceMs: 60_000 } });
    const friend = await nodes.start({ bootstrap: [node.address()] });
    await Promise.all([friend.connected(node.peer), node.connected(friend.peer)]);
    const good = friend.open(node.peer, Buffer.from('good 0'));
    await node.until((r) => r.kind === 'frame');
    const raw = await RawPeer.start();
    raws.push(raw);
    const connection = await raw.dial(node.address());
    await node.connected(raw.peer);
    let count = 0;
    return {
      node,
      raw,
      open: (protocol) => raw.syncStream(connection, protocol),
      goesOn: async () => {
        friend.network.send(good, Buffer.from(`good ${++count}`));
        await node.until((r) => r.kind === 'frame' && Buffer.from(r.data).toString() === `good ${count}`);
        assert.equal(
          friend.reports.some((r) => r.kind === 'closed'),
          false,
        );
      },
    };
  }

  const breaches: readonly { name: string; reason: string; protocol?: string; commit(stream: Stream): void }[] = [
    {
      name: 'a frame one byte too large',
      reason: 'frame_oversized',
      commit: (s) => void s.send(header(FRAME_BYTES_MAX + 1)),
    },
    { name: 'a frame of four gigabytes', reason: 'frame_oversized', commit: (s) => void s.send(header(0xffffffff)) },
    { name: 'an empty frame', reason: 'frame_empty', commit: (s) => void s.send(header(0)) },
    {
      name: 'an empty frame after a good one',
      reason: 'frame_empty',
      commit: (s) => void s.send(Buffer.concat([header(1), Buffer.from('x'), header(0)])),
    },
    {
      name: 'a header cut short',
      reason: 'frame_truncated',
      commit: (s) => {
        s.send(header(8).subarray(0, 3));
        void s.close();
      },
    },
    {
      name: 'a payload cut short',
      reason: 'frame_truncated',
      commit: (s) => {
        s.send(Buffer.concat([header(8), Buffer.from('1234567')]));
        void s.close();
      },
    },
    {
      name: 'a payload that never ends',
      reason: 'frame_late',
      commit: (s) => void s.send(Buffer.concat([header(8), Buffer.from('1234567')])),
    },
    {
      name: 'a hundred megabytes of nothing in a few kilobytes',
      reason: 'frame_compression',
      protocol: SYNC_PROTOCOL_COMPRESSED,
      commit: (s) => void s.send(BOMB),
    },
    {
      name: 'a compressed frame that says it is larger than a frame',
      reason: 'frame_oversized',
      protocol: SYNC_PROTOCOL_COMPRESSED,
      commit: (s) => void s.send(compressedFrame(FRAME_BYTES_MAX + 1, Buffer.from('x'))),
    },
    {
      name: 'a compressed frame where none was agreed on',
      reason: 'frame_oversized',
      commit: (s) => void s.send(compressedFrame(1, Buffer.from('x'))),
    },
    { name: 'nothing at all', reason: 'frame_late', commit: () => {} },
    {
      name: 'a reset in the middle of a frame',
      reason: 'reset',
      commit: (s) => {
        s.send(Buffer.concat([header(8), Buffer.from('123')]));
        s.abort(new Error('gone'));
      },
    },
  ];
  for (const { name, reason, protocol, commit } of breaches) {
    it(`${name}: ${reason}`, async () => {
      const { node, goesOn, open } = await scene();
      const before = node.reports.length;
      const stream = await open(protocol);
      // Away it must be there too: a stream only forgotten here would go on taking memory. Awaited before it can happen.
      const there = ended(stream);
      commit(stream);
      const closed = await node.until((r) => r.kind === 'closed', before);
      assert.ok(closed.kind === 'closed');
      assert.equal(closed.reason, reason);
      await there;
      await goesOn();
      assert.equal(node.reports.filter((r) => r.kind === 'closed').length, 1);
    });
  }

  it('a drip of single bytes gains no time: frame_late', async () => {
    const { node, goesOn, open } = await scene();
    const stream = await open();
    stream.send(header(1000));
    const drip = setInterval(() => stream.status === 'open' && stream.send(Buffer.from('x')), 20);
    try {
      await node.until((r) => r.kind === 'closed' && r.reason === 'frame_late');
    } finally {
      clearInterval(drip);
    }
    await goesOn();
  });

  it('frames cut anywhere are put together', async () => {
    const { node, open } = await scene();
    const stream = await open();
    const before = node.reports.length;
    const bytes = Buffer.concat([
      header(5),
      Buffer.from('first'),
      header(6),
      Buffer.from('second'),
      header(1),
      Buffer.from('3'),
    ]);
    for (const byte of bytes) stream.send(Uint8Array.of(byte));
    await node.eventually(() => node.reports.slice(before).filter((r) => r.kind === 'frame').length === 3);
    const texts = node.reports
      .slice(before)
      .flatMap((r) => (r.kind === 'frame' ? [Buffer.from(r.data).toString()] : []));
    assert.deepEqual(texts, ['first', 'second', '3']);
  });

  it('a peer that says all it has and closes at once is heard to the end', async () => {
    const { node, open } = await scene();
    const before = node.reports.length;
    const stream = await open();
    stream.send(Buffer.concat([header(3), Buffer.from('one'), header(3), Buffer.from('two')]));
    await stream.close();
    await node.until((r) => r.kind === 'closed' && r.reason === 'closed', before);
    assert.deepEqual(
      node.reports.slice(before).map((r) => r.kind),
      ['opened', 'frame', 'frame', 'closed'],
    );
  });

  it('a reader that stops reading: send_stalled', async () => {
    const { node, raw, goesOn } = await scene();
    const arriving = raw.nextInbound();
    const number = node.open(raw.peer, Buffer.alloc(FRAME_BYTES_MAX));
    (await arriving).pause();
    await node.until((r) => r.kind === 'closed' && r.stream === number && r.reason === 'send_stalled');
    await goesOn();
  });

  it('a peer that keeps its end open after ours is closed: close_late', async () => {
    const { node, raw, goesOn } = await scene();
    const arriving = raw.nextInbound();
    const number = node.open(raw.peer, Buffer.from('bye'));
    const stream = await arriving;
    stream.addEventListener('message', () => {});
    node.network.close(number);
    await node.until((r) => r.kind === 'closed' && r.stream === number && r.reason === 'close_late');
    await goesOn();
  });

  it('a flood of streams: a few are served, the others reset', async () => {
    const { node, goesOn, open } = await scene();
    const streams = await Promise.allSettled(Array.from({ length: 100 }, open));
    const alive = streams.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await goesOn();
    const opened = node.reports.filter((r) => r.kind === 'opened').length - 1;
    assert.ok(opened <= SYNC_STREAMS_INBOUND_MAX, `${opened} streams`);
    await Promise.all(alive.map(ended));
    await goesOn();
    // The number of streams at one time is bounded, not the number for ever.
    const stream = await open();
    stream.send(Buffer.concat([header(5), Buffer.from('again')]));
    await node.until((r) => r.kind === 'frame' && Buffer.from(r.data).toString() === 'again');
  });

  it('a stream opened before we know the peer is served once we do', async () => {
    const node = await nodes.start({ deadlines: { silenceMs: 60_000 } });
    const raw = await RawPeer.start();
    raws.push(raw);
    const stream = await raw.syncStream(await raw.dial(node.address()));
    stream.send(Buffer.concat([header(5), Buffer.from('early')]));
    await stream.close();
    await node.until((r) => r.kind === 'closed' && r.reason === 'closed');
    assert.deepEqual(
      node.reports.map((r) => r.kind),
      ['connected', 'opened', 'frame', 'closed'],
    );
  });
});
