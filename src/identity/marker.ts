/**
 * The marker beside the keyfile: how many ledger entries this key has signed, synced before anybody hears of them. A folder that holds
 * fewer was restored from a backup.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { TessraxError } from '../core/errors.ts';

const SUFFIX = '.signed';
/** One fixed-size line, so that a write never leaves a part of a longer number behind. */
const LINE_BYTES = 17;

export interface Marker {
  /** Entries signed, as of the last start; undefined when there was no marker. */
  readonly signed: number | undefined;
  /** Resolves when the marker says at least `size`, durably. */
  advance(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens or creates the marker of a keyfile. Rejects with `marker_invalid`, `marker_unwritable`. */
export async function openMarker(keyfile: string): Promise<Marker> {
  const path = `${keyfile}${SUFFIX}`;
  const signed = await readMarker(path);
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    throw new TessraxError('marker_unwritable', `cannot write ${path}`, {
      remedy: 'give the node write access to the folder of its key',
      cause: error,
    });
  }
  return new FileMarker(file, signed);
}

async function readMarker(path: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new TessraxError('marker_invalid', `cannot read ${path}`, { cause: error });
  }
  if (text === '') return undefined; // made, and never written
  const signed = Number(text);
  if (!/^\d{16}\n$/.test(text) || !Number.isSafeInteger(signed)) {
    throw new TessraxError('marker_invalid', `${path} is not a marker`, {
      remedy: 'delete it; the node then asks its peers before it writes',
    });
  }
  return signed;
}

class FileMarker implements Marker {
  readonly signed: number | undefined;
  readonly #file: FileHandle;
  #wanted = 0;
  #written = 0;
  #running: Promise<void> | undefined;

  constructor(file: FileHandle, signed: number | undefined) {
    this.#file = file;
    this.signed = signed;
    this.#written = signed ?? 0;
  }

  /** Calls that come while a write is under way share the next one. */
  async advance(size: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, size);
    while (this.#written < size) {
      this.#running ??= this.#write().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const size = this.#wanted;
    await this.#file.write(`${String(size).padStart(LINE_BYTES - 1, '0')}\n`, 0);
    await this.#file.datasync();
    this.#written = size;
  }
}
