/** From the ledgers of a folder to lines for `tessrax import`, with an account of every record. */
import { canonicalize } from '../src/core/entry/canonical-json.ts';
import { bodyRefusal } from '../src/core/entry/examine.ts';
import { describeError, TessraxError } from '../src/core/errors.ts';
import type { Draft } from '../src/core/events.ts';
import { BODY_BYTES_MAX } from '../src/core/limits.ts';
import { draftOf } from './tessrax-mapping.ts';
import { type LedgerRecord, type Refusal, readLedger } from './tessrax-records.ts';

export interface LedgerFile {
  readonly name: string;
  readonly text: string;
}

export interface FileReport {
  readonly name: string;
  /** Records read, refused ones included. */
  readonly records: number;
  readonly receipts: number;
  readonly scars: number;
  /** Among the receipts: records that are `{}`. */
  readonly empty: number;
  /** Records that say exactly what an earlier one said, in this file or in one before it. */
  readonly repeats: number;
  readonly refused: readonly Refusal[];
  /** The file's lines in the output, from 1; the last is one less than the first when it has none. */
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface Import {
  /** JSON objects, one per entry, in the order of the files and of their records. */
  readonly lines: readonly string[];
  readonly reports: readonly FileReport[];
}

/** Maps the files in the order of their names. The same files give the same lines. */
export function importLedgers(files: readonly LedgerFile[]): Import {
  const seen = new Set<string>();
  const lines: string[] = [];
  const reports: FileReport[] = [];
  for (const file of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    reports.push(importFile(file, seen, lines));
  }
  return { lines, reports };
}

function importFile(file: LedgerFile, seen: Set<string>, lines: string[]): FileReport {
  const { records, refused: unreadable } = readLedger(file.text);
  const firstLine = lines.length + 1;
  const refused = [...unreadable];
  const count = { receipts: 0, scars: 0, empty: 0, repeats: 0 };
  for (const record of records) {
    const draft = readyDraft(record);
    if ('reason' in draft) {
      refused.push(draft);
      continue;
    }
    lines.push(JSON.stringify({ type: draft.type, ...draft.body }));
    if (draft.type === 'SCAR') count.scars++;
    else count.receipts++;
    const said = canonicalize(record.payload);
    if (said === '{}') count.empty++;
    if (seen.has(said)) count.repeats++;
    seen.add(said);
  }
  refused.sort((a, b) => a.line - b.line);
  const total = records.length + unreadable.length;
  return { name: file.name, records: total, ...count, refused, firstLine, lastLine: lines.length };
}

/** What a node would refuse to sign is refused here, where its place in the file is known. */
function readyDraft(record: LedgerRecord): Draft | Refusal {
  const { line, lastLine } = record;
  try {
    const draft = draftOf(record.payload);
    const bytes = Buffer.byteLength(canonicalize(draft.body));
    if (bytes > BODY_BYTES_MAX)
      return { line, lastLine, reason: `${bytes} bytes, at most ${BODY_BYTES_MAX} are allowed` };
    const reason = bodyRefusal(draft.type, 'ledger', draft.body);
    return reason === undefined ? draft : { line, lastLine, reason };
  } catch (error) {
    if (error instanceof TessraxError) return { line, lastLine, reason: describeError(error) };
    throw error;
  }
}

/** The account as a Markdown table, with a line of sums, and below it every refusal with its reason. */
export function reportTable(reports: readonly FileReport[]): string {
  const rows = reports.map((report) => [
    `\`${report.name}\``,
    ...[report.records, report.receipts, report.scars, report.empty, report.repeats, report.refused.length].map(String),
    report.lastLine < report.firstLine ? 'none' : `${report.firstLine}–${report.lastLine}`,
  ]);
  const sum = (value: (report: FileReport) => number): string =>
    String(reports.reduce((total, report) => total + value(report), 0));
  const sums = [
    'all',
    sum(({ records }) => records),
    sum(({ receipts }) => receipts),
    sum(({ scars }) => scars),
    sum(({ empty }) => empty),
    sum(({ repeats }) => repeats),
    sum(({ refused }) => refused.length),
    `1–${reports.at(-1)?.lastLine ?? 0}`,
  ];
  const head = ['file', 'records', 'RECEIPT', 'SCAR', 'empty', 'repeats', 'refused', 'lines here'];
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [...[head, rule, ...rows, sums].map((cells) => `| ${cells.join(' | ')} |`), '', ...refusals(reports)].join(
    '\n',
  );
}

function refusals(reports: readonly FileReport[]): string[] {
  const list = reports.flatMap(({ name, refused }) =>
    refused.map(
      ({ line, lastLine, reason }) =>
        `- \`${name}\` ${line === lastLine ? `line ${line}` : `lines ${line}–${lastLine}`}: ${reason}`,
    ),
  );
  return list.length === 0 ? ['Refused: none.'] : ['Refused:', '', ...list];
}
