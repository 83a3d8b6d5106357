/**
 * Brings docs/protocol.md up to date: its table of limits from src/core/limits.ts, its examples from test/vectors.
 * `node scripts/protocol-tables.ts` writes; a test compares. What is written by hand stays as it is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../src/core/entry/canonical-json.ts';
import * as limits from '../src/core/limits.ts';

const TABLE_START = '<!-- limits: written by scripts/protocol-tables.ts -->';
const TABLE_END = '<!-- end of limits -->';
const LINE_LENGTH = 128;

export const DOCUMENT = new URL('../docs/protocol.md', import.meta.url);
const LIMITS_SOURCE = new URL('../src/core/limits.ts', import.meta.url);
const VECTORS = new URL('../test/vectors/', import.meta.url);

const LINE = /^\/\/ --- (?<section>.+) ---$|^\/\*\* (?<comment>.+) \*\/$|^export const (?<name>[A-Z0-9_]+)\b/;
const EXAMPLE = /^```(text|json) vector=(\S+)\n[\s\S]*?^```$/gm;

/** The document with its tables and examples made anew. */
export function withTables(document: string): string {
  const start = document.indexOf(TABLE_START);
  const end = document.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error(`the document lacks "${TABLE_START}" … "${TABLE_END}"`);
  const text = `${document.slice(0, start + TABLE_START.length)}\n\n${limitsTable()}\n\n${document.slice(end)}`;
  return text.replace(
    EXAMPLE,
    (_, language: string, path: string) => `\`\`\`${language} vector=${path}\n${example(path)}\n\`\`\``,
  );
}

/** Markdown: a heading and a table for each section of limits.ts. A limit without a comment of its own shares the one above it. */
function limitsTable(): string {
  const values = new Map<string, unknown>(Object.entries(limits));
  const lines: string[] = [];
  let comment = '';
  for (const line of readFileSync(LIMITS_SOURCE, 'utf8').split('\n')) {
    const groups = LINE.exec(line)?.groups;
    if (groups?.section !== undefined) {
      lines.push('', `### ${groups.section}`, '', '| limit | value | why |', '| --- | --- | --- |');
      comment = '';
    } else if (groups?.comment !== undefined) {
      comment = groups.comment;
    } else if (groups?.name !== undefined) {
      const value = values.get(groups.name);
      if (typeof value !== 'number') throw new TypeError(`${groups.name} is not a number`);
      const digits = value.toLocaleString('en-US').replaceAll(',', ' ');
      lines.push(`| \`${groups.name}\` | ${digits} | ${comment.replaceAll('|', '\\|')} |`);
    }
  }
  return lines.join('\n').trim();
}

/** `file/name or index/member` of a vector, cut into lines. */
function example(path: string): string {
  const [file = '', which = '', member = ''] = path.split('/');
  const value = find(JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8')), which)[member];
  if (typeof value === 'string') return value.startsWith('{') ? value : inLines(value);
  if (Array.isArray(value)) return value.map((item) => inLines(String(item))).join('\n');
  if (isJsonObject(value)) return JSON.stringify(value, null, 2);
  throw new Error(`there is no vector ${path}`);
}

/** The object of that name in any list of the file, or of that place in the first list. */
function find(file: JsonValue, which: string): JsonObject {
  const lists = isJsonObject(file) ? Object.values(file).filter((value) => Array.isArray(value)) : [];
  const objects = lists.flat().filter((item) => isJsonObject(item));
  const found = /^\d+$/.test(which) ? objects[Number(which)] : objects.find(({ name }) => name === which);
  if (found === undefined) throw new Error(`there is no vector "${which}"`);
  return found;
}

function inLines(text: string): string {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += LINE_LENGTH) lines.push(text.slice(at, at + LINE_LENGTH));
  return lines.join('\n');
}

if (import.meta.main) writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8')));
