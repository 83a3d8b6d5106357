/** Reading and writing whole files: bounded, never half-written, never over somebody else's. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TessraxError } from '../core/errors.ts';

/** Windows has no way to sync a folder. */
const IS_POSIX = process.platform !== 'win32';

/** The bytes of a file. Throws `file_unreadable`, `file_too_large`. */
export async function readWholeFile(path: string, bytesMax: number): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw fileError(path, error);
  }
  try {
    return await readBounded(path, file, bytesMax);
  } catch (error) {
    throw error instanceof TessraxError ? error : fileError(path, error);
  } finally {
    await file.close();
  }
}

/** Makes a new file, synced to disk with its folder. Throws `file_exists`, `file_unwritable`. */
export async function writeNewFile(path: string, content: string, mode = 0o644): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx', mode);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw unwritable(path, error);
    throw new TessraxError('file_exists', `${path} exists and is never overwritten`, {
      remedy: 'choose another name, or move the file away',
      fields: { path },
    });
  }
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await syncFolder(dirname(path));
  } catch (error) {
    await discard(path, file);
    throw unwritable(path, error);
  }
}

export interface ReplacedFile {
  write(content: string | Uint8Array): Promise<void>;
  /** Puts the new content in place, whole and synced. */
  commit(): Promise<void>;
  /** Takes the unfinished content away; what stood under the name stays. */
  discard(): Promise<void>;
}

/** A file that appears under its name only when it is complete. Throws `file_unwritable`. */
export async function replaceFile(path: string): Promise<ReplacedFile> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`;
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw unwritable(path, error);
    }
  };
  const file = await attempt(() => open(temporary, 'wx', 0o644));
  return {
    write: (content) => attempt(() => file.writeFile(content)),
    commit: () =>
      attempt(async () => {
        await file.sync();
        await file.close();
        await rename(temporary, path);
        await syncFolder(dirname(path));
      }),
    discard: () => discard(temporary, file),
  };
}

export function fileError(path: string, error: unknown): TessraxError {
  const code = codeOf(error);
  const what = code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${code}`;
  return new TessraxError('file_unreadable', what, {
    remedy: 'check the path, and that this user may read it',
    fields: { path, system: code },
    cause: error,
  });
}

async function readBounded(path: string, file: FileHandle, bytesMax: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const buffer = new Uint8Array(Math.min(size, bytesMax) + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  throw new TessraxError('file_too_large', `${path} has more than ${bytesMax} bytes, or grows while it is read`, {
    fields: { path, max: bytesMax },
  });
}

/** A file is only there when its name is on disk too. */
async function syncFolder(path: string): Promise<void> {
  if (!IS_POSIX) return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function discard(path: string, file: FileHandle): Promise<void> {
  // Both best effort: the failed write is what the operator hears of, and a second close of a closed handle rejects.
  await file.close().catch(() => undefined);
  await rm(path, { force: true }).catch(() => undefined);
}

function unwritable(path: string, error: unknown): TessraxError {
  const code = codeOf(error);
  return new TessraxError('file_unwritable', `${path} cannot be written: ${code}`, {
    remedy: 'check that its folder exists, that this user may write there, and that the disk has room',
    fields: { path, system: code },
    cause: error,
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
