/** The demo's input: JSON Lines of receipts and scars. */
import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { parseStrict } from '../../src/core/entry/strict-json.ts';
import { isObject } from '../../src/core/entry/types.ts';
import { TessraxError } from '../../src/core/errors.ts';

export type Line = JsonObject;

export async function readReceipts(path: string): Promise<Line[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, i) => {
    const value = parseStrict(line);
    if (!isObject(value)) throw new TessraxError('line_invalid', `${path}, line ${i + 1} is not an object`);
    return typeof value['type'] === 'string' ? value : { type: 'RECEIPT', payload: value };
  });
}
