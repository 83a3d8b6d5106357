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

/** Whether a holder's name is there. With the lock free it means that the last holder did not close the store. */
export async function holderIsNamed(directory: string): Promise<boolean> {
  return await readFile(join(directory, HOLDER_FILE)).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Only the holder itself may call this, with the lock still in hand. */
export async function removeHolder(directory: string): Promise<void> {
  await rm(join(directory, HOLDER_FILE), { force: true });
}

/** The `store_locked` error, naming the holder as far as its file tells. */
export async function lockedError(directory: string, cause: unknown): Promise<TessraxError> {
  const holder = await readHolder(directory);
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

async function readHolder(directory: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(join(directory, HOLDER_FILE), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // the holder has the lock and not yet its file
    throw error;
  }
  try {
    return holderOf(JSON.parse(text));
  } catch {
    return undefined; // not JSON: someone else wrote it, and it names nobody
  }
}

function holderOf(value: unknown): Holder | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('pid' in value && 'host' in value && 'since' in value)) return undefined;
  const { pid, host, since } = value;
  if (typeof pid !== 'number' || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, host, since };
}
