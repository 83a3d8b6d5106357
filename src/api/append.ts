/** Writing: entries of this node's own feed. The answer comes when they are durable. */
import type { FastifyInstance } from 'fastify';
import { toHex } from '../core/bytes.ts';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { isObject } from '../core/entry/types.ts';
import type { Draft } from '../core/events.ts';
import { API_FINAL_WAIT_MS_MAX, APPEND_BATCH_MAX } from '../core/limits.ts';
import type { NodeHandle } from '../ports.ts';
import { badRequest } from './problem.ts';

export function appendRoutes(app: FastifyInstance, node: NodeHandle): void {
  app.post<{ Body: JsonValue; Querystring: { wait?: string } }>('/v1/receipts', async (request, reply) => {
    const { wait } = request.query;
    if (wait !== undefined && wait !== 'stored' && wait !== 'final')
      throw badRequest(`wait=${wait} is not known; use stored or final`);
    const drafts = readDrafts(request.body);
    const appended = await node.append(drafts);
    const entries = appended.map(({ hash, seq }) => ({ hash: toHex(hash), seq, origin: node.peerId }));
    if (wait !== 'final') return reply.code(201).send({ entries });
    const final = await isFinal(node, (appended.at(-1)?.seq ?? 0) + 1);
    return reply.code(final ? 201 : 202).send({ entries, final });
  });
}

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

function readDrafts(body: JsonValue | undefined): Draft[] {
  const list = Array.isArray(body) ? body : [body];
  if (list.length === 0 || list.length > APPEND_BATCH_MAX)
    throw badRequest(`send 1 to ${APPEND_BATCH_MAX} entries`, { entries: list.length });
  return list.map((item, index) => {
    if (!isObject(item)) throw badRequest(`entry ${index} is not an object`, { index });
    const { type = 'RECEIPT', ...rest } = item;
    if (typeof type !== 'string') throw badRequest(`"type" of entry ${index} is not text`, { index });
    const draftBody: JsonObject = rest;
    return { type, body: draftBody };
  });
}
