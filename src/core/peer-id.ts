/** Peer IDs: the text form of an Ed25519 public key (libp2p peer ID specification: base58btc of an identity multihash). */
import { base58 } from '@scure/base';
import { concat, equalBytes } from './bytes.ts';
import { PEER_IDS_REMEMBERED_MAX } from './limits.ts';

/** A libp2p peer ID of an Ed25519 key, `12D3KooW…`, checked by `publicKeyOf`. */
export type PeerIdText = string;

/** Identity multihash (0x00) of 36 bytes: a protobuf with key type Ed25519 (08 01) and 32 bytes of data (12 20). */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const PUBLIC_KEY_BYTES = 32;
const TEXT_LENGTH = 52;

interface Named {
  readonly key: Uint8Array;
  readonly name: PeerIdText;
}

// Both ways are remembered: base58 is long division, and a single entry on its way names its origin a dozen times.
const names = new Map<number, Named>();
const keys = new Map<PeerIdText, Uint8Array>();

export function peerIdOf(publicKey: Uint8Array): PeerIdText {
  const place = placeOf(publicKey);
  const known = names.get(place);
  if (known !== undefined && equalBytes(known.key, publicKey)) return known.name;
  const name = base58.encode(concat(PREFIX, publicKey));
  names.delete(place);
  remember(names, place, { key: publicKey.slice(), name });
  return name;
}

/** Of keys with one beginning the last is remembered: no text is made of a key to look it up. 30 bits are a small integer everywhere. */
function placeOf(key: Uint8Array): number {
  return ((key[0] ?? 0) | ((key[1] ?? 0) << 8) | ((key[2] ?? 0) << 16) | ((key[3] ?? 0) << 24)) & 0x3fff_ffff;
}

/** The public key inside a peer ID, not to be written to; undefined when the text is not the peer ID of an Ed25519 key. */
export function publicKeyOf(peer: PeerIdText): Uint8Array | undefined {
  const key = keys.get(peer) ?? decode(peer);
  if (key !== undefined) remember(keys, peer, key);
  return key;
}

function decode(peer: PeerIdText): Uint8Array | undefined {
  if (peer.length !== TEXT_LENGTH) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = base58.decode(peer);
  } catch {
    return undefined; // not base58: the caller names the field and refuses
  }
  if (bytes.length !== PREFIX.length + PUBLIC_KEY_BYTES) return undefined;
  return PREFIX.every((byte, i) => bytes[i] === byte) ? bytes.slice(PREFIX.length) : undefined;
}

/** All are forgotten when there are too many: what is in use is known again at once. */
function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  if (known.has(key)) return;
  if (known.size >= PEER_IDS_REMEMBERED_MAX) known.clear();
  known.set(key, value);
}
