/** Examines what a path leads to, whatever it is: told apart by content. */
import { stat } from 'node:fs/promises';
import { CERTIFICATE_FORMAT } from '../core/certificate.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { EXPORT_HEADER_BYTES_MAX } from '../core/limits.ts';
import { EXPORT_FORMAT, PROOF_FORMAT } from '../core/proof.ts';
import { verifyCertificate } from './certificate-file.ts';
import type { AuditContext, AuditKind, Verdict } from './context.ts';
import { verifyExport } from './export-file.ts';
import { fileError } from './files.ts';
import { isDataFolder, verifyFolder } from './folder.ts';
import { readFileLines } from './lines.ts';
import { verifyProof } from './proof-file.ts';

/** Formats without their version: a newer one is recognised, and refused by its own reader. */
const MARKS: readonly (readonly [AuditKind, string])[] = [
  ['export', EXPORT_FORMAT.slice(0, EXPORT_FORMAT.indexOf('/'))],
  ['proof', PROOF_FORMAT.slice(0, PROOF_FORMAT.indexOf('/'))],
  ['certificate', CERTIFICATE_FORMAT.slice(0, CERTIFICATE_FORMAT.indexOf('/'))],
];
/** A proof that people indented has its format in any of its lines. */
const MARK_LINES_MAX = 4096;

/** Rejects with `file_unreadable`, `not_recognised`, `store_locked` and others for what cannot be examined at all. */
export async function verifyPath(path: string, context: AuditContext): Promise<Verdict> {
  if (await isFolder(path)) {
    if (await isDataFolder(path)) return await verifyFolder(path, context);
    throw notRecognised(path, 'it is a folder without a ledger in it');
  }
  const kind = await findKind(path);
  if (kind === 'export') return await verifyExport(path, context);
  if (kind === 'certificate') return await verifyCertificate(path, context);
  if (kind === 'proof') return await verifyProof(path, context);
  throw notRecognised(path, 'it is neither an export nor a proof nor a certificate');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, error);
  }
}

async function findKind(path: string): Promise<AuditKind | undefined> {
  for await (const { number, bytes, tooLongFor } of readFileLines(path, () => EXPORT_HEADER_BYTES_MAX)) {
    const text = Buffer.from(bytes).toString('utf8');
    const kind = (number === 1 ? kindOfValue(text) : undefined) ?? MARKS.find(([, mark]) => text.includes(mark))?.[0];
    if (kind !== undefined || number > MARK_LINES_MAX || tooLongFor !== undefined) return kind;
  }
  return undefined;
}

/** What an intact first line says it is; undefined when it is no JSON object with a format. */
function kindOfValue(text: string): AuditKind | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // damaged, or a value of several lines: its text is searched then
  }
  if (!isObject(value)) return undefined;
  const { format } = value;
  return typeof format === 'string' ? MARKS.find(([, mark]) => format.startsWith(mark))?.[0] : undefined;
}

function notRecognised(path: string, what: string): TessraxError {
  return new TessraxError('not_recognised', `cannot verify ${path}: ${what}`, {
    remedy: 'give an export, a proof, a certificate, or the data folder of a stopped node',
    fields: { path },
  });
}
