/** Receipt hashes as people type them. */
import { fromHex } from '../core/bytes.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { usageError } from './exit.ts';

/** The hash in lower case. Throws `usage`. */
export function checkHash(text: string): string {
  const hash = text.toLowerCase();
  if (fromHex(hash, HASH_BYTES) !== undefined) return hash;
  throw usageError(`"${text}" is not a receipt hash`, `it has ${HASH_BYTES * 2} hex digits; tessrax log prints them`);
}
