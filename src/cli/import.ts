/** tessrax import: every line of a JSON Lines file becomes an entry. The whole file is checked before anything is sent. */
import type { Command } from 'commander';
import { appendOnce, type StoredEntry } from '../client/append.ts';
import type { NodeClient } from '../client/connection.ts';
import { describeError, TessraxError } from '../core/errors.ts';
import { IMPORT_FAULTS_SHOWN_MAX, IMPORT_LINE_BYTES_MAX } from '../core/limits.ts';
import { lineJson, readFileLines } from '../offline/lines.ts';
import { Batch } from './batch.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { draftOf, type EntryDraft } from './drafts.ts';
import { count, counted, print, printJson } from './output.ts';
import { Progress } from './progress.ts';

interface Options extends NodeOptions {
  readonly type?: string;
  readonly skipBad?: boolean;
}

export function command(): Command {
  return nodeCommand(
    'import',
    'Append every line of a JSON Lines file. The whole file is checked first: one bad line, and nothing is sent.',
    ['tessrax import examples/receipts.jsonl'],
  )
    .argument('<file>', 'JSON Lines: an object a line; blank lines are ignored')
    .option(
      '--type <type>',
      'type of the entries; without it, that of each object, or RECEIPT for objects that have none',
    )
    .option('--skip-bad', 'leave bad lines out, and list them')
    .action(importFile);
}

/** What a file holds. */
interface Census {
  entries: number;
  blank: number;
  bad: number;
}

async function importFile(file: string, options: Options): Promise<void> {
  const census = await takeCensus(file, options);
  if (census.bad > 0 && options.skipBad !== true) {
    throw new TessraxError(
      'import_refused',
      `${counted(census.bad, 'line', 'lines')} of ${file} cannot be entries; nothing was sent`,
      {
        remedy: 'correct them, or leave them out with --skip-bad',
        fields: { bad: census.bad, entries: census.entries },
      },
    );
  }
  const client = await connect(options);
  const done = new Done(client, census, file);
  for await (const reading of readDrafts(file, options.type)) await done.take(reading);
  await done.end();
  report(done, census, options.json === true);
}

/** Reads the whole file, names its bad lines on standard error, and counts. */
async function takeCensus(file: string, { type }: Options): Promise<Census> {
  const census: Census = { entries: 0, blank: 0, bad: 0 };
  const progress = new Progress('checked', undefined);
  for await (const { draft, fault } of readDrafts(file, type)) {
    progress.show(census.entries);
    if (fault !== undefined) {
      census.bad++;
      progress.end();
      if (census.bad <= IMPORT_FAULTS_SHOWN_MAX) process.stderr.write(`${file}: ${describeError(fault)}\n`);
    } else if (draft === undefined) census.blank++;
    else census.entries++;
  }
  progress.end();
  const unnamed = census.bad - IMPORT_FAULTS_SHOWN_MAX;
  if (unnamed > 0) process.stderr.write(`${file}: and ${counted(unnamed, 'more bad line', 'more bad lines')}\n`);
  return census;
}

/** A line: an entry, a fault, or neither when it is blank. */
interface Reading {
  readonly line: number;
  readonly draft?: EntryDraft;
  readonly fault?: TessraxError;
}

const BLANK = /^[ \t\r]*$/;

async function* readDrafts(file: string, type: string | undefined): AsyncGenerator<Reading, void> {
  for await (const line of readFileLines(file, () => IMPORT_LINE_BYTES_MAX)) {
    const { number } = line;
    if (line.tooLongFor === undefined && BLANK.test(Buffer.from(line.bytes).toString('latin1'))) {
      yield { line: number };
      continue;
    }
    try {
      yield { line: number, draft: draftOf(lineJson(line), type) };
    } catch (error) {
      if (!(error instanceof TessraxError)) throw error;
      const message = error.message.startsWith('line ') ? error.message : `line ${number}: ${error.message}`;
      yield { line: number, fault: new TessraxError(error.code, message, { remedy: error.remedy }) };
    }
  }
}

/** What was stored so far. */
class Done {
  readonly #client: NodeClient;
  readonly #census: Census;
  readonly #file: string;
  readonly #progress: Progress;
  readonly #batch = new Batch();
  /** First line of the batch that is being collected, and the last line that was read. */
  #fromLine = 0;
  #line = 0;
  stored = 0;
  first: StoredEntry | undefined;
  last: StoredEntry | undefined;

  constructor(client: NodeClient, census: Census, file: string) {
    this.#client = client;
    this.#census = census;
    this.#file = file;
    this.#progress = new Progress('imported', census.entries);
  }

  async take({ line, draft }: Reading): Promise<void> {
    this.#line = line;
    if (draft === undefined) return;
    if (this.#batch.size === 0) this.#fromLine = line;
    this.#batch.add(draft);
    if (this.#batch.isFull) await this.#send();
  }

  async end(): Promise<void> {
    if (this.#batch.size > 0) await this.#send();
    this.#progress.end();
    if (this.stored === this.#census.entries) return;
    throw new TessraxError(
      'file_changed',
      `${this.#file} changed while it was imported: ${count(this.#census.entries)} entries were checked, ${count(this.stored)} stored`,
      {
        remedy: 'compare the file with the node’s feed (tessrax log)',
      },
    );
  }

  async #send(): Promise<void> {
    try {
      const stored = await appendOnce(this.#client, this.#batch.take());
      this.first ??= stored[0];
      this.last = stored.at(-1);
      this.stored += stored.length;
      this.#progress.show(this.stored);
    } catch (error) {
      this.#progress.end();
      throw this.#interrupted(error);
    }
  }

  /** Says what is stored and how to go on. */
  #interrupted(error: unknown): unknown {
    if (!(error instanceof TessraxError)) return error;
    const unclear =
      error.code === 'node_unreachable'
        ? `; whether lines ${this.#fromLine} to ${this.#line} were stored is not known`
        : '';
    const message = `${count(this.stored)} entries, up to line ${this.#fromLine - 1} of ${this.#file}, are stored; then: ${error.message}${unclear}`;
    return new TessraxError(error.code, message, { remedy: error.remedy, fields: error.fields, cause: error });
  }
}

function report({ stored, first, last }: Done, { blank, bad }: Census, json: boolean): void {
  if (json) {
    printJson({
      entries: stored,
      origin: first?.origin ?? null,
      first_seq: first?.seq ?? null,
      last_seq: last?.seq ?? null,
      blank,
      skipped: bad,
    });
    return;
  }
  const place = first === undefined || last === undefined ? '' : ` (seq ${first.seq} to ${last.seq})`;
  const others = [
    ...(blank === 0 ? [] : [`${counted(blank, 'blank line', 'blank lines')} ignored`]),
    ...(bad === 0 ? [] : [`${counted(bad, 'bad line', 'bad lines')} skipped`]),
  ];
  print([`imported ${counted(stored, 'entry', 'entries')}${place}`, ...others].join(', '));
}
