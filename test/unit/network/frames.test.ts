import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { FRAME_BYTES_MAX } from '../../../src/core/limits.ts';
import { encodeFrames, FrameReader } from '../../../src/network/frames.ts';

describe('network/frames', () => {
  it('writes four bytes of length, big-endian, before each payload', () => {
    assert.deepEqual([...encodeFrames([Uint8Array.of(7), Uint8Array.of(8, 9)])], [0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9]);
    assert.deepEqual([...encodeFrames([new Uint8Array(0x010203)])].slice(0, 4), [0, 1, 2, 3]);
  });

  it('reads what was written, however it was cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1 }), (sent, cuts) => {
        const received: string[] = [];
        const reader = new FrameReader((frame) => received.push(hex(frame)));
        const bytes = encodeFrames(sent);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          assert.equal(reader.push(bytes.subarray(at, at + size)), undefined);
          at += size;
        }
        assert.deepEqual(received, sent.map(hex));
        assert.equal(reader.partial, false);
      }),
    );
  });

  it('knows when a frame has begun and is not complete', () => {
    const reader = new FrameReader(() => {});
    assert.equal(reader.partial, false);
    const bytes = encodeFrames([Uint8Array.of(1, 2, 3)]);
    for (let size = 1; size < bytes.length; size++) {
      reader.push(bytes.subarray(size - 1, size));
      assert.equal(reader.partial, true, `after ${size} bytes`);
    }
    reader.push(bytes.subarray(bytes.length - 1));
    assert.equal(reader.partial, false);
  });

  it('hands out frames that own their memory', () => {
    const received: Uint8Array[] = [];
    const reader = new FrameReader((frame) => received.push(frame));
    const bytes = encodeFrames([Uint8Array.of(1), Uint8Array.of(2)]);
    reader.push(bytes);
    bytes.fill(0xff);
    assert.deepEqual(
      received.map((frame) => [...frame]),
      [[1], [2]],
    );
    assert.ok(received.every((frame) => frame.buffer.byteLength === 1));
  });

  it('takes the largest frame and refuses one byte more, without taking memory for it', () => {
    let size = 0;
    const reader = new FrameReader((frame) => {
      size = frame.length;
    });
    assert.equal(reader.push(encodeFrames([new Uint8Array(FRAME_BYTES_MAX)])), undefined);
    assert.equal(size, FRAME_BYTES_MAX);
    for (const length of [FRAME_BYTES_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const before = process.memoryUsage().arrayBuffers;
      assert.equal(new FrameReader(() => assert.fail()).push(header(length)), 'frame_oversized', `${length}`);
      assert.ok(process.memoryUsage().arrayBuffers - before < FRAME_BYTES_MAX);
    }
  });

  it('refuses an empty frame', () => {
    assert.equal(new FrameReader(() => assert.fail()).push(header(0)), 'frame_empty');
  });
});

function header(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
