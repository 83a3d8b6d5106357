/** Examines what a path leads to, whatever it is: told apart by content. */
import { stat } from 'node:fs/promises';
import { TessraxError } from '../core/errors.ts';
import { EXPORT_HEADER_BYTES_MAX } from '../core/limits.ts';
import { PROOF_FORMAT } from '../core/proof.ts';
import type { AuditContext, Verdict } from './context.ts';
import { EXPORT_FORMAT } from './export-format.ts';
import { verifyExport } from './export-file.ts';
import { fileError } from './files.ts';
import { isDataFolder, verifyFolder } from './folder.ts';
import { readFileLines } from './lines.ts';
import { verifyProof } from './proof-file.ts';

/** The names of formats without their version: a format that is damaged or newer is still recognised, and refused by its own reader. */
const EXPORT_MARK = EXPORT_FORMAT.slice(0, EXPORT_FORMAT.indexOf('/'));
const PROOF_MARK = PROOF_FORMAT.slice(0, PROOF_FORMAT.indexOf('/'));
/** A proof that people indented has its format in one of its first lines or, sorted by name, in its last. */
const MARK_LINES_MAX = 4096;

/** Rejects with `file_unreadable`, `not_recognised`, `store_locked` and others for what cannot be examined at all. */
export async function verifyPath(path: string, context: AuditContext): Promise<Verdict> {
  if (await isFolder(path)) {
    if (await isDataFolder(path)) return await verifyFolder(path, context);
    throw notRecognised(path, 'it is a folder without a ledger in it');
  }
  const mark = await findMark(path);
  if (mark === 'export') return await verifyExport(path, context);
  if (mark === 'proof') return await verifyProof(path, context);
  throw notRecognised(path, 'it is neither an export nor a proof');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}

async function findMark(path: string): Promise<'export' | 'proof' | undefined> {
  try {
    for await (const { number, bytes } of readFileLines(path, () => EXPORT_HEADER_BYTES_MAX)) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (text.includes(PROOF_MARK)) return 'proof';
      if (number === 1 && text.includes(EXPORT_MARK)) return 'export';
      if (number > MARK_LINES_MAX) return undefined;
    }
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'line_too_long') return undefined; // no line of ours is that long
    throw error;
  }
  return undefined;
}

function notRecognised(path: string, what: string): TessraxError {
  return new TessraxError('not_recognised', `cannot verify ${path}: ${what}`, {
    remedy: 'give an export, a proof, or the data folder of a stopped node',
    fields: { path },
  });
}
