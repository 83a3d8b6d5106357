/** The ledger as a node streams it: passed on byte by byte, and held against its own first line, so that what ended early never looks whole. */
import { z } from 'zod';
import { exportEndpoints, exportFirstLine } from '../contract/export.ts';
import { concat } from '../core/bytes.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { EXPORT_HEADER_BYTES_MAX } from '../core/limits.ts';
import type { NodeClient } from './connection.ts';
import { pathOf } from './paths.ts';

export type ExportQuery = z.output<typeof exportEndpoints.export.query>;

/** Some whole lines of an export, or parts of lines, in their order. */
export interface ExportPiece {
  readonly bytes: Uint8Array;
  /** Entries whose lines have ended, this piece included. */
  readonly entries: number;
}

export interface ExportStream {
  /** The first line, which `pieces` begin with. */
  readonly header: JsonObject;
  /** Entries that must follow. */
  readonly total: number;
  /** To be read once. Throws `answer_incomplete` when the stream ends before the last entry. */
  readonly pieces: AsyncGenerator<ExportPiece, void>;
}

const NEWLINE = 0x0a;

/** Asks for an export, and reads its first line. Rejects with the node's problem, `node_unreachable`, `answer_incomplete`, `api_answer`. */
export async function openExport(client: NodeClient, query: ExportQuery): Promise<ExportStream> {
  const chunks = client.stream(pathOf(exportEndpoints.export, { query }));
  const { line, rest } = await readFirstLine(chunks, client.url);
  const header = parseStrict(new TextDecoder().decode(line));
  const known = z.safeParse(exportFirstLine, header);
  if (!known.success || !isObject(header)) throw notAnExport(client.url);
  const total = totalOf(known.data);
  return { header, total, pieces: pieces([line, Uint8Array.of(NEWLINE), rest], chunks, total, client.url) };
}

function totalOf({ feeds, parts }: z.output<typeof exportFirstLine>): number {
  const places = new Map(parts?.map(({ origin, from }) => [origin, from]));
  return feeds.reduce((sum, { origin, size }) => {
    const from = parts === undefined ? 0 : places.get(origin);
    return from === undefined ? sum : sum + size - from;
  }, 0);
}

async function readFirstLine(chunks: AsyncIterator<Uint8Array>, url: string) {
  const before: Uint8Array[] = [];
  for (let size = 0; size <= EXPORT_HEADER_BYTES_MAX; ) {
    const { value, done } = await chunks.next();
    if (done === true) throw endedEarly(url, 0, undefined);
    const end = value.indexOf(NEWLINE);
    before.push(end < 0 ? value : value.subarray(0, end));
    if (end >= 0) return { line: concat(...before), rest: value.subarray(end + 1) };
    size += value.length;
  }
  throw notAnExport(url);
}

async function* pieces(
  first: readonly Uint8Array[],
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  url: string,
): AsyncGenerator<ExportPiece, void> {
  let lines = 0;
  let last = NEWLINE;
  const piece = (bytes: Uint8Array): ExportPiece => {
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
    last = bytes.at(-1) ?? last;
    return { bytes, entries: Math.max(0, lines - 1) };
  };
  yield piece(concat(...first));
  for await (const bytes of chunks) yield piece(bytes);
  if (lines - 1 !== total || last !== NEWLINE) throw endedEarly(url, lines - 1, total);
}

function endedEarly(url: string, entries: number, total: number | undefined): TessraxError {
  const of = total === undefined ? '' : ` of ${total}`;
  return new TessraxError('answer_incomplete', `the export of ${url} ended after ${entries}${of} entries`, {
    remedy: 'look at the log of the node, and try again',
    fields: { url, entries },
  });
}

function notAnExport(url: string): TessraxError {
  return new TessraxError('api_answer', `what ${url} sends does not begin like an export`, {
    remedy: 'use the version of this package that the node runs',
  });
}
