/** Binds an endpoint of the contract to what answers it: nothing reaches a handler that the contract does not allow. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { DeepReadonly, Endpoint } from '../contract/endpoint.ts';
import { TessraxError } from '../core/errors.ts';

/** What a handler gets: everything checked. */
export interface Input<Params, Query, Headers, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly headers: Headers;
  /** As it was sent: checking copies nothing and drops nothing. */
  readonly body: Body;
}

export function serve<
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
>(
  app: FastifyInstance,
  endpoint: Endpoint<P, Q, H, B, A>,
  handle: (
    input: Input<z.output<P>, z.output<Q>, z.output<H>, z.input<B>>,
    reply: FastifyReply,
  ) => DeepReadonly<z.input<A>> | Promise<DeepReadonly<z.input<A>>>,
): void {
  route(app, endpoint, true, handle);
}

/** The same for what is no JSON, or is JSON already: the handler sends it. It has no HEAD, which would start what it cannot end. */
export function serveRaw<
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
>(
  app: FastifyInstance,
  endpoint: Endpoint<P, Q, H, B, A>,
  handle: (
    input: Input<z.output<P>, z.output<Q>, z.output<H>, z.input<B>>,
    reply: FastifyReply,
  ) => Promise<FastifyReply>,
): void {
  route(app, endpoint, false, handle);
}

function route<P extends z.ZodType, Q extends z.ZodType, H extends z.ZodType, B extends z.ZodType>(
  app: FastifyInstance,
  endpoint: Endpoint<P, Q, H, B>,
  exposeHeadRoute: boolean,
  handle: (input: Input<z.output<P>, z.output<Q>, z.output<H>, z.input<B>>, reply: FastifyReply) => unknown,
): void {
  app.route({
    method: endpoint.method,
    url: routeOf(endpoint),
    exposeHeadRoute,
    handler: async (request, reply) => {
      const params = checked(endpoint.params, request.params, 'path');
      const query = checked(endpoint.query, request.query, 'query');
      const headers = checked(endpoint.headers, request.headers, 'header');
      const body: unknown = request.body;
      assertBody(endpoint.body.schema, body);
      return await handle({ params, query, headers, body }, reply);
    },
  });
}

/** The path as Fastify writes it. */
export function routeOf({ path }: Endpoint): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

type Place = 'path' | 'query' | 'header' | 'body';

function checked<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues, value, place);
}

function assertBody<S extends z.ZodType>(schema: S, value: unknown): asserts value is z.input<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error.issues, value, 'body');
}

type Issue = z.core.$ZodIssue;

/** The first thing that is wrong, and where. In an array that was sent, `index` says in which item. */
function invalid(issues: readonly Issue[], value: unknown, place: Place): TessraxError {
  const issue = deepest(issues, value);
  const [first] = issue?.path ?? [];
  const name = issue?.path.join('.') ?? '';
  const fields = place === 'body' && typeof first === 'number' ? { index: first } : {};
  return new TessraxError('bad_request', `${place}${name === '' ? '' : ` "${name}"`}: ${wordsOf(issue)}`, {
    remedy: 'see /openapi.json',
    fields,
  });
}

/** Of the alternatives of a union, the one that was meant: an array is held against what is said of arrays. */
function deepest(issues: readonly Issue[], value: unknown): Issue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union') return issue;
  const meant = issue.errors.at(Array.isArray(value) ? -1 : 0);
  return meant === undefined ? issue : deepest(meant, value);
}

function wordsOf(issue: Issue | undefined): string {
  if (issue === undefined) return 'is not valid';
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.map((key) => JSON.stringify(key.slice(0, 64))).join(', ')} is not known here`;
  return issue.message;
}
