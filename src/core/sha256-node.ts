/** SHA-256 by the platform. A pure function: bytes (or text, taken as UTF-8) in, 32 bytes out, in memory of their own. */
import { hash } from 'node:crypto';

const HASH_BYTES = 32;

export function sha256(data: Uint8Array | string): Uint8Array {
  // latin1 text and back: four times as fast as asking for a buffer (measured on Node 24), and no window into a larger one.
  const text = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
