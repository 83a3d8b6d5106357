/** The keyfile: one Ed25519 private key, readable by its owner alone. No error of this file carries any of its content. */
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TessraxError } from '../core/errors.ts';
import { KEYFILE_BYTES_MAX } from '../core/limits.ts';
import { createIdentity, type Identity } from './identity.ts';
import { type KeyFormat, readKey, writeKey } from './key-formats.ts';

export type { Identity } from './identity.ts';
export type { KeyFormat } from './key-formats.ts';
export { toLibp2pPrivateKeyBytes } from './libp2p-key.ts';

/** Read or write, for group or others. */
const FOREIGN_ACCESS = 0o066;
const OWNER_ONLY = 0o600;
/** Windows has neither these mode bits nor a way to sync a folder. */
const IS_POSIX = process.platform !== 'win32';

/**
 * Reads a keyfile in any of the known formats.
 *
 * @throws TessraxError `keyfile_missing`, `keyfile_unreadable`, `keyfile_permissions` (group or others may read or write it),
 *   `keyfile_invalid` (not a regular file, too large, or not an Ed25519 private key: the message says what was seen)
 */
export async function loadKeyfile(path: string): Promise<Identity> {
  const reading = readKey(await readPrivateFile(path));
  if ('identity' in reading) return reading.identity;
  throw keyfileInvalid(path, reading.seen);
}

/**
 * Makes a new key and writes it, synced to disk with its folder. An existing file is never touched.
 *
 * @throws TessraxError `keyfile_exists`, `keyfile_unwritable`
 */
export async function createKeyfile(path: string, format: KeyFormat): Promise<Identity> {
  const identity = createIdentity();
  const file = await openNew(path);
  try {
    await file.writeFile(writeKey(identity, format));
    await file.sync();
    await file.close();
    await syncFolder(dirname(path));
  } catch (error) {
    await discard(path, file);
    throw keyfileUnwritable(path, error);
  }
  return identity;
}

async function readPrivateFile(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer. Windows has no such flag.
    file = await open(path, constants.O_RDONLY | (IS_POSIX ? constants.O_NONBLOCK : 0));
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? keyfileMissing(path) : keyfileUnreadable(path, error);
  }
  try {
    // Of the open file, not of the path: between two looks at a path the file can be another.
    const stat = await file.stat();
    if (!stat.isFile()) throw keyfileInvalid(path, stat.isDirectory() ? 'a folder' : 'no regular file');
    if (IS_POSIX && (stat.mode & FOREIGN_ACCESS) !== 0) throw keyfilePermissions(path, stat.mode);
    return await readBounded(path, file);
  } catch (error) {
    throw error instanceof TessraxError ? error : keyfileUnreadable(path, error);
  } finally {
    await file.close();
  }
}

async function readBounded(path: string, file: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(KEYFILE_BYTES_MAX + 1);
  let size = 0;
  while (size < buffer.length) {
    const { bytesRead } = await file.read(buffer, size, buffer.length - size, size);
    if (bytesRead === 0) return buffer.subarray(0, size);
    size += bytesRead;
  }
  throw keyfileInvalid(path, `more than ${KEYFILE_BYTES_MAX} bytes`);
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', OWNER_ONLY);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw keyfileUnwritable(path, error);
    throw new TessraxError('keyfile_exists', `${path} exists and is never overwritten`, {
      remedy: 'choose another name, or move the file away if its key is no longer needed',
      fields: { path },
    });
  }
}

/** A key is only there when its name is on disk too. */
async function syncFolder(path: string): Promise<void> {
  if (!IS_POSIX) return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Takes a half-written file away, so that the next try does not meet it. */
async function discard(path: string, file: FileHandle): Promise<void> {
  // Both best effort: the failed write is what the operator hears of, and a second close of a closed handle rejects.
  await file.close().catch(() => undefined);
  await unlink(path).catch(() => undefined);
}

function keyfileMissing(path: string): TessraxError {
  return new TessraxError('keyfile_missing', `there is no keyfile ${path}`, {
    remedy: `make one: tessrax keygen --out ${path}`,
    fields: { path },
  });
}

function keyfilePermissions(path: string, mode: number): TessraxError {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new TessraxError('keyfile_permissions', `${path} can be read or written by others (mode ${octal})`, {
    remedy: `chmod 600 ${path}`,
    fields: { path, mode: octal },
  });
}

function keyfileInvalid(path: string, seen: string): TessraxError {
  return new TessraxError('keyfile_invalid', `${path} is not a keyfile; found ${seen}`, {
    remedy:
      'give an unencrypted Ed25519 private key: a PKCS#8 PEM (openssl genpkey -algorithm ed25519) or a libp2p key',
    fields: { path, seen },
  });
}

function keyfileUnreadable(path: string, error: unknown): TessraxError {
  const code = systemCode(error);
  return new TessraxError('keyfile_unreadable', `${path} cannot be read: ${code}`, {
    remedy: 'check that the path is right and that this user owns the file',
    fields: { path, system: code },
    cause: error,
  });
}

function keyfileUnwritable(path: string, error: unknown): TessraxError {
  const code = systemCode(error);
  return new TessraxError('keyfile_unwritable', `${path} cannot be written: ${code}`, {
    remedy: 'check that its folder exists, that this user may write there, and that the disk has room',
    fields: { path, system: code },
    cause: error,
  });
}

function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
