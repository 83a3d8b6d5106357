/** Requests to the node that served this page, and to nobody else. */
import type { JsonValue } from '../../src/core/entry/canonical-json.ts';
import { asObject, asText } from './answers.ts';

const ANSWER_MS_MAX = 20_000;

/** An answer that is none: what the node said about it. */
export class RequestError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
  }
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  let response: Response;
  try {
    response = await fetch(path, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
  } catch (error) {
    throw new RequestError('unreachable', `the node does not answer (${String(error)})`);
  }
  const text = await response.text();
  if (response.ok) return text;
  const problem = asObject(parse(text));
  throw new RequestError(asText(problem['code']) || String(response.status), asText(problem['detail']) || text);
}

export async function getJson(path: string, signal?: AbortSignal): Promise<JsonValue> {
  return parse(await getText(path, signal));
}

/** For what is only shown. What is checked is read by the protocol's own strict reader. */
function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page, say: the caller finds every member missing
  }
}
