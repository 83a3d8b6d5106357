import { deepEqual, rejects } from 'node:assert/strict';
import { readServerEvents, type ServerEvent } from '../../../src/client/server-events.ts';
import { EVENT_TEXT_LENGTH_MAX } from '../../../src/core/limits.ts';

async function eventsOf(chunks: readonly string[], broken = false): Promise<ServerEvent[]> {
  async function* source(): AsyncGenerator<Uint8Array, void> {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
    if (broken) throw new Error('terminated');
  }
  const events: ServerEvent[] = [];
  for await (const event of readServerEvents(source())) events.push(event);
  return events;
}

describe('server-sent events', () => {
  const text =
    'event: entry\ndata: {"hash":"é"}\n\n: keep-alive\n\ndata: {"a":1,\ndata: "b":2}\n\nevent: half\ndata: {';
  const expected = [
    { name: 'entry', data: { hash: 'é' } },
    { name: 'message', data: { a: 1, b: 2 } },
  ];

  it('are the same however the bytes arrive; comments are none, nor is what the end cuts off', async () => {
    const bytes = Buffer.from(text).toString('latin1');
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.slice(i * size, (i + 1) * size),
      );
      deepEqual(await eventsOf(chunks), expected);
    }
  });

  it('end with a broken connection', async () => {
    deepEqual(await eventsOf(['data: {"a":1}\n\n'], true), [{ name: 'message', data: { a: 1 } }]);
  });

  it('that are no JSON objects, or have no end, are refused', async () => {
    await rejects(eventsOf(['data: x\n\n']), { code: 'api_answer' });
    await rejects(eventsOf(['data: [1]\n\n']), { code: 'api_answer' });
    await rejects(eventsOf(['data: '.padEnd(EVENT_TEXT_LENGTH_MAX + 1, 'x')]), { code: 'api_answer' });
  });
});
