import { TessraxError } from '../core/errors.ts';
import { STORE_VALUE_BYTES_MAX, STORE_VALUE_NAME_LENGTH_MAX } from '../core/limits.ts';

/** Refuses, with `store_value_size`, a named value that does not belong into a store of entries. */
export function assertValueSize(name: string, value: string): void {
  const bytes = Buffer.byteLength(value);
  if (name.length <= STORE_VALUE_NAME_LENGTH_MAX && bytes <= STORE_VALUE_BYTES_MAX) return;
  const shown = name.slice(0, STORE_VALUE_NAME_LENGTH_MAX);
  throw new TessraxError('store_value_size', `the value "${shown}" is too large for the store`, {
    remedy: `names have at most ${STORE_VALUE_NAME_LENGTH_MAX} characters, values ${STORE_VALUE_BYTES_MAX} bytes`,
    fields: { bytes, nameLength: name.length },
  });
}
