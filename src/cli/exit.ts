/** Exit codes, the contract with scripts: done, the answer is no, wrong usage, cannot reach the node. */
import { TessraxError } from '../core/errors.ts';

export const EXIT = { done: 0, no: 1, usage: 2, unreachable: 3 } as const;

/** Errors that are the caller's: a wrong argument or configuration, a file that is not there. Starting again does not help (packaging/tessrax.service). All others mean that the answer is no. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'usage',
  'config_invalid',
  'config_missing',
  'federation_missing',
  'federation_invalid',
  'keyfile_missing',
  'keyfile_permissions',
  'keyfile_invalid',
  'psk_missing',
  'psk_invalid',
  'file_unreadable',
  'file_too_large',
  'not_recognised',
  'input_empty',
]);
const UNREACHABLE_CODES: ReadonlySet<string> = new Set(['node_not_running', 'node_unreachable']);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TessraxError)) return EXIT.no;
  if (UNREACHABLE_CODES.has(error.code)) return EXIT.unreachable;
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.no;
}

/** A command that was typed wrongly. */
export function usageError(message: string, remedy = ''): TessraxError {
  return new TessraxError('usage', message, { remedy });
}
