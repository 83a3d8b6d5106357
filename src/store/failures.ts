/** What goes wrong with a store, in the words of the operator: one code each, and what to do. */
import { type ErrorFields, TessraxError } from '../core/errors.ts';

const CORRUPT_REMEDY =
  'nothing was deleted; `tessrax verify DIR` shows what is intact; then restore a backup, or move the folder away and let the node fetch the ledger from its peers';

/** ENOSPC, EDQUOT and EFBIG as strerror and Node print them. */
const DISK_FULL = /ENOSPC|EDQUOT|EFBIG|no space left|disk quota exceeded|file too large/i;
const DENIED = /EACCES|EPERM|EROFS|permission denied|operation not permitted|read-only file system/i;
const CORRUPT_CODES = new Set(['LEVEL_CORRUPTION']);
const CLOSED_CODES = new Set(['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN', 'LEVEL_BATCH_NOT_OPEN']);

export function corruptError(what: string, fields: ErrorFields = {}, cause?: unknown): TessraxError {
  return new TessraxError('store_corrupt', `the store is damaged: ${what}`, { remedy: CORRUPT_REMEDY, fields, cause });
}

export function closedError(): TessraxError {
  return new TessraxError('store_closed', 'the store is closed');
}

/** Any error of LevelDB or of the file system as ours. */
export function storeError(error: unknown, directory: string): TessraxError {
  if (error instanceof TessraxError) return error;
  const text = textOf(error);
  const fields = { directory };
  if (DISK_FULL.test(text)) {
    return new TessraxError('disk_full', `the disk under ${directory} is full: ${text}`, {
      remedy: 'free some space, then start the node again; everything that was acknowledged is on disk',
      fields,
      cause: error,
    });
  }
  const code = codeOf(error);
  if (CORRUPT_CODES.has(code)) return corruptError(text, fields, error);
  if (CLOSED_CODES.has(code)) return closedError();
  const remedy = DENIED.test(text)
    ? 'check the owner and the permissions of the folder'
    : 'look at the disk and the system log, then start the node again; everything that was acknowledged is on disk';
  return new TessraxError('store_failed', `the store in ${directory} failed: ${text}`, {
    remedy,
    fields,
    cause: error,
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The error that an opening database wraps into its own. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
