/**
 * Who holds the folder. LevelDB's lock keeps others out but does not say who has it; a small file beside the database does. It is
 * written after the lock is taken and removed before the lock is given up, so whoever fails to get the lock reads its holder.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TessraxError } from '../core/errors.ts';
import { codeOf } from './failures.ts';

export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339. */
  readonly since: string;
}

const HOLDER_FILE = 'holder.json';

export async function writeHolder(directory: string): Promise<void> {
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  const path = join(directory, HOLDER_FILE);
  await writeFile(`${path}.new`, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/**
 * What the holder file tells: `none` when the store was closed well; `alive` when the process it names runs on this host; else `gone`,
 * and the last holder did not close the store. A process number may be in use again: LevelDB's lock alone decides who may write.
 */
export async function holderState(directory: string): Promise<'none' | 'alive' | 'gone'> {
  const text = await readHolderText(directory);
  if (text === undefined) return 'none';
  const holder = parseHolder(text);
  return holder !== undefined && holder.host === hostname() && isOtherProcess(holder.pid) ? 'alive' : 'gone';
}

/** Only the holder itself may call this, with the lock still in hand. */
export async function removeHolder(directory: string): Promise<void> {
  await rm(join(directory, HOLDER_FILE), { force: true });
}

/** The `store_locked` error, naming the holder as far as its file tells. */
export async function lockedError(directory: string, cause?: unknown): Promise<TessraxError> {
  const text = await readHolderText(directory);
  const holder = text === undefined ? undefined : parseHolder(text);
  const name = holder === undefined ? 'another process' : describe(holder);
  return new TessraxError('store_locked', `the store in ${directory} is in use by ${name}`, {
    remedy: 'stop that process, or give this node a folder of its own',
    fields: { directory, ...holder },
    cause,
  });
}

function describe({ pid, host, since }: Holder): string {
  const itself = pid === process.pid && host === hostname() ? 'this very process, ' : '';
  return `${itself}pid ${pid} on ${host} since ${since}`;
}

async function readHolderText(directory: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, HOLDER_FILE), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // nobody has the store, or its holder is about to write the file
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // not JSON: someone else wrote it, and it names nobody
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('pid' in value && 'host' in value && 'since' in value)) return undefined;
  const { pid, host, since } = value;
  if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, host, since };
}

function isOtherProcess(pid: number): boolean {
  if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // it runs, and belongs to another user
  }
}
