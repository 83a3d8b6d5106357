/** The federation file on disk. */
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { type Federation, readFederation } from '../core/federation/genesis.ts';
import { FEDERATION_FILE_BYTES_MAX } from '../core/limits.ts';
import { readWholeFile } from './files.ts';

/** Reads a federation file. Rejects with `federation_missing` or `federation_invalid`, and with what `parseStrict` throws. */
export async function loadFederationFile(
  path: string,
): Promise<{ readonly federation: Federation; readonly json: JsonObject }> {
  let bytes: Uint8Array;
  try {
    bytes = await readWholeFile(path, FEDERATION_FILE_BYTES_MAX);
  } catch (error) {
    throw new TessraxError('federation_missing', `cannot read the federation file ${path}`, {
      remedy: 'get it from another member, or make one: tessrax federation create',
      cause: error,
    });
  }
  const json = parseStrict(new TextDecoder().decode(bytes));
  if (!isObject(json)) throw new TessraxError('federation_invalid', `${path} is not a federation file`);
  return { federation: readFederation(json), json };
}
