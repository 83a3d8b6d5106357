/** Own appends that are under way: gathered by turns of the event loop, and who waits for them. */
import { TessraxError } from './core/errors.ts';
import type { AppendedEntry, AppendMemo, AppendRequest, Draft } from './core/events.ts';
import { APPENDS_PENDING_MAX, APPENDS_TOGETHER_MAX } from './core/limits.ts';

interface Waiting {
  resolve(result: readonly AppendedEntry[]): void;
  reject(error: unknown): void;
}

export class Appends {
  readonly #take: (requests: readonly AppendRequest[]) => void;
  readonly #asked: AppendRequest[] = [];
  readonly #replies = new Map<number, Waiting>();
  #nextRequest = 0;

  /** `take` hands requests to the node. */
  constructor(take: (requests: readonly AppendRequest[]) => void) {
    this.#take = take;
  }

  /** Resolves with the node's reply. Rejects with `append_busy` when too many are asked for in one turn, and as the node says. */
  ask(drafts: readonly Draft[], memo?: AppendMemo): Promise<readonly AppendedEntry[]> {
    if (this.#asked.length >= APPENDS_PENDING_MAX) return Promise.reject(askedTooOften());
    this.#nextRequest += 1;
    const request = this.#nextRequest;
    return new Promise((resolve, reject) => {
      this.#replies.set(request, { resolve, reject });
      this.#asked.push({ request, drafts, memo });
      if (this.#asked.length === 1) setImmediate(() => this.#takeAsked());
    });
  }

  reply(request: number, result: readonly AppendedEntry[] | TessraxError): void {
    const waiting = this.#replies.get(request);
    this.#replies.delete(request);
    if (result instanceof TessraxError) waiting?.reject(result);
    else waiting?.resolve(result);
  }

  /** Rejects all that wait for a reply, and forgets what was not handed on. */
  stop(error: TessraxError): void {
    this.#asked.length = 0;
    for (const waiting of this.#replies.values()) waiting.reject(error);
    this.#replies.clear();
  }

  /**
   * What is asked for in one turn of the event loop is one event: together it costs a fraction of what it does alone. More than
   * APPENDS_TOGETHER_MAX wait for the next turn, so that the first are on their way to the disk while those are signed.
   */
  #takeAsked(): void {
    const requests = this.#asked.splice(0, APPENDS_TOGETHER_MAX);
    if (requests.length === 0) return;
    this.#take(requests);
    if (this.#asked.length > 0) setImmediate(() => this.#takeAsked());
  }
}

function askedTooOften(): TessraxError {
  return new TessraxError('append_busy', `${APPENDS_PENDING_MAX} appends were asked for in one turn`, {
    remedy: 'wait for their answers before asking for more',
    fields: { max: APPENDS_PENDING_MAX },
  });
}
