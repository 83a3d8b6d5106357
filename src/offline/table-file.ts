/**
 * Reads LevelDB's table files (its doc/table_format.md) for one purpose: to see that every byte is as it was written. Each block carries a
 * checksum, but LevelDB checks it only when it is told to, and classic-level does not tell it. The blocks, found by the index, must fill
 * the file without a gap: so no byte is left out.
 */
import { TABLE_FILE_BYTES_MAX, TABLE_INDEX_BYTES_MAX } from '../core/limits.ts';
import { maskedCrc } from '../store/record-log.ts';
import { readWholeFile } from './files.ts';
import { readVarint32, unpackSnappy } from './snappy.ts';

const FOOTER_BYTES = 48;
const MAGIC_BYTES = 8;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Behind each block: how it is packed (1), checksum of block and that byte, masked (4). */
const TRAILER_BYTES = 5;
const PACKED = { plain: 0, snappy: 1 } as const;

interface Block {
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with the file, in words, or undefined. */
export async function findTableDamage(path: string): Promise<string | undefined> {
  const bytes = await readWholeFile(path, TABLE_FILE_BYTES_MAX);
  const footerAt = bytes.length - FOOTER_BYTES;
  const footer = footerAt < 0 ? undefined : readFooter(bytes.subarray(footerAt));
  if (footer === undefined) return 'its last 48 bytes are not the end of a table';
  const blocks = [footer.metaindex, footer.index];
  for (const directory of [footer.metaindex, footer.index]) {
    const content = readBlock(bytes, directory, footerAt);
    if (typeof content === 'string') return content;
    const listed = readHandles(content);
    if (listed === undefined) return `the index at byte ${directory.offset} cannot be read`;
    blocks.push(...listed);
  }
  return findGap(bytes, blocks, footerAt);
}

/** Two block handles, zeros, and a number that every table ends with. */
function readFooter(footer: Uint8Array): { readonly metaindex: Block; readonly index: Block } | undefined {
  const metaindex = readHandle(footer, 0);
  const index = metaindex === undefined ? undefined : readHandle(footer, metaindex.next);
  if (metaindex === undefined || index === undefined) return undefined;
  const padding = footer.subarray(index.next, FOOTER_BYTES - MAGIC_BYTES);
  const isMagic = MAGIC.every((byte, i) => footer[FOOTER_BYTES - MAGIC_BYTES + i] === byte);
  return isMagic && padding.every((byte) => byte === 0) ? { metaindex: metaindex.block, index: index.block } : undefined;
}

/** Blocks in the order of the file: each with its checksum, each beginning where the one before ends, the last at the footer. */
function findGap(bytes: Uint8Array, blocks: readonly Block[], footerAt: number): string | undefined {
  let at = 0;
  for (const block of [...blocks].sort((a, b) => a.offset - b.offset)) {
    if (block.offset !== at) return `the bytes from ${at} on belong to no block`;
    const damage = checkBlock(bytes, block, footerAt);
    if (damage !== undefined) return damage;
    at += block.size + TRAILER_BYTES;
  }
  return at === footerAt ? undefined : `the bytes from ${at} on belong to no block`;
}

function checkBlock(bytes: Uint8Array, { offset, size }: Block, footerAt: number): string | undefined {
  const end = offset + size;
  if (end + TRAILER_BYTES > footerAt) return `the block at byte ${offset} reaches beyond the end`;
  const stored = new DataView(bytes.buffer, bytes.byteOffset + end + 1, 4).getUint32(0, true);
  return stored === maskedCrc(bytes.subarray(offset, end + 1)) ? undefined : `the block at byte ${offset} does not match its checksum`;
}

/** The content of a block that is in order, or what is wrong with it. */
function readBlock(bytes: Uint8Array, block: Block, footerAt: number): Uint8Array | string {
  const damage = checkBlock(bytes, block, footerAt);
  if (damage !== undefined) return damage;
  const content = bytes.subarray(block.offset, block.offset + block.size);
  const packed = bytes[block.offset + block.size];
  if (packed === PACKED.plain) return content;
  const unpacked = packed === PACKED.snappy ? unpackSnappy(content, TABLE_INDEX_BYTES_MAX) : undefined;
  return unpacked ?? `the block at byte ${block.offset} cannot be unpacked`;
}

/** The block handles that are the values of a block's records; the block ends with restart points and their number. */
function readHandles(content: Uint8Array): Block[] | undefined {
  const countAt = content.length - 4;
  if (countAt < 0) return undefined;
  const restarts = new DataView(content.buffer, content.byteOffset + countAt, 4).getUint32(0, true);
  const end = countAt - 4 * restarts;
  const blocks: Block[] = [];
  for (let at = 0; at < end; ) {
    const shared = readVarint32(content, at);
    const own = shared && readVarint32(content, shared.next);
    const value = own && readVarint32(content, own.next);
    if (own === undefined || value === undefined) return undefined;
    const valueAt = value.next + own.value;
    const handle = readHandle(content.subarray(0, end), valueAt);
    if (handle === undefined || handle.next !== valueAt + value.value) return undefined;
    blocks.push(handle.block);
    at = handle.next;
  }
  return end < 0 ? undefined : blocks;
}

/** Offset and size; tables are far below the 4 GiB that 32 bits give. */
function readHandle(bytes: Uint8Array, at: number): { readonly block: Block; readonly next: number } | undefined {
  const offset = readVarint32(bytes, at);
  const size = offset && readVarint32(bytes, offset.next);
  return offset === undefined || size === undefined
    ? undefined
    : { block: { offset: offset.value, size: size.value }, next: size.next };
}
