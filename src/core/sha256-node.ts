/** SHA-256 by the platform. A pure function: bytes (or text, taken as UTF-8) in, 32 bytes out. */
import { hash } from 'node:crypto';

export function sha256(data: Uint8Array | string): Uint8Array {
  // latin1 text and back: about twice as fast as asking for a buffer (measured on Node 24).
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}
