/** Checkpoints on the wire. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { HASH_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';

const KEY_BYTES = 32;

export function writeKey(writer: BinaryWriter, peer: PeerIdText): BinaryWriter {
  const key = publicKeyOf(peer);
  if (key === undefined) throw new TessraxError('origin_invalid', `"${peer}" is not the peer ID of an Ed25519 key`);
  return writer.bytes(key);
}

export function readKey(reader: BinaryReader): PeerIdText {
  return peerIdOf(reader.bytes(KEY_BYTES));
}

export function writeCheckpoints(writer: BinaryWriter, checkpoints: readonly Checkpoint[]): void {
  writer.varint(checkpoints.length);
  for (const { origin, size, root } of checkpoints) writeKey(writer, origin).varint(size).bytes(root);
}

export function readCheckpoints(reader: BinaryReader, max: number): Checkpoint[] {
  const count = reader.count(max, 'checkpoints');
  const checkpoints: Checkpoint[] = [];
  for (let i = 0; i < count; i++) {
    checkpoints.push({ origin: readKey(reader), size: reader.varint(), root: reader.bytes(HASH_BYTES) });
  }
  return checkpoints;
}
