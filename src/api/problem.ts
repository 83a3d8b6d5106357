/** Errors over HTTP: problem documents (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import { PROBLEM_TYPE, type Problem } from '../contract/problem.ts';
import { TessraxError } from '../core/errors.ts';

/** HTTP status by error code; other codes of ours are a client's mistake, anything else is ours. */
const STATUS: Readonly<Record<string, number>> = {
  not_found: 404,
  feed_unknown: 404,
  feed_ends: 404,
  method_not_allowed: 405,
  not_final: 409,
  not_certifiable: 409,
  unauthorized: 401,
  append_busy: 429,
  api_busy: 429,
  cross_site: 403,
  host_unknown: 421,
  idempotency_key_reused: 422,
  node_stopped: 503,
  rejoining: 503,
  inquiries_busy: 429,
  peer_not_connected: 404,
  peer_silent: 504,
  journal_invalid: 502,
  store_failed: 503,
  store_corrupt: 500,
  internal: 500,
  disk_full: 507,
  body_too_large: 413,
  not_a_writer: 403,
  not_a_witness: 403,
  feed_sealed: 403,
  quota_exceeded: 403,
  ballot_not_open: 409,
  vote_closed: 409,
  vote_repeated: 409,
  proposal_refused: 409,
  proposals_used_up: 409,
};
const CODES: ReadonlyMap<number, string> = new Map([
  [408, 'request_timeout'],
  [413, 'body_too_large'],
  [414, 'url_too_long'],
  [415, 'unsupported_media_type'],
  [431, 'headers_too_large'],
]);
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['body_too_large', 'send it in several requests'],
  ['unsupported_media_type', 'send JSON, with content-type: application/json'],
]);
const RETRY_AFTER_SECONDS = 1;

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
}

export function problemOf(error: unknown): Problem {
  if (error instanceof TessraxError) {
    const { code, message, remedy, fields } = error;
    return {
      ...headOf(STATUS[code] ?? 400),
      detail: message,
      code,
      ...(remedy === '' ? {} : { remedy }),
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
    };
  }
  const status = statusOf(error);
  const code = CODES.get(status) ?? (status < 500 ? 'bad_request' : 'internal');
  const remedy = REMEDIES.get(code);
  return {
    ...headOf(status),
    // What is not ours may say things about the inside: strangers get the class of the error only.
    detail: status < 500 && error instanceof Error ? error.message : 'the node could not answer',
    code,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A problem that is met before there is a request to answer. */
export function problemOfStatus(status: number, detail: string): Problem {
  return { ...headOf(status), detail, code: CODES.get(status) ?? 'bad_request' };
}

function headOf(status: number): Pick<Problem, 'type' | 'title' | 'status'> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status };
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

export function notFound(what: string): TessraxError {
  return new TessraxError('not_found', `${what} is not here`);
}

export function badRequest(message: string, fields: Readonly<Record<string, string | number>> = {}): TessraxError {
  return new TessraxError('bad_request', message, { fields });
}
