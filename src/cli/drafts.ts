/** From what people write to what the node appends: an entry's type and body, refused here when the node would refuse it. */
import { canonicalize, type JsonObject, type JsonValue } from '../core/entry/canonical-json.ts';
import { isTypeName } from '../core/entry/codec.ts';
import { bodyRefusal } from '../core/entry/examine.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { BODY_BYTES_MAX } from '../core/limits.ts';

/** An entry to append: its type, and the members of its body beside it. */
export interface EntryDraft {
  readonly json: JsonObject;
  /** Size of the body. */
  readonly bytes: number;
}

/**
 * An object with a "type" is an entry as it is; any other is the payload of a RECEIPT. With a type given, the object is what that type
 * holds: the payload of a RECEIPT, the whole body of anything else. Throws `draft_not_object`, `type_invalid`, `schema_violation`,
 * `body_too_large`, `json_…`.
 */
export function draftOf(value: JsonValue, givenType?: string): EntryDraft {
  if (!isObject(value))
    throw new TessraxError('draft_not_object', 'it is not a JSON object', {
      remedy: 'write one object for each entry',
    });
  const { type, body } = typeAndBody(value, givenType);
  if (!isTypeName(type)) {
    throw new TessraxError('type_invalid', `"${type}" is not an entry type`, {
      remedy: 'use an upper-case name such as RECEIPT; or give --type RECEIPT, so that "type" is a part of the payload',
    });
  }
  const refusal = bodyRefusal(type, 'ledger', body);
  if (refusal !== undefined) throw new TessraxError('schema_violation', refusal, { fields: { type } });
  const bytes = Buffer.byteLength(canonicalize(body));
  if (bytes <= BODY_BYTES_MAX) return { json: { type, ...body }, bytes };
  throw new TessraxError('body_too_large', `the body has ${bytes} bytes, at most ${BODY_BYTES_MAX} are allowed`, {
    remedy: 'put the content elsewhere and its hash in the receipt',
    fields: { bytes, max: BODY_BYTES_MAX },
  });
}

function typeAndBody(
  value: JsonObject,
  givenType: string | undefined,
): { readonly type: string; readonly body: JsonObject } {
  if (givenType === 'RECEIPT') return { type: givenType, body: { payload: value } };
  if (givenType !== undefined) return { type: givenType, body: value };
  if (!Object.hasOwn(value, 'type')) return { type: 'RECEIPT', body: { payload: value } };
  const { type, ...body } = value;
  return { type: typeof type === 'string' ? type : JSON.stringify(type), body };
}
