/** What a signature is over: the name of its domain, then a hash. A signature of one domain is worth nothing in another. */
import { concat } from './bytes.ts';
import { TessraxError } from './errors.ts';
import type { SignatureDomain } from './events.ts';

export const HASH_BYTES = 32;

const encoder = new TextEncoder();
const PREFIXES: Readonly<Record<SignatureDomain, Uint8Array>> = {
  entry: encoder.encode('tessrax/entry/v1\n'),
  heartbeat: encoder.encode('tessrax/heartbeat/v1\n'),
  review: encoder.encode('tessrax/review/v1\n'),
  root: encoder.encode('tessrax/root/v1\n'),
};

/**
 * The bytes that are signed: UTF8("tessrax/" + domain + "/v1\n") || hash. No prefix is the beginning of another, and the hash has one
 * size, so no message can be read in two ways.
 *
 * @param hash SHA-256, 32 bytes
 * @throws TessraxError `hash_size` for any other length
 */
export function signedMessage(domain: SignatureDomain, hash: Uint8Array): Uint8Array {
  if (hash.length !== HASH_BYTES) {
    throw new TessraxError('hash_size', `a signed hash has ${HASH_BYTES} bytes, not ${hash.length}`);
  }
  return concat(PREFIXES[domain], hash);
}
