/** Writing: entries of this node's own feed. The answer comes when they are durable. */
import type { FastifyInstance } from 'fastify';
import { entryEndpoints } from '../contract/entries.ts';
import { toHex } from '../core/bytes.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import type { Draft } from '../core/events.ts';
import { API_FINAL_WAIT_MS_MAX } from '../core/limits.ts';
import type { NodeHandle } from '../ports.ts';
import type { OnceOnly } from './once.ts';
import { serve } from './serve.ts';

export function appendRoutes(app: FastifyInstance, node: NodeHandle, once: OnceOnly): void {
  serve(app, entryEndpoints.append, async ({ query, headers, body }, reply) => {
    const request = { key: headers['idempotency-key'], route: entryEndpoints.append.id, body };
    const appended = await once.append(request, () => (Array.isArray(body) ? body : [body]).map(draftOf));
    if (appended.isReplay) reply.header('idempotency-replayed', 'true');
    const entries = appended.entries.map(({ hash, seq }) => ({ hash: toHex(hash), seq, origin: node.peerId }));
    reply.code(201);
    if (query.wait !== 'final') return { entries };
    const final = await isFinal(node, (appended.entries.at(-1)?.seq ?? 0) + 1);
    if (!final) reply.code(202);
    return { entries, final };
  });
}

function draftOf({ type = 'RECEIPT', ...body }: { readonly type?: string | undefined } & JsonBody): Draft {
  return { type, body };
}
type JsonBody = Readonly<Record<string, JsonObject[string]>>;

/** Waits until the node's own feed is final up to `size`; false when that takes too long (the entries are stored all the same). */
async function isFinal(node: NodeHandle, size: number): Promise<boolean> {
  const reached = Promise.withResolvers<boolean>();
  const check = (): void => {
    if (node.certifiedSize(node.peerId) >= size) reached.resolve(true);
  };
  const unsubscribe = node.subscribe((note) => {
    if (note.name === 'entries_certified') check();
  });
  const timer = setTimeout(() => reached.resolve(false), API_FINAL_WAIT_MS_MAX);
  check();
  try {
    return await reached.promise;
  } finally {
    clearTimeout(timer);
    unsubscribe();
  }
}
