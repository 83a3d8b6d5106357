/**
 * The libp2p private key protobuf (libp2p peer ID specification, "Keys"): field 1 is the key type, field 2 the data. The specification
 * asks for one encoding (fields in order, shortest numbers), so bytes are compared, not parsed.
 */
import { concat, equalBytes } from '../core/bytes.ts';
import { type Identity, identityOfSeed, PUBLIC_KEY_BYTES, SEED_BYTES } from './identity.ts';

/** What a file holds: an identity, or what was seen instead, in words that follow "found". */
export type KeyReading = { readonly identity: Identity } | { readonly seen: string };

const TYPE_TAG = 0x08;
const DATA_TAG = 0x12;
const ED25519 = 1;
const HEADER_BYTES = 4;
const OTHER_TYPES: Readonly<Record<number, string>> = { 0: 'an RSA key', 2: 'a secp256k1 key', 3: 'an ECDSA key' };

/** seed || public key */
const DATA_BYTES = SEED_BYTES + PUBLIC_KEY_BYTES;
/** The historical form, with the public key once more at its end. */
const DATA_BYTES_HISTORICAL = DATA_BYTES + PUBLIC_KEY_BYTES;

/** The protobuf that libp2p's `privateKeyFromProtobuf` takes: 68 bytes, secret. */
export function toLibp2pPrivateKeyBytes(identity: Identity): Uint8Array {
  const header = Uint8Array.of(TYPE_TAG, ED25519, DATA_TAG, DATA_BYTES);
  return concat(header, identity.seed, identity.publicKey);
}

/** Whether bytes begin like a libp2p key. No text does: the first byte is a backspace. */
export function looksLikeLibp2pKey(bytes: Uint8Array): boolean {
  return bytes[0] === TYPE_TAG && bytes[2] === DATA_TAG;
}

export function readLibp2pKey(bytes: Uint8Array): KeyReading {
  if (!looksLikeLibp2pKey(bytes)) return { seen: 'no key' };
  const type = bytes[1] ?? 0;
  if (type !== ED25519) return { seen: OTHER_TYPES[type] ?? `a libp2p key of unknown type ${type}` };
  const size = bytes[3] ?? 0;
  const data = bytes.subarray(HEADER_BYTES);
  if (size === PUBLIC_KEY_BYTES) return { seen: 'a public key' };
  if (size !== DATA_BYTES && size !== DATA_BYTES_HISTORICAL) return { seen: `a libp2p key of ${size} bytes` };
  if (data.length !== size) {
    return { seen: `a libp2p key that should have ${size} bytes of data and has ${data.length}` };
  }
  return readData(data);
}

function readData(data: Uint8Array): KeyReading {
  const identity = identityOfSeed(data.subarray(0, SEED_BYTES));
  for (let at = SEED_BYTES; at < data.length; at += PUBLIC_KEY_BYTES) {
    if (!equalBytes(data.subarray(at, at + PUBLIC_KEY_BYTES), identity.publicKey)) {
      return { seen: 'a libp2p key whose public half does not belong to its secret half' };
    }
  }
  return { identity };
}
