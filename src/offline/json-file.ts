/** A file that is one JSON value, as a node or a command wrote it. */
import type { JsonValue } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The value. The text may be indented by two, since people look at such files, but it must be spelled as JSON.stringify spells it: any
 * other byte that differs is a change that somebody made. Throws `not_utf8`, `spelling_changed`, and what `parseStrict` throws.
 */
export function readSpelledJson(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (error) {
    throw new TessraxError('not_utf8', 'it is not UTF-8 text', { cause: error });
  }
  const value = parseStrict(text);
  const trimmed = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (trimmed === JSON.stringify(value) || trimmed === JSON.stringify(value, null, 2)) return value;
  throw new TessraxError('spelling_changed', 'its white space or spelling was changed');
}
