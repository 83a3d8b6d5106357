/** A header without its body, with its signature: what proofs of misbehaviour are made of. The place comes from outside. */

import { sha256 } from '#sha256';
import { type BinaryReader, BinaryWriter } from '../binary.ts';
import { BODY_BYTES_MAX, TIMESTAMP_MS_MAX } from '../limits.ts';
import { type EntryParts, readTypeName, writeTypeName } from './codec.ts';
import { HASH_BYTES, NONCE_BYTES, SIGNATURE_BYTES } from './header.ts';

export interface BareHeader {
  readonly type: string;
  readonly timestampMs: number;
  readonly nonce: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly bodySize: number;
  readonly signature: Uint8Array;
}

export function bareHeaderOf(entry: EntryParts): BareHeader {
  const { type, timestampMs, nonce, signature, body } = entry;
  return { type, timestampMs, nonce, bodyHash: sha256(body), bodySize: body.length, signature };
}

export function writeBareHeader(writer: BinaryWriter, header: BareHeader): void {
  writeTypeName(writer, header.type);
  writer
    .varint(header.timestampMs)
    .bytes(header.nonce)
    .bytes(header.bodyHash)
    .varint(header.bodySize)
    .bytes(header.signature);
}

/** Throws `wire_…`. */
export function readBareHeader(reader: BinaryReader): BareHeader {
  return {
    type: readTypeName(reader),
    timestampMs: reader.count(TIMESTAMP_MS_MAX, 'milliseconds in a timestamp'),
    nonce: reader.bytes(NONCE_BYTES),
    bodyHash: reader.bytes(HASH_BYTES),
    bodySize: reader.count(BODY_BYTES_MAX, 'bytes in a body'),
    signature: reader.bytes(SIGNATURE_BYTES),
  };
}

export function encodeBareHeader(header: BareHeader): Uint8Array {
  const writer = new BinaryWriter(256);
  writeBareHeader(writer, header);
  return writer.finish();
}
