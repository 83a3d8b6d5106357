/**
 * The table of `docs/testing.md` that says, kind by kind, what must be refused: counted in test/vectors/mutations.json.
 * `node scripts/vector-table.ts` writes; a test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../src/core/entry/canonical-json.ts';

const TABLE_START = '<!-- vectors: written by scripts/vector-table.ts -->';
const TABLE_END = '<!-- end of vectors -->';

export const TESTING = new URL('../docs/testing.md', import.meta.url);
const MUTATIONS = new URL('../test/vectors/mutations.json', import.meta.url);

export function withVectorTable(document: string): string {
  const start = document.indexOf(TABLE_START);
  const end = document.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error(`the document lacks "${TABLE_START}" … "${TABLE_END}"`);
  return `${document.slice(0, start + TABLE_START.length)}\n\n${vectorTable()}\n\n${document.slice(end)}`;
}

function vectorTable(): string {
  const file: JsonValue = JSON.parse(readFileSync(MUTATIONS, 'utf8'));
  const kinds = isJsonObject(file) ? objects(file.kinds) : [];
  return [
    '| kind | rule | cut off | bytes behind | bits turned | of them refused | forged |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...kinds.map(row),
  ].join('\n');
}

function row(kind: JsonObject): string {
  const { name, rule, truncations, trailing, flips, forgeries } = kind;
  const cells = [
    name,
    rule,
    places(truncations, true),
    objects(trailing).length,
    places(flips, false),
    places(flips, true),
  ];
  return `| ${[...cells, classes(objects(forgeries))].join(' | ')} |`;
}

/** How many places the triples cover; with `refused`, those with a code. */
function places(triples: JsonValue | undefined, refused: boolean): number {
  let sum = 0;
  for (const triple of Array.isArray(triples) ? triples : []) {
    if (!Array.isArray(triple)) continue;
    const [from, to, code] = triple;
    if (typeof from === 'number' && typeof to === 'number' && (!refused || typeof code === 'string')) sum += to - from;
  }
  return sum;
}

/** "wrong signer 2, too few 1" */
function classes(forgeries: readonly JsonObject[]): string {
  const counts = new Map<string, number>();
  for (const { of } of forgeries) counts.set(String(of), (counts.get(String(of)) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

if (import.meta.main) writeFileSync(TESTING, withVectorTable(readFileSync(TESTING, 'utf8')));
