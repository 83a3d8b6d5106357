/** The API of a node for programs, typed from the declarations that the node checks requests with (src/contract). */
import { z } from 'zod';
import type { Endpoint } from '../contract/endpoint.ts';
import { entryEndpoints } from '../contract/entries.ts';
import { exportEndpoints } from '../contract/export.ts';
import { governanceEndpoints } from '../contract/governance.ts';
import { nodeEndpoints } from '../contract/node.ts';
import { events, type LiveEvent, liveEvent, operationEndpoints } from '../contract/operation.ts';
import { revocationEndpoints } from '../contract/revocations.ts';
import type { JsonObject, JsonValue } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import { appendOnce, type StoredEntry } from './append.ts';
import { NodeClient } from './connection.ts';
import { type ExportQuery, openExport } from './export.ts';
import { type Asked, pathOf } from './paths.ts';

export interface ClientOptions {
  /** Bearer token: the content of the node's api.token; needed for writing when its API listens beyond loopback. */
  readonly token?: string;
}

export type Entry = z.output<(typeof entryEndpoints.receipt.answers)[200]['schema']>;
type QueryOf<E extends Endpoint> = z.output<E['query']>;

/**
 * One node's API. Every call rejects with a TessraxError: the node's own problem (its `code`), `node_unreachable`, or `api_answer` when
 * the answer is not what the node's version of this package describes.
 */
export class TessraxClient {
  readonly url: string;
  readonly #node: NodeClient;

  /** `url`: http://HOST:PORT. Nothing is sent yet. */
  constructor(url: string, { token }: ClientOptions = {}) {
    this.url = url.replace(/\/+$/, '');
    this.#node = new NodeClient(this.url, token);
  }

  status() {
    return this.#get(nodeEndpoints.status);
  }

  peers() {
    return this.#get(nodeEndpoints.peers);
  }

  feeds() {
    return this.#get(nodeEndpoints.feeds);
  }

  /** One page; ask again with `after` set to its `next`. */
  receipts(query: QueryOf<typeof entryEndpoints.receipts> = {}) {
    return this.#get(entryEndpoints.receipts, { query });
  }

  /** All entries of the ledger, feed by feed, page after page. */
  async *allReceipts(
    query: Omit<QueryOf<typeof entryEndpoints.receipts>, 'after' | 'tail'> = {},
  ): AsyncGenerator<Entry, void> {
    for (let page = await this.receipts(query); ; page = await this.receipts({ ...query, after: page.next })) {
      yield* page.entries;
      if (page.next === null) return;
    }
  }

  /** Appends drafts, all or none, once however often it has to be sent; resolves when they are durable. */
  append(drafts: readonly JsonObject[]): Promise<readonly StoredEntry[]> {
    return appendOnce(this.#node, drafts);
  }

  receipt(hash: string) {
    return this.#get(entryEndpoints.receipt, { params: { hash } });
  }

  /** Where an entry stands, and whether it is final. */
  receiptStatus(hash: string) {
    return this.#get(entryEndpoints.receiptStatus, { params: { hash } });
  }

  proof(hash: string) {
    return this.#get(entryEndpoints.proof, { params: { hash } });
  }

  certificate(hash: string) {
    return this.#get(entryEndpoints.certificate, { params: { hash } });
  }

  scars(query: QueryOf<typeof entryEndpoints.scars> = {}) {
    return this.#get(entryEndpoints.scars, { query });
  }

  journal(query: QueryOf<typeof entryEndpoints.journal> = {}) {
    return this.#get(entryEndpoints.journal, { query });
  }

  exportHeader() {
    return this.#get(exportEndpoints.exportHeader);
  }

  /**
   * The ledger, or a part of it, as the bytes of a file that `tessrax verify` checks. Throws `answer_incomplete` when it ends before the
   * last entry: what came until then is no export.
   */
  async *exportLedger(query: ExportQuery = {}): AsyncGenerator<Uint8Array, void> {
    const { pieces } = await openExport(this.#node, query);
    for await (const { bytes } of pieces) yield bytes;
  }

  governance(query: QueryOf<typeof governanceEndpoints.governance> = {}) {
    return this.#get(governanceEndpoints.governance, { query });
  }

  propose(change: JsonObject) {
    return this.#post(governanceEndpoints.propose, change);
  }

  vote(proposal: string, choice: 'yes' | 'no') {
    return this.#post(governanceEndpoints.vote, { proposal, choice });
  }

  revocations(query: QueryOf<typeof revocationEndpoints.revocations> = {}) {
    return this.#get(revocationEndpoints.revocations, { query });
  }

  revoke(target: string, reason: string) {
    return this.#post(revocationEndpoints.revoke, { target, reason });
  }

  /** Metrics in the text format of Prometheus. */
  metrics(): Promise<string> {
    return this.#node.text(operationEndpoints.metrics.path);
  }

  /** Live events until the connection ends; those of newer versions that this one does not know are left out. */
  async *events(): AsyncGenerator<LiveEvent, void> {
    for await (const { name, data } of await this.#node.events()) {
      if (isKnown(name)) yield checked(liveEvent, { ...data, name }, this.url);
    }
  }

  async #get<E extends Endpoint>(endpoint: E, asked: Asked = {}): Promise<z.output<E['answers'][200]['schema']>> {
    return checked(schemaOf(endpoint, 200), await this.#node.get(pathOf(endpoint, asked)), this.url);
  }

  async #post<E extends Endpoint>(endpoint: E, body: JsonValue): Promise<z.output<E['answers'][201]['schema']>> {
    return checked(schemaOf(endpoint, 201), await this.#node.post(endpoint.path, body), this.url);
  }
}

function isKnown(name: string): name is LiveEvent['name'] {
  return Object.hasOwn(events, name);
}

function schemaOf<E extends Endpoint, S extends number>(endpoint: E, status: S): E['answers'][S]['schema'] {
  const content = endpoint.answers[status];
  if (content === undefined) throw new TessraxError('internal', `${endpoint.id} has no answer ${status}`);
  return content.schema;
}

function checked<S extends z.ZodType>(schema: S, value: unknown, url: string): z.output<S> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TessraxError(
    'api_answer',
    `the answer of ${url} is not understood: "${issue?.path.join('.') ?? ''}" ${issue?.message ?? ''}`,
    {
      remedy: 'use the version of this package that the node runs',
    },
  );
}
