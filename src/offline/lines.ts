/** Lines of a file or a pipe, bounded, with their numbers; and the JSON in one, with errors that name the line of the file. */
import { createReadStream } from 'node:fs';
import { concat } from '../core/bytes.ts';
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';
import { fileError } from './files.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the newline. */
  readonly bytes: Uint8Array;
  /** Whether a newline follows: the last line of a file that was cut off has none. */
  readonly ended: boolean;
  /** Set for a line that is longer than allowed: its bytes are not kept. */
  readonly tooLongFor?: number;
}

const NEWLINE = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lines of a file. Throws `file_unreadable`. */
export function readFileLines(path: string, bytesMax: (line: number) => number): AsyncGenerator<Line, void> {
  return readLines(fileChunks(path), bytesMax);
}

/** @param bytesMax how long the line of this number may be */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: (line: number) => number,
): AsyncGenerator<Line, void> {
  let open = new OpenLine(1, bytesMax(1));
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      open.add(chunk.subarray(from, end));
      yield open.line(true);
      open = new OpenLine(open.number + 1, bytesMax(open.number + 1));
      from = end + 1;
    }
    open.add(chunk.subarray(from));
  }
  if (open.size > 0) yield open.line(false);
}

/** A line whose end has not come yet. */
class OpenLine {
  readonly number: number;
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  size = 0;

  constructor(number: number, bytesMax: number) {
    this.number = number;
    this.#bytesMax = bytesMax;
  }

  add(part: Uint8Array): void {
    this.size += part.length;
    if (this.size > this.#bytesMax) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  line(ended: boolean): Line {
    const line = { number: this.number, bytes: concat(...this.#parts), ended };
    return this.size > this.#bytesMax ? { ...line, tooLongFor: this.#bytesMax } : line;
  }
}

/** The text of a line. Throws `not_utf8`, `line_too_long`. */
export function lineText(line: Line): string {
  if (line.tooLongFor !== undefined) throw lineTooLong(line.number, line.tooLongFor);
  try {
    return utf8.decode(line.bytes);
  } catch (error) {
    throw new TessraxError('not_utf8', `line ${line.number}: it is not UTF-8 text`, {
      remedy: 'save the file as UTF-8',
      fields: { line: line.number },
      cause: error,
    });
  }
}

/** The JSON value of a line. Throws `not_utf8`, `line_too_long` and what `parseStrict` throws, with the number of the line in the file. */
export function lineJson(line: Line): JsonValue {
  const text = lineText(line);
  try {
    return parseStrict(text);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    const { code, message, remedy, fields } = error;
    const moved = message.replace(/^line \d+/, `line ${line.number}`);
    throw new TessraxError(code, moved, { remedy, fields: { ...fields, line: line.number } });
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of createReadStream(path)) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (error) {
    throw error instanceof TessraxError ? error : fileError(path, error);
  }
}

function lineTooLong(line: number, bytesMax: number): TessraxError {
  return new TessraxError('line_too_long', `line ${line}: it is longer than ${bytesMax} bytes`, {
    remedy: 'one line holds one entry; put large content elsewhere and its hash in the receipt',
    fields: { line, max: bytesMax },
  });
}
