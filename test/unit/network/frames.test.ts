import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { COMPRESSION_RATIO_MAX, FRAME_BYTES_MAX } from '../../../src/core/limits.ts';
import { encodeFrames, type FrameError, FrameReader } from '../../../src/network/frames.ts';

describe('network/frames', () => {
  it('writes four bytes of length, big-endian, before each payload', () => {
    assert.deepEqual(
      [...encodeFrames([Uint8Array.of(7), Uint8Array.of(8, 9)], false)],
      [0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9],
    );
    assert.deepEqual([...encodeFrames([new Uint8Array(0x010203)], false)].slice(0, 4), [0, 1, 2, 3]);
  });

  it('reads what was written, however it was cut', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1 }), (sent, cuts) => {
        const received: string[] = [];
        const reader = new FrameReader(false, (frame) => received.push(hex(frame)) > 0);
        const bytes = encodeFrames(sent, false);
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
    const reader = new FrameReader(false, () => true);
    assert.equal(reader.partial, false);
    const bytes = encodeFrames([Uint8Array.of(1, 2, 3)], false);
    for (let size = 1; size < bytes.length; size++) {
      reader.push(bytes.subarray(size - 1, size));
      assert.equal(reader.partial, true, `after ${size} bytes`);
    }
    reader.push(bytes.subarray(bytes.length - 1));
    assert.equal(reader.partial, false);
  });

  it('hands out frames that own their memory', () => {
    const received: Uint8Array[] = [];
    const reader = new FrameReader(false, (frame) => received.push(frame) > 0);
    const bytes = encodeFrames([Uint8Array.of(1), Uint8Array.of(2)], false);
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
    const reader = new FrameReader(false, (frame) => {
      size = frame.length;
      return true;
    });
    assert.equal(reader.push(encodeFrames([new Uint8Array(FRAME_BYTES_MAX)], false)), undefined);
    assert.equal(size, FRAME_BYTES_MAX);
    for (const length of [FRAME_BYTES_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const before = process.memoryUsage().arrayBuffers;
      assert.equal(new FrameReader(false, () => assert.fail()).push(header(length)), 'frame_oversized', `${length}`);
      assert.ok(process.memoryUsage().arrayBuffers - before < FRAME_BYTES_MAX);
    }
  });

  it('refuses an empty frame', () => {
    assert.equal(new FrameReader(false, () => assert.fail()).push(header(0)), 'frame_empty');
  });
});

describe('network/frames, compressed', () => {
  const noise = Buffer.alloc(5000, sha512chain());
  /** Shrinks about as receipts do: much alike, and something in each that is not. */
  const text = Buffer.concat(
    Array.from({ length: 100 }, (_, i) =>
      Buffer.concat([Buffer.alloc(100, 'one receipt is like another. '), noise.subarray(i * 20, i * 20 + 20)]),
    ),
  );

  function read(bytes: Uint8Array): { frames: Uint8Array[]; error: FrameError | undefined } {
    const frames: Uint8Array[] = [];
    return { frames, error: new FrameReader(true, (frame) => frames.push(frame) > 0).push(bytes) };
  }

  /** A compressed frame that claims to have `length` bytes. */
  function claiming(length: number, compressed: Uint8Array): Uint8Array {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(0x8000_0000 + 4 + compressed.length);
    header.writeUInt32BE(length, 4);
    return Buffer.concat([header, compressed]);
  }

  it('makes smaller what shrinks, leaves the rest, and reads back both', () => {
    const bytes = encodeFrames([text, Buffer.from('small'), noise], true);
    assert.ok(bytes.length < text.length / 3 + noise.length + 100, `${bytes.length} bytes`);
    const { frames, error } = read(bytes);
    assert.equal(error, undefined);
    assert.deepEqual(frames.map(hex), [text, Buffer.from('small'), noise].map(hex));
  });

  it('reads whatever was written, the largest frame too', () => {
    const repeated = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(fc.array(repeated, { maxLength: 4 }), (parts) => {
        const frames = parts.map(([part, times]) => Buffer.concat(new Array(times).fill(part)));
        assert.deepEqual(read(encodeFrames(frames, true)).frames.map(hex), frames.map(hex));
      }),
      { numRuns: 50 },
    );
    assert.equal(read(encodeFrames([Buffer.alloc(FRAME_BYTES_MAX)], true)).frames[0]?.length, FRAME_BYTES_MAX);
  });

  const packed = zstdCompressSync(text);
  const refused: readonly [string, Uint8Array, FrameError][] = [
    [
      'more than its bytes may inflate to',
      claiming(packed.length * COMPRESSION_RATIO_MAX + 1, packed),
      'frame_compression',
    ],
    [
      'what inflates to more than it may',
      claiming(noise.length * 2, zstdCompressSync(Buffer.concat([noise, noise, text]))),
      'frame_compression',
    ],
    [
      'ten thousand zeros in a few bytes, though that is what it says',
      claiming(10_000, zstdCompressSync(Buffer.alloc(10_000))),
      'frame_compression',
    ],
    ['a bomb', claiming(FRAME_BYTES_MAX, zstdCompressSync(Buffer.alloc(64 * FRAME_BYTES_MAX))), 'frame_compression'],
    ['a length above the largest frame', claiming(FRAME_BYTES_MAX + 1, packed), 'frame_oversized'],
    ['a length of nothing', claiming(0, packed), 'frame_empty'],
    ['one byte more than it says', claiming(text.length - 1, packed), 'frame_compression'],
    ['one byte less than it says', claiming(text.length + 1, packed), 'frame_compression'],
    ['what is cut short', claiming(text.length, packed.subarray(0, -1)), 'frame_compression'],
    ['what is no zstd', claiming(text.length, noise), 'frame_compression'],
    ['a length and nothing else', claiming(1, new Uint8Array()), 'frame_compression'],
    ['more bytes than a frame has', Buffer.from('ffffffff', 'hex'), 'frame_oversized'],
  ];
  for (const [what, bytes, error] of refused) {
    it(`refuses ${what}: ${error}`, () => assert.deepEqual(read(bytes), { frames: [], error }));
  }

  it('sends as it is what shrinks so much that it would be refused', () => {
    const zeros = Buffer.alloc(100_000);
    const bytes = encodeFrames([zeros], true);
    assert.ok(bytes.length > zeros.length);
    assert.equal(read(bytes).frames[0]?.length, zeros.length);
  });

  it('inflates nothing of a chunk after the frame with which it was told to stop', () => {
    let seen = 0;
    const reader = new FrameReader(true, () => {
      seen += 1;
      return false;
    });
    const bytes = Buffer.concat([encodeFrames([text], true), claiming(text.length, noise), encodeFrames([text], true)]);
    assert.deepEqual([reader.push(bytes), seen], [undefined, 1]); // the second frame would have been an error
  });

  it('refuses compressed frames where none were agreed on', () => {
    assert.equal(new FrameReader(false, () => true).push(claiming(text.length, packed)), 'frame_oversized');
  });
});

/** Bytes that do not shrink. */
function sha512chain(): Buffer {
  const parts = [createHash('sha512').update('noise').digest()];
  for (let i = 1; i < 80; i++) parts.push(createHash('sha512').update(`noise ${i}`).digest());
  return Buffer.concat(parts);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function header(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
