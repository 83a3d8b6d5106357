/** Frames on a sync stream: four bytes of length, big-endian, then the payload (1 to FRAME_BYTES_MAX bytes). */
import { FRAME_BYTES_MAX } from '../core/limits.ts';

const HEADER_BYTES = 4;

export type FrameError = 'frame_empty' | 'frame_oversized';

export function frameError(length: number): FrameError | undefined {
  if (length === 0) return 'frame_empty';
  return length > FRAME_BYTES_MAX ? 'frame_oversized' : undefined;
}

/** Header and payload in one piece: libp2p sends each piece of a list as a packet of its own. */
export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const frame of frames) size += HEADER_BYTES + frame.length;
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const frame of frames) {
    out.writeUInt32BE(frame.length, at);
    out.set(frame, at + HEADER_BYTES);
    at += HEADER_BYTES + frame.length;
  }
  return out;
}

/**
 * Cuts a stream of bytes into frames. Holds at most one frame; its memory is taken once, when the length is known, and the frame
 * handed out owns it.
 */
export class FrameReader {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerSize = 0;
  #frame: Buffer | undefined;
  #frameSize = 0;

  constructor(onFrame: (frame: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  /** A frame has begun and is not complete. */
  get partial(): boolean {
    return this.#headerSize > 0;
  }

  /** After an error the reader must not be used again. */
  push(chunk: Uint8Array): FrameError | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        at += this.#takeHeader(chunk, at);
        if (this.#headerSize < HEADER_BYTES) return undefined;
        const length = this.#header.readUInt32BE(0);
        const error = frameError(length);
        if (error !== undefined) return error;
        this.#frame = Buffer.allocUnsafeSlow(length);
        this.#frameSize = 0;
      }
      at += this.#takePayload(this.#frame, chunk, at);
    }
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
    if (this.#frameSize === frame.length) {
      this.#frame = undefined;
      this.#headerSize = 0;
      this.#onFrame(frame);
    }
    return count;
  }
}
