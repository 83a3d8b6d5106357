/**
 * The marker beside the keyfile: how many ledger entries this key has signed. A folder that holds fewer was restored from a backup.
 *
 * It holds two numbers. The *bound* is synced before anybody hears of an entry above it, and moves in blocks, so that few appends wait
 * for it. The *count* is exact and written with every append, not synced: what a process wrote outlives that process, but not
 * the end of the system. So the count is believed by the same boot of the same system, and where it is the bound; else the bound is.
 */
import { constants, writeSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { TessraxError } from '../core/errors.ts';
import { MARKER_BLOCK_ENTRIES } from '../core/limits.ts';

const SUFFIX = '.signed';
const BOOT_FILE = '/proc/sys/kernel/random/boot_id';
const NO_BOOT = '-';
/** Count, bound, boot. Of fixed size, so that a write never leaves a part of a longer line behind. */
const LINE = /^(\d{16}) (\d{16}) (\S{1,36}) *\n$/;
const NUMBER_DIGITS = 16;
const BOOT_LENGTH = 36;

export interface Marker {
  /** At most so many entries were signed, as of the last start; undefined when there was no marker. */
  readonly signed: number | undefined;
  /** At least so many were signed and durable, as of the last start. */
  readonly counted: number;
  /** Resolves when the marker will say at least `size` after whatever may happen. */
  advance(size: number): Promise<void>;
  /** After it the marker says exactly how many were signed. */
  close(): Promise<void>;
}

export interface MarkerOptions {
  /** Names the present run of the operating system; undefined where it has no name: then every advance is synced. */
  readonly boot?: string | undefined;
}

/** Opens or creates the marker of a keyfile. Rejects with `marker_invalid`, `marker_unwritable`. */
export async function openMarker(keyfile: string, options?: MarkerOptions): Promise<Marker> {
  const path = `${keyfile}${SUFFIX}`;
  const { boot } = options ?? { boot: await bootName() };
  const last = await readMarker(path, boot);
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    throw new TessraxError('marker_unwritable', `cannot write ${path}`, {
      remedy: 'give the node write access to the folder of its key',
      cause: error,
    });
  }
  return new FileMarker(file, last, boot);
}

async function bootName(): Promise<string | undefined> {
  try {
    return (await readFile(BOOT_FILE, 'utf8')).trim();
  } catch {
    return undefined; // not Linux, or not shown here: the marker is synced each time then
  }
}

/** What a marker says. */
interface Line {
  readonly count: number;
  readonly bound: number;
  /** Whether the count is to be believed. */
  readonly isExact: boolean;
}

async function readMarker(path: string, boot: string | undefined): Promise<Line | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new TessraxError('marker_invalid', `cannot read ${path}`, { cause: error });
  }
  if (text === '') return undefined; // made, and never written
  const [, countText, boundText, writtenIn] = LINE.exec(text) ?? [];
  const count = Number(countText);
  const bound = Number(boundText);
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(bound) || count > bound) {
    throw new TessraxError('marker_invalid', `${path} is not a marker`, {
      remedy: 'delete it; the node then asks its peers before it writes',
    });
  }
  return { count, bound, isExact: count === bound || writtenIn === boot };
}

class FileMarker implements Marker {
  readonly signed: number | undefined;
  readonly counted: number;
  readonly #file: FileHandle;
  readonly #boot: string | undefined;
  #wanted: number;
  #count: number;
  #bound: number;
  #isExact: boolean;
  #running: Promise<void> | undefined;

  constructor(file: FileHandle, last: Line | undefined, boot: string | undefined) {
    const { count, bound, isExact } = last ?? { count: 0, bound: 0, isExact: true };
    this.#file = file;
    this.#boot = boot;
    this.signed = last === undefined || isExact ? last?.count : bound;
    this.counted = count;
    this.#wanted = count;
    this.#count = count;
    this.#bound = bound;
    this.#isExact = isExact;
  }

  /** Calls that come while a write is under way share the next one. */
  async advance(size: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, size);
    while (this.#count < size) {
      this.#running ??= this.#write().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  async close(): Promise<void> {
    await this.#running;
    try {
      // A count that is not believed may be too low: its bound stands until the node has written again.
      if (this.#isExact && this.#count < this.#bound) await this.#put(this.#count, this.#count, true);
    } finally {
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    const count = this.#wanted;
    const isBeyond = count > this.#bound;
    const block = this.#boot === undefined ? 0 : MARKER_BLOCK_ENTRIES;
    const bound = isBeyond ? count + block : this.#bound;
    await this.#put(count, bound, isBeyond);
    this.#count = count;
    this.#bound = bound;
    this.#isExact = true; // whoever writes has compared its feed with its peers', or was told to go on from what it has
  }

  async #put(count: number, bound: number, sync: boolean): Promise<void> {
    const boot = (this.#boot ?? NO_BOOT).padEnd(BOOT_LENGTH);
    // Into the page cache, at once: handing it to another thread takes longer than the write itself.
    writeSync(this.#file.fd, `${numberText(count)} ${numberText(bound)} ${boot}\n`, 0);
    if (sync) await this.#file.datasync();
  }
}

function numberText(value: number): string {
  return String(value).padStart(NUMBER_DIGITS, '0');
}
