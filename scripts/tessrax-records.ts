/** The records of a JSON Lines file as people really leave them: an object spread over several lines, a truncated one, blank lines. */
import { isJsonObject, type JsonObject } from '../src/core/entry/canonical-json.ts';
import { parseStrict } from '../src/core/entry/strict-json.ts';
import { describeError, TessraxError } from '../src/core/errors.ts';
import { BODY_BYTES_MAX } from '../src/core/limits.ts';

export interface LedgerRecord {
  /** First and last line in the file, from 1. */
  readonly line: number;
  readonly lastLine: number;
  readonly payload: JsonObject;
}

export interface Refusal {
  readonly line: number;
  readonly lastLine: number;
  readonly reason: string;
}

export interface LedgerText {
  readonly records: readonly LedgerRecord[];
  readonly refused: readonly Refusal[];
}

interface Piece {
  readonly text: string;
  readonly lineCount: number;
}

/** White space around a record may be as long again as the record itself. */
const PIECE_LENGTH_MAX = 2 * BODY_BYTES_MAX;

/**
 * Reads a whole file. Every line with something on it ends in a record or in a refusal. A record begins on a line of its own and ends
 * where its brackets close; when they never do, its first line alone is refused and reading goes on with the next.
 */
export function readLedger(text: string): LedgerText {
  const records: LedgerRecord[] = [];
  const refused: Refusal[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const piece = pieceAt(lines, at);
    const line = at + 1;
    const lastLine = at + piece.lineCount;
    at = lastLine;
    if (piece.text.trim() === '') continue;
    const payload = readRecord(piece.text);
    if (typeof payload === 'string') refused.push({ line, lastLine, reason: payload });
    else records.push({ line, lastLine, payload });
  }
  return { records, refused };
}

/** The record, or why it is none. */
function readRecord(text: string): JsonObject | string {
  try {
    const value = parseStrict(text);
    return isJsonObject(value) ? value : 'JSON, but not an object';
  } catch (error) {
    if (error instanceof TessraxError) return describeError(error);
    throw error;
  }
}

/** From this line to the one on which every bracket is closed; the line alone when that is nowhere. */
function pieceAt(lines: readonly string[], from: number): Piece {
  const first = lines[from] ?? '';
  let depth = 0;
  let length = 0;
  for (let at = from; at < lines.length && length <= PIECE_LENGTH_MAX; at++) {
    const line = lines[at] ?? '';
    depth += depthChange(line);
    length += line.length + 1;
    if (depth <= 0) return { text: lines.slice(from, at + 1).join('\n'), lineCount: at + 1 - from };
  }
  return { text: first, lineCount: 1 };
}

/** Brackets opened less brackets closed, those in strings not counted. No JSON string spans a line, so each line starts outside of one. */
function depthChange(line: string): number {
  let change = 0;
  for (const [token] of line.matchAll(TOKEN)) {
    if (token === '{' || token === '[') change++;
    else if (token === '}' || token === ']') change--;
  }
  return change;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\]]/g;
