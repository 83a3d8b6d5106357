/** The binary form of an entry, on disk and on the wire: only what cannot be derived. */
import { type BinaryReader, BinaryWriter } from '../binary.ts';
import { TessraxError } from '../errors.ts';
import { BODY_BYTES_MAX, TIMESTAMP_MS_MAX, TYPE_NAME_LENGTH_MAX } from '../limits.ts';
import { NONCE_BYTES, SIGNATURE_BYTES } from './header.ts';

/** What the binary form holds; log, origin, seq and prev come from the entry's place. */
export interface EntryParts {
  readonly type: string;
  readonly timestampMs: number;
  readonly nonce: Uint8Array;
  readonly signature: Uint8Array;
  /** Canonical JSON of the body, UTF-8. */
  readonly body: Uint8Array;
}

/** Types with a code of one byte; any other name is written out behind code 0. */
const TYPE_CODES: ReadonlyMap<string, number> = new Map([
  ['RECEIPT', 1],
  ['SCAR', 2],
  ['GOVERNANCE', 3],
  ['REVOCATION', 4],
  ['SYNC_EVENT', 16],
  ['SYNC_CONFIRMED', 17],
]);
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([...TYPE_CODES].map(([name, code]) => [code, name]));
const NAMED_TYPE = 0;
/** Keeps a byte order mark, which then is no letter of a name: an entry has one binary form. */
const ascii = new TextDecoder('utf-8', { ignoreBOM: true });
const TYPE_NAME = /^[A-Z][A-Z0-9_]*$/;

export function isTypeName(name: string): boolean {
  return name.length <= TYPE_NAME_LENGTH_MAX && TYPE_NAME.test(name);
}

export function writeEntry(writer: BinaryWriter, entry: EntryParts): void {
  writeTypeName(writer, entry.type);
  writer.varint(entry.timestampMs).bytes(entry.nonce).bytes(entry.signature);
  writer.varint(entry.body.length).bytes(entry.body);
}

export function writeTypeName(writer: BinaryWriter, type: string): void {
  const code = TYPE_CODES.get(type) ?? NAMED_TYPE;
  writer.byte(code);
  if (code === NAMED_TYPE) writer.byte(type.length).bytes(new TextEncoder().encode(type));
}

export function encodeEntry(entry: EntryParts): Uint8Array {
  const writer = new BinaryWriter(entry.body.length + 160);
  writeEntry(writer, entry);
  return writer.finish();
}

/** Whether a binary form is of this type, by its first byte. Of a type that has no code: never. */
export function isOfType(bytes: Uint8Array, type: string): boolean {
  const code = TYPE_CODES.get(type);
  return code !== undefined && bytes[0] === code;
}

/** Reads one entry; throws `wire_…` on bytes that no writer makes. The parts are views into the frame. */
export function readEntry(reader: BinaryReader): EntryParts {
  const type = readTypeName(reader);
  const timestampMs = reader.count(TIMESTAMP_MS_MAX, 'milliseconds in a timestamp');
  const nonce = reader.bytes(NONCE_BYTES);
  const signature = reader.bytes(SIGNATURE_BYTES);
  const body = reader.bytes(reader.count(BODY_BYTES_MAX, 'bytes in a body'));
  return { type, timestampMs, nonce, signature, body };
}

/** Throws `wire_type` for what is no name, and for a name in the longer of its two forms. */
export function readTypeName(reader: BinaryReader): string {
  const code = reader.byte();
  if (code !== NAMED_TYPE) {
    const name = TYPE_NAMES.get(code);
    if (name === undefined)
      throw new TessraxError('wire_type', `entry type code ${code} is not known`, { fields: { code } });
    return name;
  }
  const name = ascii.decode(reader.bytes(reader.count(TYPE_NAME_LENGTH_MAX, 'letters in a type name')));
  if (!isTypeName(name) || TYPE_CODES.has(name)) {
    throw new TessraxError('wire_type', 'an entry type is not a name, or is written out although it has a code');
  }
  return name;
}
