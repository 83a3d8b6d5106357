/** Frames as zstd (RFC 8878), where that is worth it. What a stranger's bytes may grow to is known, and bounded, before any is inflated. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { COMPRESSED_BYTES_MIN, COMPRESSION_RATIO_MAX, FRAME_BYTES_MAX } from '../core/limits.ts';

/** The fastest level: signatures and hashes do not shrink at any, and the rest does at this one. */
const LEVEL = 1;
/** What does not shrink by an eighth is sent as it is: inflating costs the receiver time. */
const WORTH = 7 / 8;
/** 2^20 bytes, FRAME_BYTES_MAX: a larger window would be memory that no frame needs. */
const WINDOW_LOG_MAX = Math.ceil(Math.log2(FRAME_BYTES_MAX));

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 0 } };
const WINDOW = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };

/** Undefined when the frame is small, hardly shrinks, or shrinks so much that the other side would refuse it. */
export function compress(frame: Uint8Array): Uint8Array | undefined {
  if (frame.length < COMPRESSED_BYTES_MIN) return undefined;
  const compressed = zstdCompressSync(frame, COMPRESSION);
  if (frame.length > compressed.length * COMPRESSION_RATIO_MAX) return undefined;
  return compressed.length <= frame.length * WORTH ? compressed : undefined;
}

/**
 * Exactly `length` bytes, or undefined: for anything that is no zstd, of another length, or so small that a chunk full of such frames would
 * make us inflate for seconds. `length` is at most FRAME_BYTES_MAX.
 */
export function decompress(compressed: Uint8Array, length: number): Uint8Array | undefined {
  if (length > compressed.length * COMPRESSION_RATIO_MAX) return undefined;
  try {
    const frame = zstdDecompressSync(compressed, { params: WINDOW, maxOutputLength: length });
    return frame.length === length ? frame : undefined;
  } catch {
    return undefined; // what zlib says of bytes that a stranger made up helps nobody
  }
}
