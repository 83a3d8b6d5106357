/** Live events (server-sent events): what was appended, synchronised, and where the node stands. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type LiveEvent, operationEndpoints } from '../contract/operation.ts';
import { TessraxError } from '../core/errors.ts';
import { API_EVENT_BUFFER_BYTES_MAX, API_EVENT_KEEP_ALIVE_MS, API_EVENT_STREAMS_MAX } from '../core/limits.ts';
import { liveEvents, statusEvent } from '../live-events.ts';
import type { NodeHandle } from '../ports.ts';
import { serveRaw } from './serve.ts';

/** A comment (HTML, 9.2.6): readers skip it, and the idle timeout of the connection begins anew. */
const KEEP_ALIVE = ': keep-alive\n\n';

export function eventRoutes(app: FastifyInstance, node: NodeHandle): void {
  const streams = new Set<ServerResponse>();
  const sendAll = (text: string): void => {
    for (const stream of streams) {
      // Who reads too slowly is cut off, and sees by the broken connection that it missed something.
      if (stream.writableLength > API_EVENT_BUFFER_BYTES_MAX) stream.destroy();
      else stream.write(text);
    }
  };
  const unsubscribe = node.subscribe((note) => {
    if (streams.size === 0) return;
    const text = liveEvents(node, note).map(sse).join('');
    if (text !== '') sendAll(text);
  });
  const keepAlive = setInterval(() => sendAll(KEEP_ALIVE), API_EVENT_KEEP_ALIVE_MS);
  keepAlive.unref();
  app.addHook('onClose', async () => {
    clearInterval(keepAlive);
    unsubscribe();
  });
  serveRaw(app, operationEndpoints.events, async (_input, reply) => {
    if (streams.size >= API_EVENT_STREAMS_MAX) {
      throw new TessraxError('api_busy', `${API_EVENT_STREAMS_MAX} event streams are open`, {
        remedy: 'close one, or try again later',
      });
    }
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, { 'content-type': 'text/event-stream' });
    stream.write(sse(statusEvent(node)));
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
    return reply;
  });
}

function sse({ name, ...data }: LiveEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
