/** Reading server-sent events (HTML Living Standard, section 9.2): the part of it that the node's API uses. */
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { EVENT_TEXT_LENGTH_MAX } from '../core/limits.ts';

export interface ServerEvent {
  readonly name: string;
  readonly data: JsonObject;
}

/** Events until the stream ends, in whatever way. Throws `api_answer` for an event that is too large or has no JSON. */
export async function* readServerEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of untilBroken(chunks)) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = readEvent(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) yield event;
    }
    if (text.length > EVENT_TEXT_LENGTH_MAX) throw malformed('an event is too large');
  }
}

/** A connection that breaks is an end like any other here: who follows a node connects again. */
async function* untilBroken(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await iterator.next().catch(() => undefined);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Undefined for comments, which only keep the connection alive. */
function readEvent(block: string): ServerEvent | undefined {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) name = line.slice('event:'.length).trim();
    else if (line.startsWith('data:')) data.push(line.slice('data:'.length).trim());
  }
  if (data.length === 0) return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(data.join('\n'));
  } catch (error) {
    throw malformed('an event holds no JSON', error);
  }
  if (!isObject(value)) throw malformed('an event holds no object');
  return { name, data: value };
}

function malformed(what: string, cause?: unknown): TessraxError {
  return new TessraxError('api_answer', `event stream: ${what}`, {
    remedy: 'check that --api names the API of a Tessrax node',
    cause,
  });
}
