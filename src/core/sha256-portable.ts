/** SHA-256 without a platform, for builds that have no node:crypto (package.json, "imports", condition "browser"). */
import { sha256 as noble } from '@noble/hashes/sha2.js';

const utf8 = new TextEncoder();

export function sha256(data: Uint8Array | string): Uint8Array {
  return noble(typeof data === 'string' ? utf8.encode(data) : data);
}
