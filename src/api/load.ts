/** How much the API takes on at once. What is too much is told to come back: it waits at the client's, not in this node's memory. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { TessraxError } from '../core/errors.ts';
import { API_BODIES_BYTES_MAX, API_BODY_BYTES_MAX, API_CONNECTIONS_MAX, API_REQUESTS_MAX } from '../core/limits.ts';

/** Counts something that is bounded. */
export class Gauge {
  readonly #max: number;
  readonly #what: string;
  #taken = 0;

  constructor(max: number, what: string) {
    this.#max = max;
    this.#what = what;
  }

  /** Throws `api_busy`. The function gives back what was taken; a second call does nothing. */
  take(amount = 1): () => void {
    if (this.#taken + amount > this.#max) {
      throw new TessraxError('api_busy', `${this.#what}: as much as this node takes on at once is under way`, {
        remedy: 'try again in a moment',
      });
    }
    this.#taken += amount;
    let left = amount;
    return () => {
      this.#taken -= left;
      left = 0;
    };
  }
}

/** Bounds requests under way, and the bodies that they bring. Event streams count apart: they are meant to stay. */
export function boundRequests(app: FastifyInstance): void {
  const requests = new Gauge(API_REQUESTS_MAX, 'requests');
  const bodies = new Gauge(API_BODIES_BYTES_MAX, 'request bodies');
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === '/v1/events') return;
    const release = [requests.take()];
    reply.raw.once('close', () => {
      for (const each of release) each();
    });
    release.push(bodies.take(bodyBytes(request.headers)));
  });
}

/** What a request may bring: what it declares, or the most there is when it does not say. */
function bodyBytes(headers: Readonly<Record<string, unknown>>): number {
  if (headers['transfer-encoding'] !== undefined) return API_BODY_BYTES_MAX;
  return Math.min(Number(headers['content-length'] ?? 0), API_BODY_BYTES_MAX);
}

/** At most API_CONNECTIONS_MAX: a new one takes the place of the one that has been idle longest, so that nobody locks others out by holding many. */
export function boundConnections(server: Server): void {
  const open = new Set<Socket>();
  /** In the order in which they fell idle. */
  const idle = new Set<Socket>();
  server.on('connection', (socket) => {
    if (open.size >= API_CONNECTIONS_MAX) {
      const [oldest = socket] = idle;
      oldest.destroy();
      if (oldest === socket) return;
      open.delete(oldest);
      idle.delete(oldest);
    }
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket);
    });
  });
}
