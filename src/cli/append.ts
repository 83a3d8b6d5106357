/** tessrax append: one JSON document, or JSON Lines, from a file or from standard input. */
import { type Command, Option } from 'commander';
import { appendFinal, appendOnce, type StoredEntry } from '../client/append.ts';
import type { NodeClient } from '../client/connection.ts';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';
import { APPEND_INPUT_BYTES_MAX } from '../core/limits.ts';
import { readWholeFile } from '../offline/files.ts';
import { type Line, lineJson, lineText, readLines } from '../offline/lines.ts';
import { Batch } from './batch.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { draftOf, type EntryDraft } from './drafts.ts';
import { print, printJson } from './output.ts';

interface Options extends NodeOptions {
  readonly type?: string;
  readonly wait: 'stored' | 'final';
}

export function command(): Command {
  return nodeCommand(
    'append',
    'Append entries to the feed of the running node; each is durable when its hash is printed.',
    [
      `echo '{"job":"nightly","ok":true}' | tessrax append`,
      `echo '{"job":"nightly","ok":true}' | tessrax append --wait final`,
      'tessrax append --type SCAR scar.json',
    ],
  )
    .argument('[file]', 'JSON, or JSON Lines; "-" or nothing: standard input', '-')
    .option(
      '--type <type>',
      'type of the entries; without it, that of each object, or RECEIPT for objects that have none',
    )
    .addOption(
      new Option(
        '--wait <what>',
        'return when the entries are stored, or when a quorum of witnesses has certified them',
      )
        .choices(['stored', 'final'])
        .default('stored'),
    )
    .action(append);
}

async function append(file: string, options: Options): Promise<void> {
  const bytes = file === '-' ? await readInput() : await readWholeFile(file, APPEND_INPUT_BYTES_MAX);
  const drafts = await readDrafts(bytes, options.type);
  const client = await connect(options);
  const batch = new Batch();
  for (const [i, draft] of drafts.entries()) {
    batch.add(draft);
    const isLast = i === drafts.length - 1;
    // The last one final makes all before it final: they are of one feed.
    if (isLast && options.wait === 'final') await appendLast(client, batch.take(), options.json === true);
    else if (batch.isFull || isLast) report(await appendOnce(client, batch.take()), options.json === true);
  }
}

async function appendLast(client: NodeClient, drafts: readonly JsonObject[], json: boolean): Promise<void> {
  const { entries, isFinal } = await appendFinal(client, drafts);
  report(entries, json);
  if (isFinal) return;
  throw new TessraxError('not_final', 'the entries are stored, and not final yet', {
    remedy:
      'too few witnesses agree so far: tessrax status and tessrax peers show who is missing; nothing need be sent again',
  });
}

function report(stored: readonly StoredEntry[], json: boolean): void {
  for (const entry of stored) {
    if (json) printJson(entry);
    else print(`${entry.hash}  ${entry.seq}`);
  }
}

/** All entries of the input, or the first thing that is wrong with it. */
async function readDrafts(bytes: Uint8Array, type: string | undefined): Promise<EntryDraft[]> {
  const lines: Line[] = [];
  for await (const line of readLines(one(bytes), () => APPEND_INPUT_BYTES_MAX)) {
    if (lineText(line).trim() !== '') lines.push(line);
  }
  const [first] = lines;
  if (first === undefined)
    throw new TessraxError('input_empty', 'there is nothing to append', { remedy: 'give a JSON object' });
  if (isOneDocument(lines, first)) return documentDrafts(parseStrict(new TextDecoder().decode(bytes)), type);
  return lines.map((line) => at(`line ${line.number}`, () => draftOf(lineJson(line), type)));
}

/** JSON Lines when the first line is a value by itself and others follow; else the whole is one value. */
function isOneDocument(lines: readonly Line[], first: Line): boolean {
  if (lines.length === 1) return true;
  try {
    lineJson(first);
    return false;
  } catch (error) {
    // Cut off in the middle, as the first line of an indented document is; any other mistake is one of this line.
    return error instanceof TessraxError && error.code === 'json_syntax' && error.message.includes('the text ends');
  }
}

function documentDrafts(value: JsonValue, type: string | undefined): EntryDraft[] {
  if (!Array.isArray(value)) return [draftOf(value, type)];
  return value.map((item, i) => at(`item ${i + 1}`, () => draftOf(item, type)));
}

/** Puts the place before the error of a draft; errors of the JSON itself name it already. */
function at<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TessraxError) || error.message.startsWith('line ')) throw error;
    throw new TessraxError(error.code, `${place}: ${error.message}`, { remedy: error.remedy, fields: error.fields });
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    if (size > APPEND_INPUT_BYTES_MAX) {
      throw new TessraxError('file_too_large', `standard input has more than ${APPEND_INPUT_BYTES_MAX} bytes`, {
        remedy: 'put it into a file and use tessrax import',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
