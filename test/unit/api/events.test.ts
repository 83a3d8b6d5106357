import { deepEqual, equal, ok } from 'node:assert/strict';
import { mock } from 'node:test';
import { API_EVENT_KEEP_ALIVE_MS, API_EVENT_STREAMS_MAX } from '../../../src/core/limits.ts';
import { ALICE, BOB } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';

/** The text of one event stream, as it comes. */
class Listener {
  readonly #abort = new AbortController();
  readonly #decoder = new TextDecoder();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #text = '';
  status = 0;
  type = '';

  static async to(url: string): Promise<Listener> {
    const listener = new Listener();
    const response = await fetch(`${url}/v1/events`, { signal: listener.#abort.signal });
    listener.status = response.status;
    listener.type = response.headers.get('content-type') ?? '';
    listener.#reader = response.body?.getReader();
    return listener;
  }

  /** The next block: an event, or a comment. */
  async next(): Promise<string> {
    while (!this.#text.includes('\n\n')) {
      const chunk = await this.#reader?.read();
      if (chunk === undefined || chunk.done) throw new Error(`the stream ended after "${this.#text}"`);
      this.#text += this.#decoder.decode(chunk.value, { stream: true });
    }
    const end = this.#text.indexOf('\n\n');
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return block;
  }

  async event(): Promise<{ name: string; data: Record<string, unknown> }> {
    const [, name = '', data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(await this.next()) ?? [];
    return { name, data: JSON.parse(data) };
  }

  close(): void {
    this.#abort.abort();
  }
}

describe('api: events', () => {
  let api: ApiRig;
  let listeners: Listener[] = [];
  beforeEach(async () => {
    api = await ApiRig.start();
  });
  afterEach(async () => {
    for (const listener of listeners) listener.close();
    listeners = [];
    await api.stop();
    mock.timers.reset();
  });

  async function listen(): Promise<Listener> {
    const listener = await Listener.to(api.url);
    listeners.push(listener);
    return listener;
  }

  it('begin with the status', async () => {
    const listener = await listen();
    deepEqual([listener.status, listener.type], [200, 'text/event-stream']);
    const { name, data } = await listener.event();
    deepEqual([name, data['height'], data['peers']], ['status', 0, 0]);
  });

  it('tell each listener of what was appended, then of the new status', async () => {
    const both = [await listen(), await listen()];
    for (const listener of both) await listener.next();
    const answer = await api.post('/v1/receipts', [{ payload: { n: 1 } }, { payload: { n: 2 } }]);
    const hashes = listOf(answer, 'entries').map(({ hash }) => hash);
    for (const listener of both) {
      for (const seq of [0, 1]) {
        const { name, data } = await listener.event();
        const { timestamp, ...rest } = data;
        deepEqual([name, rest], ['entry', { hash: hashes[seq], origin: ALICE.peer, seq, type: 'RECEIPT' }]);
        equal(typeof timestamp, 'number');
      }
      const { name, data } = await listener.event();
      deepEqual([name, data['height']], ['status', 2]);
    }
  });

  it('tell of synchronisations', async () => {
    const listener = await listen();
    await listener.next();
    for (const each of api.node.listeners)
      each({ name: 'sync_confirmed', peer: BOB.peer, entries: 3, pushed: true, latencyMs: 7 });
    deepEqual(await listener.event(), {
      name: 'sync',
      data: { peer: BOB.peer, entries: 3, pushed: true, latency_ms: 7 },
    });
  });

  it('send a comment while nothing happens, so that the connection is not cut', async () => {
    await api.stop();
    mock.timers.enable({ apis: ['setInterval'] });
    api = await ApiRig.start();
    const listener = await listen();
    await listener.next();
    for (let round = 0; round < 3; round++) {
      mock.timers.tick(API_EVENT_KEEP_ALIVE_MS);
      equal(await listener.next(), ': keep-alive');
    }
  });

  it('are refused beyond a number of streams, and one that closes makes room', async () => {
    for (let i = 0; i < API_EVENT_STREAMS_MAX; i++) await (await listen()).next();
    const { status, json } = await api.get('/v1/events');
    deepEqual([status, json['code']], [429, 'api_busy']);
    listeners[0]?.close();
    let again = await Listener.to(api.url);
    // The server hears of the closed connection a moment later.
    for (let tries = 0; again.status === 429; tries++) {
      ok(tries < 1000, 'no room after a stream was closed');
      again = await Listener.to(api.url);
    }
    listeners.push(again);
    equal(again.status, 200);
  });

  it('are not for HEAD, which would hold a place and hear nothing', async () => {
    equal((await fetch(`${api.url}/v1/events`, { method: 'HEAD' })).status, 405);
  });

  it('end when the API stops', async () => {
    const listener = await listen();
    await listener.next();
    await api.server.close();
    await listener.next().then(
      () => ok(false, 'the stream goes on'),
      () => undefined,
    );
  });
});
