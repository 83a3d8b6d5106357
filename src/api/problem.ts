/** Errors over HTTP: problem documents (RFC 9457). */
import type { FastifyReply } from 'fastify';
import { TessraxError } from '../core/errors.ts';

/** HTTP status by error code; other codes of ours are a client's mistake, anything else is ours. */
const STATUS: Readonly<Record<string, number>> = {
  not_found: 404,
  not_final: 409,
  not_certifiable: 409,
  unauthorized: 401,
  append_busy: 429,
  node_stopped: 503,
  rejoining: 503,
  inquiries_busy: 429,
  peer_not_connected: 404,
  peer_silent: 504,
  journal_invalid: 502,
  store_failed: 503,
  store_corrupt: 500,
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
const RETRY_AFTER_SECONDS = 1;

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  if (problem.status === 429) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly remedy?: string;
  readonly fields?: object;
}

function problemOf(error: unknown): Problem {
  if (error instanceof TessraxError) {
    const { code, message, remedy, fields } = error;
    return {
      type: 'about:blank',
      title: code.replaceAll('_', ' '),
      status: STATUS[code] ?? 400,
      detail: message,
      code,
      ...(remedy === '' ? {} : { remedy }),
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
    };
  }
  const status = statusOf(error);
  // What is not ours may say things about the inside: strangers get the class of the error only.
  const detail = status < 500 && error instanceof Error ? error.message : 'the node could not answer';
  return {
    type: 'about:blank',
    title: status < 500 ? 'bad request' : 'internal error',
    status,
    detail,
    code: status < 500 ? 'bad_request' : 'internal',
  };
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
