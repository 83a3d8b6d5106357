/** tessrax log: the newest entries of the ledger, and, when asked, each new one as it comes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { NodeClient } from '../client/connection.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { isTypeName } from '../core/entry/codec.ts';
import { API_PAGE_ENTRIES_MAX, EVENTS_REOPEN_MS } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import { numberIn, objectsIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { entryLines, steadyEntryLines } from './entry-table.ts';
import { usageError } from './exit.ts';
import { outputWidth, print, printJson } from './output.ts';

interface Options extends NodeOptions {
  readonly follow?: boolean;
  readonly type?: string;
  readonly origin?: string;
  readonly limit: number;
}

const LIMIT_DEFAULT = 20;

export function command(): Command {
  return nodeCommand('log', 'List the newest entries of the ledger, oldest first.', [
    'tessrax log --type SCAR --limit 50',
    'tessrax log --follow --json',
  ])
    .option('-f, --follow', 'go on with each new entry, until interrupted')
    .option('--type <type>', 'only entries of this type')
    .option('--origin <peer>', 'only entries of this peer')
    .option('--limit <n>', 'how many', wholeNumber(1, API_PAGE_ENTRIES_MAX), LIMIT_DEFAULT)
    .action(log);
}

async function log(options: Options): Promise<void> {
  const { type, origin } = options;
  if (type !== undefined && !isTypeName(type)) {
    throw usageError(`--type: "${type}" is not an entry type`, 'types are upper-case names such as RECEIPT');
  }
  if (origin !== undefined && publicKeyOf(origin) === undefined) {
    throw usageError(`--origin: "${origin}" is not a peer ID`);
  }
  const client = await connect(options);
  if (options.follow === true) await new Follower(client, options).run();
  else showAll(await newest(client, options), options);
}

async function newest(client: NodeClient, { type, origin, limit }: Options): Promise<readonly JsonObject[]> {
  const query = new URLSearchParams({ tail: String(limit) });
  if (type !== undefined) query.set('type', type);
  if (origin !== undefined) query.set('origin', origin);
  return objectsIn(await client.get(`/v1/receipts?${query}`), 'entries');
}

/** Prints the newest entries, then each that is appended to any feed, once and in the order of its feed. */
class Follower {
  readonly #client: NodeClient;
  readonly #options: Options;
  /** How far each feed is printed. */
  readonly #sizes = new Map<PeerIdText, number>();

  constructor(client: NodeClient, options: Options) {
    this.#client = client;
    this.#options = options;
  }

  /** Until interrupted, or until the node cannot be reached: a broken connection is made again, and what was missed is fetched. */
  async run(): Promise<void> {
    let events = await this.#client.events();
    for (const [origin, size] of await this.#feeds()) this.#sizes.set(origin, size);
    const entries = await newest(this.#client, this.#options);
    show(
      entries.filter((entry) => numberIn(entry, 'seq') < this.#sizeOf(textIn(entry, 'origin'))),
      this.#options,
    );
    while (true) {
      for await (const { name, data } of events) {
        if (name === 'entry') await this.#advance(textIn(data, 'origin'), numberIn(data, 'seq') + 1);
      }
      await delay(EVENTS_REOPEN_MS);
      events = await this.#client.events(); // first, so that nothing comes between what is there and what it tells
      for (const [origin, size] of await this.#feeds()) await this.#advance(origin, size);
    }
  }

  async #feeds(): Promise<[PeerIdText, number][]> {
    const feeds = objectsIn(await this.#client.get('/v1/feeds'), 'feeds');
    return feeds.map((feed) => [textIn(feed, 'origin'), numberIn(feed, 'size')]);
  }

  #sizeOf(origin: PeerIdText): number {
    return this.#sizes.get(origin) ?? 0;
  }

  /** Prints a feed up to this size, and beyond it what came in the meantime. */
  async #advance(origin: PeerIdText, size: number): Promise<void> {
    if (this.#options.origin !== undefined && origin !== this.#options.origin) return;
    for (let from = this.#sizeOf(origin); from < size; from = this.#sizeOf(origin)) {
      const query = new URLSearchParams({ origin, after: `${origin}:${from}`, limit: String(API_PAGE_ENTRIES_MAX) });
      const entries = objectsIn(await this.#client.get(`/v1/receipts?${query}`), 'entries');
      const [first] = entries;
      if (first === undefined || numberIn(first, 'seq') !== from) return; // the node holds this feed otherwise now
      const { type } = this.#options;
      const wanted = entries.filter((entry) => type === undefined || entry['type'] === type);
      show(wanted, this.#options, false);
      this.#sizes.set(origin, from + entries.length);
    }
  }
}

function showAll(entries: readonly JsonObject[], options: Options): void {
  if (entries.length > 0 || options.json === true) show(entries, options);
  else print('no entries');
}

function show(entries: readonly JsonObject[], { json, follow }: Options, titled = true): void {
  if (json) {
    for (const entry of entries) printJson(entry);
    return;
  }
  const lines = (follow === true ? steadyEntryLines : entryLines)(entries, outputWidth());
  for (const line of titled ? lines : lines.slice(1)) print(line);
}
