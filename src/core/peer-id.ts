/** Peer IDs: the text form of an Ed25519 public key (libp2p peer ID specification: base58btc of an identity multihash). */
import { base58 } from '@scure/base';
import { concat, toHex } from './bytes.ts';
import { PEER_IDS_REMEMBERED_MAX } from './limits.ts';

/** A libp2p peer ID of an Ed25519 key, `12D3KooW…`, checked by `publicKeyOf`. */
export type PeerIdText = string;

/** Identity multihash (0x00) of 36 bytes: a protobuf with key type Ed25519 (08 01) and 32 bytes of data (12 20). */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const PUBLIC_KEY_BYTES = 32;
const TEXT_LENGTH = 52;

// Both ways are remembered: base58 is long division, and a single entry on its way names its origin a dozen times.
const names = new Map<string, PeerIdText>();
const keys = new Map<PeerIdText, Uint8Array>();

export function peerIdOf(publicKey: Uint8Array): PeerIdText {
  const known = toHex(publicKey);
  const name = names.get(known) ?? base58.encode(concat(PREFIX, publicKey));
  remember(names, known, name);
  return name;
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
