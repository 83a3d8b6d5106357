import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FRAME_BYTES_MAX, STREAM_QUEUE_BYTES_MAX } from '../../src/core/limits.ts';
import { Nodes, newKey } from './node.ts';

describe('network: sync streams', () => {
  const nodes = new Nodes();
  afterEach(() => nodes.stopAll());

  it('carries frames both ways, in order, and ends once on each side', async () => {
    const [a, b] = await nodes.pair();
    a.react = (r) => {
      if (r.kind === 'frame') a.network.send(r.stream, Buffer.concat([Buffer.from('re '), r.data]));
    };
    const stream = b.open(a.peer, Buffer.from('0'));
    for (let i = 1; i < 100; i++) b.network.send(stream, Buffer.from(`${i}`));
    await b.eventually(() => b.reports.filter((r) => r.kind === 'frame').length === 100);
    assert.deepEqual(
      b.reports.flatMap((r) => (r.kind === 'frame' ? [`${r.stream} ${Buffer.from(r.data)}`] : [])),
      Array.from({ length: 100 }, (_, i) => `${stream} re ${i}`),
    );
    const opened = await a.until((r) => r.kind === 'opened');
    assert.ok(opened.kind === 'opened' && opened.stream % 2 === 0 && opened.peer === b.peer);
    b.network.close(stream);
    b.network.close(stream);
    b.network.send(stream, Buffer.from('too late'));
    await a.until((r) => r.kind === 'closed');
    await b.until((r) => r.kind === 'closed');
    b.network.abort(stream, 'already gone');
    assert.deepEqual(closings(a.reports), [`${opened.stream} closed`]);
    assert.deepEqual(closings(b.reports), [`${stream} closed`]);
  });

  it('carries the largest frames, at a rate worth telling', async function () {
    const [a, b] = await nodes.pair();
    const frame = Buffer.alloc(FRAME_BYTES_MAX, 7);
    const count = 200;
    let sent = 4;
    let received = 0;
    // Four frames in flight, as the session has.
    b.react = (r) => {
      if (r.kind === 'frame' && sent < count) {
        sent++;
        b.network.send(r.stream, frame);
      }
    };
    const ended = Promise.withResolvers<void>();
    a.react = (r) => {
      if (r.kind !== 'frame') return;
      assert.equal(r.data.length, FRAME_BYTES_MAX);
      received++;
      a.reports.length = 0;
      if (received === count) ended.resolve();
      else a.network.send(r.stream, Uint8Array.of(1));
    };
    const startMs = performance.now();
    const stream = b.open(a.peer, frame);
    for (let i = 1; i < 4; i++) b.network.send(stream, frame);
    await ended.promise;
    const seconds = (performance.now() - startMs) / 1000;
    // Both ends in this one process: two would about double it.
    const rate = Math.round((count * FRAME_BYTES_MAX) / 1e6 / seconds);
    if (this.test !== undefined) this.test.title += `: ${rate} MB/s`;
  });

  it('ends what cannot be opened, and the rest when its peer goes', async () => {
    const [a, b] = await nodes.pair();
    const nobody = b.open((await newKey()).peer, Buffer.from('hello'));
    await b.until((r) => r.kind === 'closed' && r.stream === nobody && r.reason === 'not_connected');
    const stream = b.open(a.peer, Buffer.from('hello'));
    await a.until((r) => r.kind === 'frame');
    a.network.disconnect(b.peer, 60_000);
    await b.until((r) => r.kind === 'disconnected');
    await a.until((r) => r.kind === 'disconnected');
    for (const node of [a, b]) {
      const kinds = node.reports.map((r) => r.kind);
      assert.ok(kinds.indexOf('closed') < kinds.indexOf('disconnected'), 'streams end before their peer does');
      assert.equal(kinds.filter((kind) => kind === 'disconnected').length, 1);
    }
    assert.deepEqual(closings(b.reports).filter((line) => line.startsWith(`${stream} `)).length, 1);
  });

  it('aborts with its own reason here, and as a reset there', async () => {
    const [a, b] = await nodes.pair();
    const stream = b.open(a.peer, Buffer.from('hello'));
    await a.until((r) => r.kind === 'frame');
    b.network.abort(stream, 'entry_forged');
    await b.until((r) => r.kind === 'closed' && r.reason === 'entry_forged');
    await a.until((r) => r.kind === 'closed' && r.reason === 'reset');
  });

  it('delivers nothing from inside a call, and no frame after an abort in the frame handler', async () => {
    const [a, b] = await nodes.pair();
    let depth = 0;
    a.react = (r) => {
      assert.equal(depth, 0, `${r.kind} came from inside another report`);
      depth++;
      if (r.kind === 'frame') a.network.abort(r.stream, 'enough');
      depth--;
    };
    const stream = b.open(a.peer, Buffer.from('0'));
    // One batch: the reader has all of them in its hands when the handler of the first aborts.
    for (let i = 1; i < 10; i++) b.network.send(stream, Buffer.from(`${i}`));
    await b.until((r) => r.kind === 'closed');
    await a.until((r) => r.kind === 'closed' && r.reason === 'enough');
    assert.equal(a.reports.filter((r) => r.kind === 'frame').length, 1);
  });

  it('aborts a stream whose queue overflows, and frames of impossible size', async () => {
    const [a, b] = await nodes.pair();
    const full = b.open(a.peer, Buffer.from('0'));
    for (let i = 0; i <= STREAM_QUEUE_BYTES_MAX / FRAME_BYTES_MAX; i++)
      b.network.send(full, Buffer.alloc(FRAME_BYTES_MAX));
    await b.until((r) => r.kind === 'closed' && r.stream === full && r.reason === 'send_queue_full');
    const large = b.open(a.peer, Buffer.alloc(FRAME_BYTES_MAX + 1));
    await b.until((r) => r.kind === 'closed' && r.stream === large && r.reason === 'frame_oversized');
    const empty = b.open(a.peer, Buffer.alloc(0));
    await b.until((r) => r.kind === 'closed' && r.stream === empty && r.reason === 'frame_empty');
  });

  it('drains on stop: all that was sent arrives', async () => {
    const [a, b] = await nodes.pair();
    const stream = b.open(a.peer, Buffer.alloc(FRAME_BYTES_MAX, 1));
    for (let i = 0; i < 6; i++) b.network.send(stream, Buffer.alloc(FRAME_BYTES_MAX, 2));
    await b.network.stop();
    await a.until((r) => r.kind === 'closed' && r.reason === 'closed');
    assert.equal(a.reports.filter((r) => r.kind === 'frame').length, 7);
    assert.deepEqual(closings(b.reports), [`${stream} closed`]);
    assert.equal(b.reports.at(-1)?.kind, 'disconnected');
  });
});

function closings(reports: readonly { kind: string; stream?: number; reason?: string }[]): string[] {
  return reports.flatMap((r) => (r.kind === 'closed' ? [`${r.stream} ${r.reason}`] : []));
}
