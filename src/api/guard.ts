/**
 * Keeps other people's web pages out. A browser sends a page's requests to this machine too: from another site (Origin, Sec-Fetch-Site),
 * or, after the page's own name was made to point here (DNS rebinding), under a foreign Host.
 */

import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TessraxError } from '../core/errors.ts';
import { badRequest } from './problem.ts';

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** `hosts`: names, beside addresses and names without a dot, under which this API may be asked for. */
export function guardOrigin(app: FastifyInstance, hosts: readonly string[]): void {
  const known = new Set([...hosts, hostname()].map((name) => name.toLowerCase()));
  app.addHook('onRequest', async (request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) reply.raw.setHeader(name, value);
    // Of several names a proxy before this node may have gone by another than this node would.
    if ((request.raw.headersDistinct['host']?.length ?? 0) > 1)
      throw badRequest('the request has several Host headers');
    assertHost(request.headers.host, known);
    assertSameSite(request);
  });
}

/** An address cannot be made to point elsewhere, and who answers for a name without a dot is decided on the local network. */
function assertHost(host: string | undefined, known: ReadonlySet<string>): void {
  const name = hostName(host ?? '');
  if (name !== undefined && (isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost') || known.has(name)))
    return;
  throw new TessraxError('host_unknown', 'this node does not go by the name that the request asks for', {
    remedy: 'ask by address, or add the name to "api_hosts" in config.yaml',
  });
}

/** The name in a Host header, in lower case; undefined when it holds none. */
function hostName(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::\d{1,5})?$/.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

function assertSameSite({ method, headers }: FastifyRequest): void {
  const { origin, host } = headers;
  const own = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
  const site = headers['sec-fetch-site'] ?? 'none';
  // Following a link is no request of the page that holds it.
  const navigates = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
  if (own && (site === 'none' || site === 'same-origin' || navigates)) return;
  throw new TessraxError('cross_site', 'this request comes from a page of another site', {
    remedy: 'ask from a program, or from a page of this node',
  });
}
