/** Tables that fit the terminal: columns as wide as their content, and the ones that may shrink shrunk in the order given. */
import { outputWidth, printable, wrapped } from './output.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** As wide as this although its content is narrower: for tables that go on. */
  readonly widthLeast?: number;
  /** It may be cut off down to this width when the table is too wide. Absent: never. */
  readonly widthMin?: number;
  /** It is left out when the table is too wide although all columns are as narrow as they may be. */
  readonly optional?: true;
}

const GAP = '  ';
const ELLIPSIS = '…';

/** Lines of a table, titles first. Columns shrink, and then are left out, from the last to the first. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const clean = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title, widthLeast = 0 }, i) =>
    Math.max(title.length, widthLeast, ...clean.map((row) => row[i]?.length ?? 0)),
  );
  shrink(columns, widths, width);
  return [columns.map(({ title }) => title), ...clean].map((row) => rowLine(columns, widths, row));
}

/** Names and values, one a line. */
export function listLines(pairs: readonly (readonly [string, string])[], width = outputWidth()): string[] {
  const nameWidth = Math.max(...pairs.map(([name]) => name.length));
  const indent = nameWidth + GAP.length;
  return pairs.flatMap(([name, value]) => {
    const [first = '', ...others] = wrapped(printable(value), width - indent, 0);
    return [`${name.padEnd(nameWidth)}${GAP}${first}`.trimEnd(), ...others.map((line) => ' '.repeat(indent) + line)];
  });
}

/** The text, cut off at this many characters. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + (width > 0 ? ELLIPSIS : '');
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  for (let i = columns.length - 1; i >= 0; i--) {
    const excess = totalWidth(widths) - width;
    const widthMin = columns[i]?.widthMin;
    const present = widths[i] ?? 0;
    if (widthMin !== undefined && excess > 0) widths[i] = Math.min(present, Math.max(widthMin, present - excess));
  }
  for (let i = columns.length - 1; i >= 0; i--) {
    if (totalWidth(widths) > width && columns[i]?.optional === true) widths[i] = 0;
  }
}

function totalWidth(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, GAP.length * Math.max(0, shown.length - 1));
}

function rowLine(columns: readonly Column[], widths: readonly number[], row: readonly string[]): string {
  const cells: string[] = [];
  columns.forEach(({ align }, i) => {
    const width = widths[i] ?? 0;
    const text = cut(row[i] ?? '', width);
    if (width > 0) cells.push(align === 'right' ? text.padStart(width) : text.padEnd(width));
  });
  return cells.join(GAP).trimEnd();
}
