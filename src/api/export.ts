/** The whole ledger as JSON Lines, sent as fast as it is read. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { exportEndpoints } from '../contract/export.ts';
import { toHex } from '../core/bytes.ts';
import { canonicalize, type JsonObject } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { flatDecisionJson } from '../core/federation/decision-json.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import { API_EXPORT_CHUNK_BYTES, API_EXPORTS_MAX } from '../core/limits.ts';
import { EXPORT_FORMAT, rootStatementHash } from '../core/proof.ts';
import { signedMessage } from '../core/signature.ts';
import type { NodeHandle } from '../ports.ts';
import { flatEntries, writersProof } from '../queries.ts';
import { Gauge } from './load.ts';
import { serve, serveRaw } from './serve.ts';
import type { ApiOptions } from './server.ts';
import { feedsJson } from './status.ts';

export function exportRoutes(app: FastifyInstance, { node, federationFile }: ApiOptions): void {
  const exports = new Gauge(API_EXPORTS_MAX, 'exports');
  serve(app, exportEndpoints.exportHeader, () => exportHeader(node, federationFile));
  serveRaw(app, exportEndpoints.export, async (_input, reply) => {
    const release = exports.take();
    reply.raw.once('close', release);
    const header = { format: EXPORT_FORMAT, ...(await exportHeader(node, federationFile)) };
    const stream = Readable.from(chunked(lines(node, header, node.heads())), { highWaterMark: 1 });
    return reply.type('application/jsonl').send(stream);
  });
}

/** What an export begins with: the federation file itself, the feeds at one moment, and this node's signature under their root. */
async function exportHeader(node: NodeHandle, federationFile: string) {
  const federation = parseStrict(await readFile(federationFile, 'utf8'));
  if (!isObject(federation)) throw new TessraxError('internal', 'the federation file changed while the node ran');
  const feeds = feedsJson(node);
  const { height, root } = node.status();
  const timestampMs = node.wallMs();
  const statement = { federation: node.federation.id, node: node.peerId, height, feeds: feeds.length };
  const decisions = await writersProof(
    node,
    feeds.map(({ origin }) => origin),
  );
  const signature = node.signer.sign(signedMessage('root', rootStatementHash({ ...statement, root, timestampMs })));
  return {
    federation,
    feeds,
    statement: { ...statement, root: toHex(root), timestamp: timestampMs },
    signature: toHex(signature),
    ...(decisions.length === 0 ? {} : { decisions: decisions.map(flatDecisionJson) }),
  };
}

/** Throws in the middle when a feed was cut meanwhile: the answer then ends without its last chunk. */
async function* lines(node: NodeHandle, header: JsonObject, heads: readonly FeedHead[]): AsyncGenerator<string, void> {
  yield canonicalize(header);
  for (const { origin, size } of heads) {
    let seq = 0;
    for await (const flat of flatEntries(node.store, node.federation.id, 'ledger', { origin, from: 0, to: size })) {
      yield canonicalize(flat);
      seq++;
    }
    if (seq < size) throw new TessraxError('feed_cut', `the feed of ${origin} became shorter while it was exported`);
  }
}

async function* chunked(texts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let chunk = '';
  for await (const text of texts) {
    chunk += `${text}\n`;
    if (chunk.length < API_EXPORT_CHUNK_BYTES) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
