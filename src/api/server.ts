/** The HTTP API: loopback unless told otherwise, bounded bodies, problem documents for everything that goes wrong. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';
import { API_BODY_BYTES_MAX, API_CONNECTIONS_MAX, API_REQUEST_MS_MAX } from '../core/limits.ts';
import type { Log, NodeHandle } from '../ports.ts';
import { appendRoutes } from './append.ts';
import { requireToken } from './auth.ts';
import { checkpointRoutes } from './checkpoints.ts';
import { entryRoutes } from './entries.ts';
import { eventRoutes } from './events.ts';
import { governanceRoutes } from './governance.ts';
import { PAGE_FOLDERS, pageRoutes } from './page.ts';
import { notFound, sendProblem } from './problem.ts';
import { revocationRoutes } from './revocations.ts';
import { quarantineRoutes } from './sealed.ts';
import { statusRoutes } from './status.ts';
import { timelineRoutes } from './timeline.ts';

export interface MetricsSource {
  text(): Promise<string>;
  readonly contentType: string;
}

export interface ApiOptions {
  readonly node: NodeHandle;
  readonly metrics: MetricsSource;
  /** HOST:PORT; port 0 takes a free one. */
  readonly listen: string;
  /** Bearer token for writing, needed when the API listens beyond loopback; the file is made when it is missing. */
  readonly tokenFile: string;
  /** Where `api.json` tells the command line the address. */
  readonly federationFile: string;
  readonly directory: string;
  readonly log: Log;
}

export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}

const ADDRESS_FILE = 'api.json';

/** Starts the API. Rejects with `port_in_use`, `api_listen_failed`, `token_…`. */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { host, port } = splitHostPort(options.listen);
  const app = await buildApi(options, host);
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, options.listen);
  }
  const url = addressOf(app, host);
  const addressFile = join(options.directory, ADDRESS_FILE);
  await writeFile(addressFile, `${JSON.stringify({ url, pid: process.pid })}\n`);
  options.log.info('API listens', { url });
  return {
    url,
    async close() {
      await rm(addressFile, { force: true });
      app.server.closeAllConnections(); // event streams stay open for ever otherwise
      await app.close();
    },
  };
}

async function buildApi(options: ApiOptions, host: string): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: API_BODY_BYTES_MAX,
    requestTimeout: API_REQUEST_MS_MAX,
    connectionTimeout: API_REQUEST_MS_MAX,
    routerOptions: { maxParamLength: 128 },
  });
  app.server.maxConnections = API_CONNECTIONS_MAX;
  // JSON from clients is read strictly: a duplicate key or a number that would change is an error, not a guess.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, text: string | Buffer) => parseStrict(text.toString()),
  );
  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof TessraxError))
      options.log.warn('API request failed', { url: request.url, error: String(error) });
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(request.url)));
  if (!isLoopback(host)) await requireToken(app, options.tokenFile, options.log);
  statusRoutes(app, options);
  entryRoutes(app, options);
  appendRoutes(app, options.node);
  revocationRoutes(app, options.node);
  quarantineRoutes(app, options.node);
  checkpointRoutes(app, options.node);
  eventRoutes(app, options.node);
  governanceRoutes(app, options.node);
  timelineRoutes(app, options.node);
  await pageRoutes(app, PAGE_FOLDERS);
  return app;
}

function splitHostPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[|\]$/g, '');
  const portText = text.slice(at + 1);
  const port = Number(portText);
  if (at < 1 || !/^\d+$/.test(portText) || port > 65_535) {
    throw new TessraxError('config_invalid', `"${text}" is not HOST:PORT`, { remedy: 'use --api 127.0.0.1:7420' });
  }
  return { host, port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function addressOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function listenError(error: unknown, listen: string): TessraxError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new TessraxError('port_in_use', `another program listens on ${listen}`, {
      remedy: 'stop it, or choose another address with --api HOST:PORT (port 0 takes a free one)',
      cause: error,
    });
  }
  return new TessraxError('api_listen_failed', `the API cannot listen on ${listen}: ${String(code ?? error)}`, {
    remedy: 'choose an address of this machine with --api HOST:PORT',
    cause: error,
  });
}
