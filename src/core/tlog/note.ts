/**
 * A feed's checkpoint as others write theirs: a signed note (c2sp.org/signed-note) whose text is a checkpoint (c2sp.org/tlog-checkpoint),
 * signed by the log, or cosigned by a node that holds it (c2sp.org/tlog-cosignature, v1). The leaves of the tree are receipt hashes.
 *
 * Nothing that is signed here can be read as anything else that a node signs: the text begins with `tessrax/` and 64 hex digits, a
 * cosigned message with `cosignature/v1`; no signed message of ours begins like either.
 */

import { base64 } from '@scure/base';
import { sha256 } from '#sha256';
import { concat } from '../bytes.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import type { PeerIdText } from '../peer-id.ts';

/** Who signs: an Ed25519 key (RFC 8032). */
export interface NoteSigner {
  readonly peer: PeerIdText;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Ed25519 over the text, and Ed25519 over the text with a time: the type bytes of c2sp.org/signed-note. */
export const LOG_SIGNATURE = 0x01;
export const COSIGNATURE = 0x04;

const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const encoder = new TextEncoder();

/** The origin line of a ledger feed, which is its key name too. */
export function logName(federation: string, origin: PeerIdText): string {
  return `tessrax/${federation}/ledger/${origin}`;
}

/** The key name under which a node cosigns. */
export function cosignerName(federation: string, peer: PeerIdText): string {
  return `tessrax/${federation}/cosigner/${peer}`;
}

/** The text that is signed: three lines, each ended. */
export function checkpointText(federation: string, { origin, size, root }: Checkpoint): string {
  return `${logName(federation, origin)}\n${size}\n${base64.encode(root)}\n`;
}

/** The note with the log's own signature: only the node whose feed it is can make it. */
export function signCheckpoint(federation: string, text: string, signer: NoteSigner): string {
  const name = logName(federation, signer.peer);
  return signatureLine(name, keyId(name, LOG_SIGNATURE, signer.publicKey), signer.sign(encoder.encode(text)));
}

/**
 * A cosignature: as of this time, the largest consistent tree that the node has seen of this log.
 *
 * @param timeSeconds since 1970, a whole number
 */
export function cosignCheckpoint(federation: string, text: string, signer: NoteSigner, timeSeconds: number): string {
  const name = cosignerName(federation, signer.peer);
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeSeconds));
  const signature = signer.sign(encoder.encode(`cosignature/v1\ntime ${timeSeconds}\n${text}`));
  return signatureLine(name, keyId(name, COSIGNATURE, signer.publicKey), concat(time, signature));
}

/** Text and signature lines, put together. */
export function noteOf(text: string, signatures: readonly string[]): string {
  return `${text}\n${signatures.join('')}`;
}

/** The first four bytes of SHA-256(name || newline || type || public key). */
export function keyId(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  const hash = sha256(concat(encoder.encode(`${name}\n`), Uint8Array.of(type), publicKey));
  return Uint8Array.from(hash.subarray(0, KEY_ID_BYTES));
}

function signatureLine(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `\u2014 ${name} ${base64.encode(concat(id, signature))}\n`;
}
