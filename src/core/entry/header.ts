/** The header of an entry: what is signed, and what the receipt hash names. */
import { sha256 } from '#sha256';
import { toHex } from '../bytes.ts';
import type { LogName } from '../ledger/feed.ts';
import type { PeerIdText } from '../peer-id.ts';

export const PROTOCOL_VERSION = 1;
export const HASH_BYTES = 32;
export const NONCE_BYTES = 16;
export const SIGNATURE_BYTES = 64;
export const ZERO_HASH = new Uint8Array(HASH_BYTES);
export const ZERO_NONCE = new Uint8Array(NONCE_BYTES);

export interface Header {
  /** Federation ID, 64 hex digits. */
  readonly federation: string;
  readonly log: LogName;
  readonly type: string;
  readonly origin: PeerIdText;
  readonly seq: number;
  /** Receipt hash of the entry before, 32 zero bytes for the first. */
  readonly prev: Uint8Array;
  readonly nonce: Uint8Array;
  readonly timestampMs: number;
  readonly bodyHash: Uint8Array;
  readonly bodySize: number;
}

/**
 * Canonical JSON (RFC 8785) of a header. Its members are known, sorted, and hold no character that JSON escapes, so the text is put
 * together directly; a test holds it against the general canonicaliser.
 */
export function headerJson(header: Header): string {
  return (
    `{"body_hash":"${toHex(header.bodyHash)}","body_size":${header.bodySize},"federation":"${header.federation}",` +
    `"log":"${header.log}","nonce":"${toHex(header.nonce)}","origin":"${header.origin}","prev":"${toHex(header.prev)}",` +
    `"seq":${header.seq},"timestamp":${header.timestampMs},"type":"${header.type}","v":${PROTOCOL_VERSION}}`
  );
}

/** SHA-256 of the header's canonical JSON. */
export function receiptHash(header: Header): Uint8Array {
  return sha256(headerJson(header));
}
