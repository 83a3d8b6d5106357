/**
 * Checks LevelDB's table files (its doc/table_format.md) block by block. A table is data blocks, filter block, index of the filters,
 * index of the data, footer, without a gap; each block ends with a type (1) and a checksum (CRC-32C, masked, 4).
 *
 * LevelDB as classic-level builds it never checks these checksums, and some damage ends the whole process by an assertion in its code:
 * what a table is worth must be known before it is read.
 */
import { readFile } from 'node:fs/promises';
import { BinaryReader } from '../core/binary.ts';
import { TessraxError } from '../core/errors.ts';
import { STORE_TABLE_INDEX_BYTES_MAX } from '../core/limits.ts';
import { maskedCrc } from './record-log.ts';
import { unpackSnappy } from './snappy.ts';

const FOOTER_BYTES = 48;
const HANDLES_BYTES = 40;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;
const NOT_PACKED = 0;
const SNAPPY = 1;
const RESTART_BYTES = 4;

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with the table, in words, or undefined. */
export async function findTableDamage(path: string): Promise<string | undefined> {
  return damageOfTable(await readFile(path));
}

export function damageOfTable(table: Uint8Array): string | undefined {
  const footerAt = table.length - FOOTER_BYTES;
  const directories = footerAt < 0 ? undefined : readFooter(table.subarray(footerAt));
  if (directories === undefined) return 'its footer is damaged';
  const { metaIndex, index } = directories;
  const data = handlesIn(table, index);
  const filters = handlesIn(table, metaIndex);
  if (data === undefined || filters === undefined) return 'its index is damaged';
  let at = 0;
  for (const block of [...data, ...filters, metaIndex, index]) {
    if (block.offset !== at) return `no block starts at byte ${at}`;
    if (contentOf(table, block) === undefined) return `the block at byte ${at} does not match its checksum`;
    at += block.size + TRAILER_BYTES;
  }
  return at === footerAt ? undefined : `no block starts at byte ${at}`;
}

/** Two handles, zeros up to 40 bytes, the magic number. */
function readFooter(footer: Uint8Array): { metaIndex: BlockHandle; index: BlockHandle } | undefined {
  const magic = new DataView(footer.buffer, footer.byteOffset, footer.length).getBigUint64(HANDLES_BYTES, true);
  if (magic !== MAGIC) return undefined;
  return readOrUndefined(footer.subarray(0, HANDLES_BYTES), (reader) => {
    const directories = { metaIndex: readHandle(reader), index: readHandle(reader) };
    return reader.bytes(reader.remaining).every((byte) => byte === 0) ? directories : undefined;
  });
}

/** A block as it is stored, when its checksum is right. */
function contentOf(table: Uint8Array, { offset, size }: BlockHandle): Uint8Array | undefined {
  const end = offset + size;
  if (end + TRAILER_BYTES > table.length - FOOTER_BYTES) return undefined;
  const crc = new DataView(table.buffer, table.byteOffset + end + 1, 4).getUint32(0, true);
  return crc === maskedCrc(table.subarray(offset, end + 1)) ? table.subarray(offset, end) : undefined;
}

/** The values of an index block: where other blocks are. Behind its entries come restart points and their number. */
function handlesIn(table: Uint8Array, index: BlockHandle): BlockHandle[] | undefined {
  const stored = contentOf(table, index);
  const block = stored === undefined ? undefined : unpacked(stored, table[index.offset + index.size]);
  if (block === undefined || block.length < RESTART_BYTES) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const restarts = view.getUint32(block.length - RESTART_BYTES, true);
  const end = block.length - RESTART_BYTES * (restarts + 1);
  if (end < 0) return undefined;
  return readOrUndefined(block.subarray(0, end), (reader) => {
    const handles: BlockHandle[] = [];
    while (reader.remaining > 0) handles.push(readIndexEntry(reader));
    return handles;
  });
}

/** Lengths of the key's shared and own parts and of the value; the own part; the value. */
function readIndexEntry(reader: BinaryReader): BlockHandle {
  reader.varint();
  const own = reader.varint();
  reader.varint();
  reader.bytes(own);
  return readHandle(reader);
}

function readHandle(reader: BinaryReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}

function unpacked(stored: Uint8Array, type: number | undefined): Uint8Array | undefined {
  if (type === NOT_PACKED) return stored;
  return type === SNAPPY ? unpackSnappy(stored, STORE_TABLE_INDEX_BYTES_MAX) : undefined;
}

function readOrUndefined<T>(bytes: Uint8Array, read: (reader: BinaryReader) => T): T | undefined {
  try {
    return read(new BinaryReader(bytes));
  } catch (error) {
    if (error instanceof TessraxError) return undefined; // the bytes end early or hold no number: the caller says where
    throw error;
  }
}
