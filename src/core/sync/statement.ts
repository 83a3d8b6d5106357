/** One signed entry that travels alone, with its place. */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { readEntry } from '../entry/codec.ts';
import type { RunEntry } from '../entry/examine.ts';
import { HASH_BYTES } from '../entry/header.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readKey, writeKey } from './checkpoints.ts';

export interface Statement {
  readonly origin: PeerIdText;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly entry: RunEntry;
}
/** A statement as it is written: its bytes are enough. */
export type WireStatement = Omit<Statement, 'entry'> & { readonly entry: { readonly bytes: Uint8Array } };

export function writeStatement(writer: BinaryWriter, { origin, seq, prev, entry }: WireStatement): void {
  writeKey(writer, origin).varint(seq).bytes(prev).bytes(entry.bytes);
}

export function readStatement(reader: BinaryReader): Statement {
  const origin = readKey(reader);
  return { origin, seq: reader.varint(), prev: reader.bytes(HASH_BYTES), entry: readRunEntry(reader) };
}

/** An entry with the bytes it was read from. */
export function readRunEntry(reader: BinaryReader): RunEntry {
  const start = reader.position;
  const parts = readEntry(reader);
  return { ...parts, bytes: reader.slice(start, reader.position) };
}
