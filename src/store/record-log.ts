/**
 * Reads files in LevelDB's record log format (its doc/log_format.md): the write-ahead log and the manifest. Blocks of 32 KiB hold records
 * of checksum (CRC-32C, masked, 4), length (2), type (1) and data; what does not fit a block goes on in the next.
 *
 * LevelDB skips damaged records of its write-ahead log without an error and then deletes the log, and takes a damaged length for the end
 * of the file: acknowledged writes would vanish. So both are checked here, before LevelDB may open the folder. A record that the end
 * of the file cuts off is no damage: that is what a write without an answer leaves behind.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { concat } from '../core/bytes.ts';
import { crc32c } from './crc32c.ts';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const BLOCKS_PER_READ = 32;
const CRC_MASK_DELTA = 0xa282ead8;
/** How much of each record the visitor sees when it does not say. */
const RECORD_START_BYTES = 128;

const TYPES = { full: 1, first: 2, middle: 3, last: 4 } as const;

export interface LogRecord {
  /** Where its header is in the file. */
  readonly offset: number;
  /** Its first bytes, or all. */
  readonly start: Uint8Array;
  /** Whether `start` is the record from end to end. */
  readonly whole: boolean;
}

export type LogVisitor = (record: LogRecord) => void;

/**
 * What is wrong with the file, or undefined. `visit` sees the first `startBytesMax` bytes of every record in order, also of one that the
 * end of the file cuts off.
 */
export async function findLogDamage(
  path: string,
  visit: LogVisitor = () => {},
  startBytesMax = RECORD_START_BYTES,
): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    return await scanBlocks(file, new RecordAssembly(visit, startBytesMax));
  } finally {
    await file.close();
  }
}

async function scanBlocks(file: FileHandle, records: RecordAssembly): Promise<string | undefined> {
  const buffer = new Uint8Array(BLOCK_BYTES * BLOCKS_PER_READ);
  for (let offset = 0; ; offset += buffer.length) {
    const length = await fill(file, buffer, offset);
    for (let at = 0; at < length; at += BLOCK_BYTES) {
      const block = buffer.subarray(at, Math.min(at + BLOCK_BYTES, length));
      const damage = scanBlock(block, offset + at, records);
      if (damage !== undefined) {
        records.end(false);
        return damage;
      }
    }
    if (length < buffer.length) break;
  }
  records.end(false);
  return undefined;
}

function scanBlock(block: Uint8Array, blockOffset: number, records: RecordAssembly): string | undefined {
  for (let at = 0; at + HEADER_BYTES <= block.length; ) {
    const header = headerAt(block, at);
    const end = at + HEADER_BYTES + header.length;
    const where = `at byte ${blockOffset + at}`;
    if (end > block.length) {
      if (block.length === BLOCK_BYTES) return `a record ${where} is longer than its block`;
      if (isDamagedEnd(block, at)) return `the length of the record ${where} is wrong`;
      records.part(header.type, blockOffset + at, block.subarray(at + HEADER_BYTES));
      records.end(false);
      return undefined;
    }
    if (header.crc !== maskedCrc(block.subarray(at + HEADER_BYTES - 1, end))) {
      return `the record ${where} does not match its checksum`;
    }
    records.part(header.type, blockOffset + at, block.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return undefined;
}

/** A record that seems cut off is damage instead when its checksum fits what is there, or when a good record follows it. */
function isDamagedEnd(block: Uint8Array, at: number): boolean {
  if (headerAt(block, at).crc === maskedCrc(block.subarray(at + HEADER_BYTES - 1))) return true;
  for (let next = at + 1; next + HEADER_BYTES <= block.length; next++) {
    const header = headerAt(block, next);
    const end = next + HEADER_BYTES + header.length;
    if (header.type < TYPES.full || header.type > TYPES.last || end > block.length) continue;
    if (header.crc === maskedCrc(block.subarray(next + HEADER_BYTES - 1, end))) return true;
  }
  return false;
}

function headerAt(block: Uint8Array, at: number): { crc: number; length: number; type: number } {
  const view = new DataView(block.buffer, block.byteOffset + at, HEADER_BYTES);
  return { crc: view.getUint32(0, true), length: view.getUint16(4, true), type: view.getUint8(6) };
}

/** As LevelDB stores it, rotated and shifted: data that holds its own CRC would check badly. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + CRC_MASK_DELTA) >>> 0;
}

/** Joins the parts of a record that blocks divide, as far as its start. */
class RecordAssembly {
  readonly #visit: LogVisitor;
  readonly #startBytesMax: number;
  #parts: Uint8Array[] = [];
  #kept = 0;
  #length = 0;
  #offset = 0;
  #open = false;

  constructor(visit: LogVisitor, startBytesMax: number) {
    this.#visit = visit;
    this.#startBytesMax = startBytesMax;
  }

  /** `data` is copied. */
  part(type: number, offset: number, data: Uint8Array): void {
    if (type === TYPES.full || type === TYPES.first) {
      this.end(false);
      this.#offset = offset;
      this.#open = true;
    }
    const kept = data.slice(0, this.#startBytesMax - this.#kept);
    if (kept.length > 0) this.#parts.push(kept);
    this.#kept += kept.length;
    this.#length += data.length;
    if (type === TYPES.full || type === TYPES.last) this.end(true);
  }

  /** Ends the record under way; it is not complete when the file ends or another record begins inside it. */
  end(complete: boolean): void {
    const whole = complete && this.#kept === this.#length;
    if (this.#open) this.#visit({ offset: this.#offset, start: concat(...this.#parts), whole });
    this.#parts = [];
    this.#kept = 0;
    this.#length = 0;
    this.#open = false;
  }
}

/** Reads until the buffer is full or the file ends. */
async function fill(file: FileHandle, buffer: Uint8Array, offset: number): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
