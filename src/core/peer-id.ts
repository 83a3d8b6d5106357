/** Peer IDs: the text form of an Ed25519 public key (libp2p peer ID specification: base58btc of an identity multihash). */
import { base58 } from '@scure/base';
import { concat } from './bytes.ts';

/** A libp2p peer ID of an Ed25519 key, `12D3KooW…`, checked by `publicKeyOf`. */
export type PeerIdText = string;

/** Identity multihash (0x00) of 36 bytes: a protobuf with key type Ed25519 (08 01) and 32 bytes of data (12 20). */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const PUBLIC_KEY_BYTES = 32;
const TEXT_LENGTH = 52;

export function peerIdOf(publicKey: Uint8Array): PeerIdText {
  return base58.encode(concat(PREFIX, publicKey));
}

/** The public key inside a peer ID; undefined when the text is not the peer ID of an Ed25519 key. */
export function publicKeyOf(peer: PeerIdText): Uint8Array | undefined {
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
