/**
 * The database's folder as files, looked at before LevelDB may touch it: without its CURRENT LevelDB would make a new database and
 * delete the tables of the old one, and damage in its logs it would skip (record-log.ts).
 */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../core/bytes.ts';
import { codeOf } from './failures.ts';
import { COMMIT_KEY } from './group-commit.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { findLogDamage } from './record-log.ts';
import { unsealNumber } from './records.ts';
import { findTableDamage } from './table-file.ts';

const CURRENT = 'CURRENT';
const MANIFEST_LINE = /^MANIFEST-\d+\n$/;
const DATA_FILE = /^\d+\.(?:ldb|sst|log)$/;
const TABLE_FILE = /^\d+\.(?:ldb|sst)$/;
const WRITE_AHEAD_LOG = /^\d+\.log$/;

/** What is wrong with the files that LevelDB starts from, in words, or undefined. A folder that is not there is not damaged. */
export async function findFolderDamage(location: string): Promise<string | undefined> {
  const names = await listFiles(location);
  if (!names.includes(CURRENT)) {
    return names.some((name) => DATA_FILE.test(name)) ? `the file ${CURRENT} is missing` : undefined;
  }
  const manifest = await currentManifest(location);
  if (typeof manifest === 'string') return manifest;
  const logs = names.filter((name) => WRITE_AHEAD_LOG.test(name) && numberOf(name) >= manifest.logNumber);
  if (manifest.logNumber > 0 && !logs.some((name) => numberOf(name) === manifest.logNumber)) {
    return `the write-ahead log ${manifest.logNumber} is missing`;
  }
  const tables = new Set(names.filter((name) => TABLE_FILE.test(name)).map(numberOf));
  const missing = manifest.tables.find((number) => !tables.has(number));
  if (missing !== undefined) return `the table ${missing} is missing`;
  for (const name of logs) {
    const damage = await findLogDamage(join(location, name));
    if (damage !== undefined) return `${name}: ${damage}`;
  }
  return undefined;
}

/**
 * What is wrong with the tables, newest first as far as `bytesMax`, or undefined. Reads every byte: some seconds for a gigabyte. For a
 * folder without other damage, that nobody has open.
 */
export async function findTablesDamage(
  location: string,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<string | undefined> {
  const manifest = await currentManifest(location);
  if (typeof manifest === 'string') return manifest;
  const names = new Map(
    (await listFiles(location)).filter((name) => TABLE_FILE.test(name)).map((name) => [numberOf(name), name]),
  );
  let bytes = 0;
  for (const number of manifest.tables.toReversed()) {
    const name = names.get(number);
    if (name === undefined) return `the table ${number} is missing`;
    bytes += (await stat(join(location, name))).size;
    if (bytes > bytesMax) return undefined;
    const damage = await findTableDamage(join(location, name));
    if (damage !== undefined) return `${name}: ${damage}`;
  }
  return undefined;
}

/** The manifest that CURRENT names, or what is wrong with it. A folder without CURRENT has no tables. */
async function currentManifest(location: string): Promise<Manifest | string> {
  const names = await listFiles(location);
  if (!names.includes(CURRENT)) return { tables: [], logNumber: 0 };
  const line = await readFile(join(location, CURRENT), 'latin1');
  const name = line.trimEnd();
  if (!MANIFEST_LINE.test(line) || !names.includes(name)) return `${CURRENT} does not name a manifest`;
  const manifest = await readManifest(join(location, name));
  return typeof manifest === 'string' ? `${name}: ${manifest}` : manifest;
}

/**
 * Cuts groups later than `committed` off the write-ahead logs: after a failed write LevelDB may have left one there, whole, and would
 * bring it back at the next opening. The database must be closed.
 */
export async function cutUnacknowledged(location: string, committed: number): Promise<void> {
  for (const name of await listFiles(location)) {
    if (!WRITE_AHEAD_LOG.test(name)) continue;
    let keep: number | undefined;
    await findLogDamage(join(location, name), ({ offset, start }) => {
      const commit = commitOf(start);
      if (commit !== undefined && commit > committed) keep ??= offset;
    });
    if (keep !== undefined) await truncateSynced(join(location, name), keep);
  }
}

/** A record is a LevelDB batch: sequence (8), count (4), then per put a tag (1), key and value, each behind its length. */
const FIRST_PUT_OFFSET = 8 + 4;
const PUT_TAG = 1;
const SEALED_NUMBER_BYTES = 12;

function commitOf(start: Uint8Array): number | undefined {
  const keyAt = FIRST_PUT_OFFSET + 2;
  const valueAt = keyAt + COMMIT_KEY.length + 1;
  const value = start.subarray(valueAt, valueAt + SEALED_NUMBER_BYTES);
  const isCommit =
    start[FIRST_PUT_OFFSET] === PUT_TAG &&
    start[keyAt - 1] === COMMIT_KEY.length &&
    equalBytes(start.subarray(keyAt, keyAt + COMMIT_KEY.length), COMMIT_KEY) &&
    start[valueAt - 1] === SEALED_NUMBER_BYTES &&
    value.length === SEALED_NUMBER_BYTES;
  return isCommit ? unsealNumber(COMMIT_KEY, value) : undefined;
}

async function truncateSynced(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Files are numbered in the order in which they were made. */
function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

async function listFiles(location: string): Promise<string[]> {
  try {
    return await readdir(location);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
