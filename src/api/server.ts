/** The HTTP API: loopback unless told otherwise, everything bounded, problem documents for everything that goes wrong. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { operationEndpoints } from '../contract/operation.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { TessraxError } from '../core/errors.ts';
import {
  API_BODY_BYTES_MAX,
  API_CONNECTIONS_CHECK_MS,
  API_HEAD_MS_MAX,
  API_KEEP_ALIVE_MS,
  API_REQUEST_MS_MAX,
  API_STALL_MS_MAX,
} from '../core/limits.ts';
import type { Log, NodeHandle } from '../ports.ts';
import { appendRoutes } from './append.ts';
import { requireToken } from './auth.ts';
import { checkpointRoutes } from './checkpoints.ts';
import { entryRoutes } from './entries.ts';
import { eventRoutes } from './events.ts';
import { exportRoutes } from './export.ts';
import { governanceRoutes } from './governance.ts';
import { guardOrigin } from './guard.ts';
import { boundConnections, boundRequests } from './load.ts';
import { OnceOnly } from './once.ts';
import { describeApi } from './openapi.ts';
import { PAGE_FOLDERS, pageRoutes } from './page.ts';
import { badRequest, sendProblem } from './problem.ts';
import { revocationRoutes } from './revocations.ts';
import { RouteTable } from './route-table.ts';
import { quarantineRoutes } from './sealed.ts';
import { serve } from './serve.ts';
import { refuseBroken } from './socket-problem.ts';
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
  /** Names, beside addresses and names without a dot, under which the API may be asked for. */
  readonly hosts?: readonly string[];
  /** Bearer token for writing, needed when the API listens beyond loopback; the file is made when it is missing. */
  readonly tokenFile: string;
  /** Where `api.json` tells the command line the address. */
  readonly federationFile: string;
  readonly directory: string;
  readonly log: Log;
  /** Time for one request to arrive whole: API_REQUEST_MS_MAX unless told otherwise. */
  readonly requestMs?: number;
}

export interface ApiServer {
  readonly url: string;
  close(): Promise<void>;
}

const ADDRESS_FILE = 'api.json';
const PARAM_LENGTH_MAX = 128;

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
  const requestMs = options.requestMs ?? API_REQUEST_MS_MAX;
  const fail = (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    // The path as it is declared: what a client wrote into the address may be a secret that it put in the wrong place.
    if (!(error instanceof TessraxError) && !isClientError(error))
      options.log.warn('API request failed', { route: request.routeOptions.url ?? 'unknown', error: String(error) });
    return sendProblem(reply, error);
  };
  const app = Fastify({
    bodyLimit: API_BODY_BYTES_MAX,
    requestTimeout: requestMs,
    connectionTimeout: API_STALL_MS_MAX,
    keepAliveTimeout: API_KEEP_ALIVE_MS,
    http: {
      headersTimeout: Math.min(API_HEAD_MS_MAX, requestMs),
      connectionsCheckingInterval: Math.min(API_CONNECTIONS_CHECK_MS, requestMs),
    },
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    clientErrorHandler: refuseBroken,
    frameworkErrors: fail,
  });
  boundConnections(app.server);
  readJsonStrictly(app);
  app.setErrorHandler<FastifyError>(fail);
  const routes = new RouteTable(app);
  app.setNotFoundHandler((request, reply) => sendProblem(reply, routes.refusal(request, reply)));
  guardOrigin(app, options.hosts ?? []);
  const needsToken = !isLoopback(host);
  if (needsToken) await requireToken(app, options.tokenFile, options.log);
  boundRequests(app);
  await addRoutes(app, options, needsToken);
  return app;
}

async function addRoutes(app: FastifyInstance, options: ApiOptions, needsToken: boolean): Promise<void> {
  const { node } = options;
  const once = new OnceOnly(node);
  const description = describeApi(needsToken);
  statusRoutes(app, options);
  entryRoutes(app, options);
  exportRoutes(app, options);
  appendRoutes(app, node, once);
  revocationRoutes(app, node, once);
  quarantineRoutes(app, node);
  checkpointRoutes(app, node);
  eventRoutes(app, node);
  governanceRoutes(app, node);
  timelineRoutes(app, node);
  serve(app, operationEndpoints.openapi, () => description);
  await pageRoutes(app, PAGE_FOLDERS);
}

/** A duplicate key, a number that would change, or bytes that are no UTF-8 are an error, not a guess. */
export function readJsonStrictly(app: FastifyInstance): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      throw badRequest('the body is not UTF-8'); // the only way a fatal decoder fails
    }
    return parseStrict(text);
  });
}

function isClientError(error: FastifyError | Error): boolean {
  return 'statusCode' in error && error.statusCode !== undefined && error.statusCode < 500;
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
