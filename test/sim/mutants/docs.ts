/** The table of mutants in docs/testing.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { KnownMutants } from './known.ts';
import type { Mutant } from './mutant.ts';
import { markdown } from './report.ts';

const TABLE_START = '<!-- mutants: written by npm run sim -- --mutants --record -->';
const TABLE_END = '<!-- end of mutants -->';

export const TESTING = new URL('../../../docs/testing.md', import.meta.url);

/** The document with the table of today between its marks. Throws when they are not there. */
export function withMutantTable(document: string, mutants: readonly Mutant[], known: KnownMutants): string {
  const start = document.indexOf(TABLE_START);
  const end = document.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error(`the document lacks "${TABLE_START}" … "${TABLE_END}"`);
  const table = markdown(mutants, known);
  return `${document.slice(0, start + TABLE_START.length)}\n\n${table}\n${document.slice(end)}`;
}

export function writeMutantTable(mutants: readonly Mutant[], known: KnownMutants): void {
  writeFileSync(TESTING, withMutantTable(readFileSync(TESTING, 'utf8'), mutants, known));
}
