/** Reading: receipts, scars, proofs, the journal. Pages hold a bounded number of entries; a cursor goes on where a page ended. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { fromHex } from '../core/bytes.ts';
import { certificateJson } from '../core/certificate.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import type { FeedHead, LogName } from '../core/ledger/feed.ts';
import { API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX, API_PAGE_SCAN_MAX } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import { proofJson } from '../core/proof.ts';
import type { NodeHandle } from '../ports.ts';
import { certifyReceipt, flatAt, flatEntries, newestEntries, proveReceipt } from '../queries.ts';
import { peerJournalPage } from './peer-journal.ts';
import { badRequest, notFound } from './problem.ts';
import { sealedFeeds } from './sealed.ts';
import type { ApiOptions } from './server.ts';

interface PageQuery {
  type?: string;
  origin?: string;
  after?: string;
  limit?: string;
  tail?: string;
}

type Query = Readonly<Record<string, unknown>>;

export function entryRoutes(app: FastifyInstance, { node, federationFile }: ApiOptions): void {
  app.get<{ Querystring: Query }>('/v1/receipts', async ({ query }) => ledgerPage(node, readQuery(query)));
  app.get<{ Querystring: Query }>('/v1/scars', async ({ query }) => {
    const page = await ledgerPage(node, { ...readQuery(query), type: 'SCAR' });
    return query['after'] === undefined ? { ...page, sealed: await sealedFeeds(node) } : page;
  });
  app.get<{ Querystring: Query }>('/v1/journal', async (request) => {
    if ('node' in request.query) return peerJournalPage(node, request.query);
    const query = readQuery(request.query);
    const size = node.status().journalSize;
    if (query.tail !== undefined) return tailPage(node, 'journal', [{ origin: node.peerId, size }], query);
    return page(node, 'journal', [{ origin: node.peerId, size }], query);
  });
  app.get<{ Params: { hash: string } }>('/v1/receipts/:hash', async ({ params }) => {
    const place = await node.store.find(readHash(params.hash));
    if (place === undefined) throw notFound(`entry ${params.hash}`);
    return flatAt(node.store, node.federation.id, place.log, place.origin, place.seq);
  });
  app.get<{ Params: { hash: string } }>('/v1/receipts/:hash/proof', async ({ params }) => {
    const proof = await proveReceipt(node, readHash(params.hash));
    if (proof === undefined) throw notFound(`ledger entry ${params.hash}`);
    return proofJson(proof);
  });
  app.get<{ Params: { hash: string } }>('/v1/receipts/:hash/certificate', async ({ params }) => {
    const file = parseStrict(await readFile(federationFile, 'utf8'));
    const certificate = await certifyReceipt(node, readHash(params.hash), file);
    if (certificate === undefined) throw notFound(`ledger entry ${params.hash}`);
    return certificateJson(certificate);
  });
  app.get<{ Params: { hash: string } }>('/v1/receipts/:hash/status', async ({ params }) => {
    const place = await node.store.find(readHash(params.hash));
    if (place === undefined) throw notFound(`entry ${params.hash}`);
    const { origin, log, seq } = place;
    return {
      hash: params.hash,
      origin,
      log,
      seq,
      status: node.certifiedSize(origin) > seq && log === 'ledger' ? 'final' : 'pending',
    };
  });
  app.get<{ Params: { hash: string } }>('/v1/statements/:hash', async ({ params }, reply) => {
    const json = await node.store.statement(readHash(params.hash));
    if (json === undefined) throw notFound(`statement ${params.hash}`);
    return reply.type('application/json').send(json);
  });
}

function readHash(text: string): Uint8Array {
  const hash = fromHex(text, HASH_BYTES);
  if (hash === undefined) throw badRequest('a receipt hash is 64 lower-case hex digits');
  return hash;
}

type Feed = Pick<FeedHead, 'origin' | 'size'>;

async function ledgerPage(node: NodeHandle, query: PageQuery): Promise<object> {
  const heads = node.heads();
  const { origin } = query;
  if (origin !== undefined && publicKeyOf(origin) === undefined)
    throw badRequest('"origin" is not the peer ID of an Ed25519 key');
  const feeds = origin === undefined ? heads : heads.filter((head) => head.origin === origin);
  return query.tail === undefined ? page(node, 'ledger', feeds, query) : tailPage(node, 'ledger', feeds, query);
}

/** The newest entries over all feeds, oldest first. */
async function tailPage(node: NodeHandle, log: LogName, feeds: readonly Feed[], query: PageQuery): Promise<object> {
  const limit = readLimit(query.tail, 'tail');
  const entries = await newestEntries(node.store, node.federation.id, log, feeds, { limit, type: query.type });
  return { entries, next: null };
}

/** A page in feed order. The scan of one request is bounded too: a rare type gives short pages with a cursor to go on. */
async function page(node: NodeHandle, log: LogName, feeds: readonly Feed[], query: PageQuery): Promise<object> {
  const limit = readLimit(query.limit, 'limit');
  const start = query.after === undefined ? undefined : readCursor(query.after);
  const entries: JsonObject[] = [];
  let scanned = 0;
  for (const { origin, size } of feedsFrom(feeds, start)) {
    const from = start?.origin === origin ? start.seq : 0;
    let seq = from;
    for await (const flat of flatEntries(node.store, node.federation.id, log, { origin, from, to: size })) {
      if (query.type === undefined || flat['type'] === query.type) entries.push(flat);
      scanned++;
      seq++;
      if (entries.length === limit || scanned === API_PAGE_SCAN_MAX) return { entries, next: `${origin}:${seq}` };
    }
  }
  return { entries, next: null };
}

/** The feeds from the cursor's on. */
function feedsFrom(feeds: readonly Feed[], start: Cursor | undefined): readonly Feed[] {
  if (start === undefined) return feeds;
  const at = feeds.findIndex(({ origin }) => origin === start.origin);
  if (at < 0) throw badRequest(`"after" names the feed of ${start.origin}, which is not among those asked for`);
  return feeds.slice(at);
}

function readLimit(text: string | undefined, name: string): number {
  const limit = text === undefined ? API_PAGE_ENTRIES : wholeNumber(text);
  if (limit === undefined || limit < 1 || limit > API_PAGE_ENTRIES_MAX) {
    throw badRequest(`"${name}" must be a whole number from 1 to ${API_PAGE_ENTRIES_MAX}`);
  }
  return limit;
}

interface Cursor {
  readonly origin: PeerIdText;
  readonly seq: number;
}

function readCursor(text: string): Cursor {
  const at = text.indexOf(':');
  const origin = text.slice(0, Math.max(0, at));
  const seq = wholeNumber(text.slice(at + 1));
  if (publicKeyOf(origin) === undefined || seq === undefined) {
    throw badRequest('"after" is not a cursor that this API gave');
  }
  return { origin, seq };
}

function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** A parameter that is given twice comes as a list: which of the two was meant is not guessed. */
function readQuery(query: Readonly<Record<string, unknown>>): PageQuery {
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw badRequest(`"${name}" is given more than once`);
  }
  return query;
}
