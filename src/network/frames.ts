/**
 * Frames on a sync stream: four bytes of length, big-endian, then the payload. Where both sides speak version 1.1, the highest bit of the
 * length says that the payload is four bytes of the frame's own length and the frame as zstd. A frame has 1 to FRAME_BYTES_MAX bytes.
 */
import { FRAME_BYTES_MAX } from '../core/limits.ts';
import { compress, decompress } from './compression.ts';

const HEADER_BYTES = 4;
const COMPRESSED = 0x8000_0000;

export type FrameError = 'frame_empty' | 'frame_oversized' | 'frame_compression';

export function frameError(length: number): FrameError | undefined {
  if (length === 0) return 'frame_empty';
  return length > FRAME_BYTES_MAX ? 'frame_oversized' : undefined;
}

/** Headers and payloads in one piece: libp2p sends each piece of a list as a packet of its own. */
export function encodeFrames(frames: readonly Uint8Array[], compressing: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const frame of frames) {
    const compressed = compressing ? compress(frame) : undefined;
    if (compressed === undefined) parts.push(number(frame.length), frame);
    else parts.push(number(COMPRESSED + HEADER_BYTES + compressed.length), number(frame.length), compressed);
  }
  return Buffer.concat(parts);
}

function number(value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES);
  bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * Cuts a stream of bytes into frames. Holds at most one frame; its memory is taken once, when the length is known, and the frame
 * handed out owns it.
 */
export class FrameReader {
  readonly #onFrame: (frame: Uint8Array) => boolean;
  readonly #decompressing: boolean;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #wanted = true;
  #headerSize = 0;
  #isCompressed = false;
  #frame: Buffer | undefined;
  #frameSize = 0;

  /**
   * @param decompressing whether the other side may compress
   * @param onFrame says whether more is wanted: if not, what is left of the chunk is neither read nor inflated
   */
  constructor(decompressing: boolean, onFrame: (frame: Uint8Array) => boolean) {
    this.#decompressing = decompressing;
    this.#onFrame = onFrame;
  }

  /** A frame has begun and is not complete. */
  get partial(): boolean {
    return this.#headerSize > 0;
  }

  /** After an error the reader must not be used again. */
  push(chunk: Uint8Array): FrameError | undefined {
    let at = 0;
    while (at < chunk.length && this.#wanted) {
      if (this.#frame === undefined) {
        at += this.#takeHeader(chunk, at);
        if (this.#headerSize < HEADER_BYTES) return undefined;
        const error = this.#begin(this.#header.readUInt32BE(0));
        if (error !== undefined) return error;
      }
      if (this.#frame !== undefined) at += this.#takePayload(this.#frame, chunk, at);
      if (this.#frame?.length === this.#frameSize) {
        const error = this.#finish(this.#frame);
        if (error !== undefined) return error;
      }
    }
    return undefined;
  }

  #begin(header: number): FrameError | undefined {
    this.#isCompressed = this.#decompressing && header >= COMPRESSED;
    const length = this.#isCompressed ? header - COMPRESSED : header;
    const error = frameError(length);
    if (error === undefined) this.#frame = Buffer.allocUnsafeSlow(length);
    this.#frameSize = 0;
    return error;
  }

  #finish(payload: Buffer): FrameError | undefined {
    this.#frame = undefined;
    this.#headerSize = 0;
    if (!this.#isCompressed) {
      this.#wanted = this.#onFrame(payload);
      return undefined;
    }
    if (payload.length <= HEADER_BYTES) return 'frame_compression';
    const length = payload.readUInt32BE(0);
    const error = frameError(length);
    if (error !== undefined) return error;
    const frame = decompress(payload.subarray(HEADER_BYTES), length);
    if (frame === undefined) return 'frame_compression';
    this.#wanted = this.#onFrame(frame);
    return undefined;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const count = Math.min(HEADER_BYTES - this.#headerSize, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + count), this.#headerSize);
    this.#headerSize += count;
    return count;
  }

  #takePayload(frame: Buffer, chunk: Uint8Array, at: number): number {
    const count = Math.min(frame.length - this.#frameSize, chunk.length - at);
    frame.set(chunk.subarray(at, at + count), this.#frameSize);
    this.#frameSize += count;
    return count;
  }
}
