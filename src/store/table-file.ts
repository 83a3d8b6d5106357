/**
 * Checks LevelDB's table files (its doc/table_format.md) block by block. A table is data blocks, filter block, index of the filters,
 * index of the data, footer, without a gap; each block ends with a type (1) and a checksum (CRC-32C, masked, 4).
 *
 * LevelDB as classic-level builds it never checks these checksums, and some damage ends the whole process by an assertion in its code:
 * what a table is worth must be known before it is read.
 */
import { readFile } from 'node:fs/promises';
import { STORE_TABLE_INDEX_BYTES_MAX } from '../core/limits.ts';
import { maskedCrc } from './crc32c.ts';
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
  if (footerAt < 0) return 'it is too short';
  const footer = new Cursor(table.subarray(footerAt));
  const metaIndex = footer.handle();
  const index = footer.handle();
  if (metaIndex === undefined || index === undefined || !footer.endsAsFooter()) return 'its footer is damaged';
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

/** A block as it is stored, when its checksum is right. */
function contentOf(table: Uint8Array, { offset, size }: BlockHandle): Uint8Array | undefined {
  const end = offset + size;
  if (end + TRAILER_BYTES > table.length - FOOTER_BYTES) return undefined;
  const crc = new DataView(table.buffer, table.byteOffset + end + 1, 4).getUint32(0, true);
  return crc === maskedCrc(table.subarray(offset, end + 1)) ? table.subarray(offset, end) : undefined;
}

/** The values of an index block: where other blocks are. */
function handlesIn(table: Uint8Array, index: BlockHandle): BlockHandle[] | undefined {
  const stored = contentOf(table, index);
  const block = stored === undefined ? undefined : unpacked(stored, table[index.offset + index.size]);
  if (block === undefined || block.length < RESTART_BYTES) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const restarts = view.getUint32(block.length - RESTART_BYTES, true);
  const end = block.length - RESTART_BYTES * (restarts + 1);
  if (end < 0) return undefined;
  const handles: BlockHandle[] = [];
  const cursor = new Cursor(block.subarray(0, end));
  while (!cursor.done) {
    const handle = cursor.indexEntry();
    if (handle === undefined) return undefined;
    handles.push(handle);
  }
  return handles;
}

function unpacked(stored: Uint8Array, type: number | undefined): Uint8Array | undefined {
  if (type === NOT_PACKED) return stored;
  return type === SNAPPY ? unpackSnappy(stored, STORE_TABLE_INDEX_BYTES_MAX) : undefined;
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  handle(): BlockHandle | undefined {
    const offset = this.#varint();
    const size = this.#varint();
    return offset === undefined || size === undefined ? undefined : { offset, size };
  }

  /** Lengths of shared key, own key and value; the own part of the key; the value. */
  indexEntry(): BlockHandle | undefined {
    const shared = this.#varint();
    const own = this.#varint();
    const value = this.#varint();
    if (shared === undefined || own === undefined || value === undefined) return undefined;
    this.#at += own;
    return this.handle();
  }

  /** Behind the handles zeros, then the magic number. */
  endsAsFooter(): boolean {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    return (
      this.#bytes.subarray(this.#at, HANDLES_BYTES).every((byte) => byte === 0) &&
      view.getBigUint64(HANDLES_BYTES, true) === MAGIC
    );
  }

  #varint(): number | undefined {
    let value = 0;
    for (let scale = 1; Number.isSafeInteger(scale); scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}
