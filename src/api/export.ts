/** The ledger, or a part of it, as JSON Lines, sent as fast as it is read. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { exportEndpoints } from '../contract/export.ts';
import { readCursor } from '../contract/values.ts';
import { toHex } from '../core/bytes.ts';
import { canonicalize, type JsonObject } from '../core/entry/canonical-json.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import type { FeedRange } from '../core/events.ts';
import { flatDecisionJson } from '../core/federation/decision-json.ts';
import { API_EXPORT_CHUNK_BYTES, API_EXPORTS_MAX } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { EXPORT_FORMAT, rootStatementHash } from '../core/proof.ts';
import { signedMessage } from '../core/signature.ts';
import type { NodeHandle } from '../ports.ts';
import { flatEntries, headAt, writersProof } from '../queries.ts';
import { Gauge } from './load.ts';
import { badRequest } from './problem.ts';
import { serve, serveRaw } from './serve.ts';
import type { ApiOptions } from './server.ts';
import { feedsJson } from './status.ts';

export function exportRoutes(app: FastifyInstance, { node, federationFile }: ApiOptions): void {
  const exports = new Gauge(API_EXPORTS_MAX, 'exports');
  serve(app, exportEndpoints.exportHeader, () => exportHeader(node, federationFile));
  serveRaw(app, exportEndpoints.export, async ({ query }, reply) => {
    const release = exports.take();
    reply.raw.once('close', release);
    const header = { format: EXPORT_FORMAT, ...(await exportHeader(node, federationFile)) };
    const places = placesOf(header.feeds, query);
    const isWhole = query.from === undefined && query.origin === undefined;
    const complete = isWhole ? header : { ...header, parts: await partsOf(node, places) };
    const stream = Readable.from(chunked(lines(node, complete, places)), { highWaterMark: 1 });
    return reply.type('application/jsonl').send(stream);
  });
}

interface FeedSize {
  readonly origin: PeerIdText;
  readonly size: number;
}

interface Query {
  readonly from?: string | undefined;
  readonly origin?: string | undefined;
}

/** What of the feeds in a header is asked for. Throws `feed_unknown`, `feed_ends`, `bad_request`. */
function placesOf(feeds: readonly FeedSize[], { from, origin }: Query): FeedRange[] {
  const start = from === undefined ? undefined : readCursor(from);
  if (start !== undefined && origin !== undefined && start.origin !== origin)
    throw badRequest('"from" and "origin" name two feeds');
  const sought = start?.origin ?? origin;
  const at = sought === undefined ? 0 : feeds.findIndex((feed) => feed.origin === sought);
  if (at < 0) throw new TessraxError('feed_unknown', `this node has no feed of ${sought ?? ''}`);
  const chosen = feeds.slice(at, origin === undefined ? undefined : at + 1);
  return chosen.map((feed, i) => {
    const first = i === 0 && start !== undefined ? start.seq : 0;
    if (first > 0 && first >= feed.size) throw ends(feed, first);
    return { origin: feed.origin, from: first, to: feed.size };
  });
}

function ends({ origin, size }: FeedSize, seq: number): TessraxError {
  return new TessraxError('feed_ends', `the feed of ${origin} has ${size} entries: there is no entry ${seq}`, {
    remedy: 'there is nothing newer to export',
  });
}

/** Where each begins, with the roots of the subtrees before it: so a part too is checked up to the signed root. */
async function partsOf({ store }: NodeHandle, places: readonly FeedRange[]) {
  const parts = [];
  for (const { origin, from } of places) {
    const { peaks } = await headAt(store, origin, from);
    parts.push({ origin, from, peaks: peaks.map(toHex) });
  }
  return parts;
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
async function* lines(
  node: NodeHandle,
  header: JsonObject,
  places: readonly FeedRange[],
): AsyncGenerator<string, void> {
  yield canonicalize(header);
  for (const range of places) {
    let seq = range.from;
    for await (const flat of flatEntries(node.store, node.federation.id, 'ledger', range)) {
      yield canonicalize(flat);
      seq++;
    }
    if (seq < range.to)
      throw new TessraxError('feed_cut', `the feed of ${range.origin} became shorter while it was exported`);
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
