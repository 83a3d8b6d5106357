/** Reading: receipts, scars, proofs, the journal. Pages are bounded in entries, bytes and work; a cursor goes on where a page ended. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { entryEndpoints } from '../contract/entries.ts';
import { type Cursor, readCursor } from '../contract/values.ts';
import { fromHex } from '../core/bytes.ts';
import { certificateJson } from '../core/certificate.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import type { FeedHead, LogName } from '../core/ledger/feed.ts';
import { API_PAGE_BYTES_MAX, API_PAGE_ENTRIES, API_PAGE_SCAN_MAX } from '../core/limits.ts';
import { proofJson } from '../core/proof.ts';
import { flatBytes, newestEntries } from '../newest-entries.ts';
import type { NodeHandle } from '../ports.ts';
import { certifyReceipt, flatAt, flatEntries, proveReceipt } from '../queries.ts';
import { peerJournalPage } from './peer-journal.ts';
import { badRequest, notFound } from './problem.ts';
import { sealedFeeds } from './sealed.ts';
import { serve, serveRaw } from './serve.ts';
import type { ApiOptions } from './server.ts';

/** What a list may be asked for. */
interface PageQuery {
  readonly type?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly tail?: number | undefined;
}

interface Page {
  readonly entries: readonly JsonObject[];
  readonly next: string | null;
}

export function entryRoutes(app: FastifyInstance, options: ApiOptions): void {
  const { node } = options;
  serve(app, entryEndpoints.receipts, ({ query }) => list(node, 'ledger', ledgerFeeds(node, query.origin), query));
  serve(app, entryEndpoints.scars, async ({ query }) => {
    const page = await list(node, 'ledger', ledgerFeeds(node, query.origin), { ...query, type: 'SCAR' });
    return query.after === undefined ? { ...page, sealed: await sealedFeeds(node) } : page;
  });
  serve(app, entryEndpoints.journal, ({ query }) => {
    if (query.node !== undefined) return peerJournalPage(node, { ...query, node: query.node });
    const journal = { origin: node.peerId, size: node.status().journalSize, timestampMs: 0 };
    return list(node, 'journal', [journal], query);
  });
  singleRoutes(app, options);
}

function singleRoutes(app: FastifyInstance, { node, federationFile }: ApiOptions): void {
  serve(app, entryEndpoints.receipt, async ({ params }) => {
    const { log, origin, seq } = await placeOf(node, params.hash);
    const flat = await flatAt(node.store, node.federation.id, log, origin, seq);
    if (flat === undefined) throw notFound(`entry ${params.hash}`);
    return flat;
  });
  serve(app, entryEndpoints.proof, async ({ params }) => {
    const proof = await proveReceipt(node, bytesOf(params.hash));
    if (proof === undefined) throw notFound(`ledger entry ${params.hash}`);
    return proofJson(proof);
  });
  serve(app, entryEndpoints.certificate, async ({ params }) => {
    const file = parseStrict(await readFile(federationFile, 'utf8'));
    const certificate = await certifyReceipt(node, bytesOf(params.hash), file);
    if (certificate === undefined) throw notFound(`ledger entry ${params.hash}`);
    return certificateJson(certificate);
  });
  serve(app, entryEndpoints.receiptStatus, async ({ params }) => {
    const { log, origin, seq } = await placeOf(node, params.hash);
    const isFinal = log === 'ledger' && node.certifiedSize(origin) > seq;
    return { hash: params.hash, origin, log, seq, status: isFinal ? ('final' as const) : ('pending' as const) };
  });
  serveRaw(app, entryEndpoints.statement, async ({ params }, reply) => {
    const json = await node.store.statement(bytesOf(params.hash));
    if (json === undefined) throw notFound(`statement ${params.hash}`);
    return reply.type('application/json').send(json);
  });
}

async function placeOf(node: NodeHandle, hash: string) {
  const place = await node.store.find(bytesOf(hash));
  if (place === undefined) throw notFound(`entry ${hash}`);
  return place;
}

function bytesOf(hash: string): Uint8Array {
  const bytes = fromHex(hash, HASH_BYTES);
  if (bytes === undefined) throw badRequest('a receipt hash is 64 lower-case hex digits');
  return bytes;
}

type Feed = Pick<FeedHead, 'origin' | 'size' | 'timestampMs'>;

function ledgerFeeds(node: NodeHandle, origin: string | undefined): readonly Feed[] {
  const heads = node.heads();
  return origin === undefined ? heads : heads.filter((head) => head.origin === origin);
}

async function list(node: NodeHandle, log: LogName, feeds: readonly Feed[], query: PageQuery): Promise<Page> {
  const { tail: limit, type } = query;
  if (limit === undefined) return await page(node, log, feeds, query);
  return { entries: await newestEntries(node.store, node.federation.id, log, feeds, { limit, type }), next: null };
}

/** A page in feed order. The scan of one request is bounded too: a rare type gives short pages with a cursor to go on. */
async function page(node: NodeHandle, log: LogName, feeds: readonly Feed[], query: PageQuery): Promise<Page> {
  const { limit = API_PAGE_ENTRIES, type } = query;
  const start = query.after === undefined ? undefined : placeOfCursor(query.after);
  const entries: JsonObject[] = [];
  let scanned = 0;
  let bytes = 0;
  for (const { origin, size } of feedsFrom(feeds, start)) {
    const from = start?.origin === origin ? start.seq : 0;
    let seq = from;
    for await (const flat of flatEntries(node.store, node.federation.id, log, { origin, from, to: size })) {
      scanned++;
      seq++;
      if (type === undefined || flat['type'] === type) {
        entries.push(flat);
        bytes += flatBytes(flat);
      }
      if (entries.length === limit || scanned === API_PAGE_SCAN_MAX || bytes > API_PAGE_BYTES_MAX) {
        return { entries, next: `${origin}:${seq}` };
      }
    }
  }
  return { entries, next: null };
}

function placeOfCursor(text: string): Cursor {
  const cursor = readCursor(text);
  if (cursor === undefined) throw badRequest('"after" is not a cursor that this API gave');
  return cursor;
}

/** The feeds from the cursor's on. */
function feedsFrom(feeds: readonly Feed[], start: Cursor | undefined): readonly Feed[] {
  if (start === undefined) return feeds;
  const at = feeds.findIndex(({ origin }) => origin === start.origin);
  if (at < 0) throw badRequest(`"after" names the feed of ${start.origin}, which is not among those asked for`);
  return feeds.slice(at);
}
