/** Live events (server-sent events): what was appended, synchronised, and where the node stands. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { BinaryReader } from '../core/binary.ts';
import { toHex } from '../core/bytes.ts';
import { readEntry } from '../core/entry/codec.ts';
import { TessraxError } from '../core/errors.ts';
import type { Note } from '../core/events.ts';
import { API_EVENT_BUFFER_BYTES_MAX, API_EVENT_KEEP_ALIVE_MS, API_EVENT_STREAMS_MAX } from '../core/limits.ts';
import type { NodeHandle } from '../ports.ts';

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
    const text = eventText(node, note);
    if (text !== '') sendAll(text);
  });
  const keepAlive = setInterval(() => sendAll(KEEP_ALIVE), API_EVENT_KEEP_ALIVE_MS);
  keepAlive.unref();
  app.addHook('onClose', async () => {
    clearInterval(keepAlive);
    unsubscribe();
  });
  // A HEAD would hold a place among the streams and never hear anything.
  app.get('/v1/events', { exposeHeadRoute: false }, (_request, reply) => {
    if (streams.size >= API_EVENT_STREAMS_MAX) {
      throw new TessraxError('append_busy', `${API_EVENT_STREAMS_MAX} event streams are open`, {
        remedy: 'close one, or try again later',
      });
    }
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    stream.write(statusText(node));
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
  });
}

function eventText(node: NodeHandle, note: Note): string {
  if (note.name === 'sync_confirmed') {
    return sse('sync', { peer: note.peer, entries: note.entries, pushed: note.pushed, latency_ms: note.latencyMs });
  }
  if (note.name !== 'entries_stored') return standingText(note);
  const entries = note.entries.map(({ hash, origin, seq, bytes }) => {
    const { type, timestampMs } = readEntry(new BinaryReader(bytes));
    return sse('entry', { hash: toHex(hash), origin, seq, type, timestamp: timestampMs });
  });
  return entries.join('') + statusText(node);
}

/** What changes how a peer, a feed or an entry stands. */
function standingText(note: Note): string {
  switch (note.name) {
    case 'heartbeat_received':
      return sse('heartbeat', {
        peer: note.node,
        height: note.height,
        root: toHex(note.root),
        agrees: note.agrees,
      });
    case 'entries_certified':
      return sse('certified', { feeds: note.feeds });
    case 'feed_sealed':
      return sse('sealed', { origin: note.origin, seq: note.seq, revoked: note.revoked });
    case 'entries_quarantined':
      return sse('quarantined', { origin: note.origin, from: note.from, to: note.to });
    case 'entry_rejected':
      return sse('rejected', { origin: note.origin, seq: note.seq, reason: note.reason, peer: note.peer });
    case 'peer_misbehaved':
      return sse('misbehaved', { peer: note.peer, code: note.code });
    default:
      return '';
  }
}

function statusText(node: NodeHandle): string {
  const { height, root, peersConnected } = node.status();
  return sse('status', { height, root: toHex(root), peers: peersConnected });
}

function sse(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
