/** What commands print: plain text and JSON, colour only on a terminal, and nothing that could steer one. */
import { stripVTControlCharacters, styleText } from 'node:util';

/** How far the lines that continue another are set in. */
const CONTINUED_INDENT = 2;

type Style = Parameters<typeof styleText>[0];

/** Control and format characters: in what strangers wrote they could move the cursor or turn text around. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/** The same in JSON, where everything below a space is escaped already. */
const CONTROL_IN_JSON = /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu;

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line of text; on a terminal broken between words where it would be broken inside one. */
export function printText(text: string): void {
  for (const line of wrapped(text, outputWidth(), CONTINUED_INDENT)) print(line);
}

/** The text in lines of at most `width` columns, all but the first indented. A word that is longer is never broken: people copy it. */
export function wrapped(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : ' '.repeat(indent) + word);
  }
  return lines;
}

/** One JSON value on one line. */
export function printJson(value: unknown): void {
  print(jsonText(value));
}

/** JSON for standard output. On a terminal control characters are escaped, which leaves the value as it is. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return process.stdout.isTTY ? text.replaceAll(CONTROL_IN_JSON, escapeCharacter) : text;
}

/** Text of strangers, safe for a terminal. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, '\ufffd');
}

/** Styled when standard output is a terminal that wants it (NO_COLOR says that it does not). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Columns of the terminal; of what is no terminal, any number. */
export function outputWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}

/** Writes to standard output and waits while its reader is behind. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}

const counts = new Intl.NumberFormat('en-US');

/** 1,234 */
export function count(value: number): string {
  return counts.format(value);
}

/** "1 entry", "1,234 entries" */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 2026-01-01 00:00:00 (UTC), or the number itself when no calendar has it. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** 3 d 4 h, 5 min, 12 s */
export function durationText(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(seconds));
  for (const [size, name] of units) {
    if (rest >= size && parts.length < 2) parts.push(`${Math.floor(rest / size)} ${name}`);
    rest %= size;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

function columnsOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

function escapeCharacter(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
