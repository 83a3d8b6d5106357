/** A node's HTTP API, as text and JSON: requests with a deadline, answers with a bound, problem documents as errors. */
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { API_ANSWER_BYTES_MAX, API_ANSWER_MS_MAX, ERROR_EXCERPT_LENGTH_MAX } from '../core/limits.ts';
import { readServerEvents, type ServerEvent } from './server-events.ts';

export class NodeClient {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, token: string | undefined) {
    this.url = url;
    this.#token = token;
  }

  /** The object at a path. Rejects with the problem that the node reports, or `node_unreachable`. */
  async get(path: string): Promise<JsonObject> {
    const response = await this.#fetch(path, { signal: AbortSignal.timeout(API_ANSWER_MS_MAX) });
    return await this.#answer(response);
  }

  /** The text at a path, whatever it is. */
  async text(path: string): Promise<string> {
    const response = await this.#fetch(path, { signal: AbortSignal.timeout(API_ANSWER_MS_MAX) });
    if (!response.ok) throw problemError(response.status, await this.#body(response));
    return new TextDecoder().decode(await this.#bytes(response));
  }

  async post(path: string, body: JsonValue, headers: Readonly<Record<string, string>> = {}): Promise<JsonObject> {
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await this.#fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(API_ANSWER_MS_MAX),
    });
    return await this.#answer(response);
  }

  /** Live events until the connection ends. */
  async events(): Promise<AsyncGenerator<ServerEvent, void>> {
    const response = await this.#fetch('/v1/events', {});
    if (!response.ok || response.body === null) throw problemError(response.status, await this.#body(response));
    return readServerEvents(response.body);
  }

  /** The bytes at a path as they come. Throws `answer_incomplete` when they end before their end, or none come for API_ANSWER_MS_MAX. */
  async *stream(path: string): AsyncGenerator<Uint8Array, void> {
    const silence = new Silence();
    const response = await silence.ends(this.#fetch(path, { signal: silence.signal }));
    if (!response.ok || response.body === null) throw problemError(response.status, await this.#body(response));
    const reader = response.body.getReader();
    try {
      for (;;) {
        const { done, value } = await silence.ends(reader.read());
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw new TessraxError('answer_incomplete', `the answer of ${this.url} broke off: ${reasonOf(error)}`, {
        remedy: 'look at the log of the node, and try again',
        fields: { url: this.url },
        cause: error,
      });
    } finally {
      await reader.cancel().catch(() => undefined); // of an answer that broke off there is nothing left to cancel
    }
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, request);
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  async #answer(response: Response): Promise<JsonObject> {
    const value = await this.#body(response);
    if (!response.ok) throw problemError(response.status, value);
    if (!isObject(value)) throw notANode(this.url);
    return value;
  }

  async #body(response: Response): Promise<JsonValue | undefined> {
    const bytes = await this.#bytes(response);
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return undefined; // no JSON: the caller says that this is not the API of a node
    }
  }

  async #bytes(response: Response): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of response.body ?? []) {
        size += chunk.length;
        if (size > API_ANSWER_BYTES_MAX) throw new TessraxError('api_answer', `the answer of ${this.url} is too large`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw error instanceof TessraxError ? error : this.#unreachable(error);
    }
    return Buffer.concat(chunks);
  }

  #unreachable(error: unknown): TessraxError {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    const what = isTimeout
      ? `the node at ${this.url} did not answer within ${API_ANSWER_MS_MAX / 1000} seconds`
      : `cannot reach the node at ${this.url}: ${reasonOf(error)}`;
    return new TessraxError('node_unreachable', what, {
      remedy: isTimeout
        ? 'look at its log; what was sent may still be carried out'
        : 'start it (tessrax start), or name it with --api HOST:PORT',
      fields: { url: this.url },
      cause: error,
    });
  }
}

/** Aborts what waits for API_ANSWER_MS_MAX; the time that its reader takes does not count. */
class Silence {
  readonly #abort = new AbortController();
  readonly signal = this.#abort.signal;

  async ends<T>(waiting: Promise<T>): Promise<T> {
    const timer = setTimeout(
      () => this.#abort.abort(new DOMException(`nothing came for ${API_ANSWER_MS_MAX / 1000} s`, 'TimeoutError')),
      API_ANSWER_MS_MAX,
    );
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A problem document (RFC 9457) as the error it was made from. */
function problemError(status: number, value: JsonValue | undefined): TessraxError {
  if (!isObject(value) || typeof value['detail'] !== 'string' || typeof value['code'] !== 'string') {
    return new TessraxError('api_answer', `the API answered with status ${status} and no problem document`, {
      remedy: 'check that --api names the API of a Tessrax node',
    });
  }
  const { detail, code, remedy, fields } = value;
  const index = isObject(fields) && typeof fields['index'] === 'number' ? { index: fields['index'] } : {};
  return new TessraxError(code, detail, {
    remedy: typeof remedy === 'string' ? remedy : '',
    fields: { status, ...index },
  });
}

function notANode(url: string): TessraxError {
  return new TessraxError('api_answer', `${url} does not answer like a Tessrax node`, { remedy: 'check --api' });
}

/** fetch hides the reason behind "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, ERROR_EXCERPT_LENGTH_MAX);
}
