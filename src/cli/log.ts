/** tessrax log: the newest entries of the ledger, and, when asked, each new one as it comes. */
import type { Command } from 'commander';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { isTypeName } from '../core/entry/codec.ts';
import { API_PAGE_ENTRIES_MAX, FOLLOW_REMEMBERED_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { objectsIn, textIn } from './answers.ts';
import { connect, type NodeClient } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { entryLines } from './entry-table.ts';
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
  const { type, origin, limit } = options;
  if (type !== undefined && !isTypeName(type))
    throw usageError(`--type: "${type}" is not an entry type`, 'types are upper-case names such as RECEIPT');
  if (origin !== undefined && publicKeyOf(origin) === undefined)
    throw usageError(`--origin: "${origin}" is not a peer ID`);
  const client = await connect(options);
  if (options.follow === true) await follow(client, options);
  else show(await newest(client, options, limit), options);
}

async function newest(client: NodeClient, { type, origin }: Options, limit: number): Promise<readonly JsonObject[]> {
  const query = new URLSearchParams({ tail: String(limit) });
  if (type !== undefined) query.set('type', type);
  if (origin !== undefined) query.set('origin', origin);
  return objectsIn(await client.get(`/v1/receipts?${query}`), 'entries');
}

/**
 * Until interrupted, or until the node cannot be reached. The event stream is opened before the newest entries are asked for, each time it
 * has to be opened again too: so nothing falls between, except what is beyond the largest page.
 */
async function follow(client: NodeClient, options: Options): Promise<void> {
  const printed = new Printed(options);
  for (let limit = options.limit; ; limit = API_PAGE_ENTRIES_MAX) {
    const events = await client.events();
    for (const entry of await newest(client, options, limit)) printed.add(entry);
    for await (const { name, data } of events) {
      if (name !== 'entry' || !isWanted(data, options)) continue;
      printed.add(await client.get(`/v1/receipts/${textIn(data, 'hash')}`));
    }
  }
}

function isWanted(data: JsonObject, { type, origin }: Options): boolean {
  return (type === undefined || data['type'] === type) && (origin === undefined || data['origin'] === origin);
}

/** Prints each entry once. */
class Printed {
  readonly #options: Options;
  readonly #hashes = new Set<string>();

  constructor(options: Options) {
    this.#options = options;
  }

  add(entry: JsonObject): void {
    const hash = textIn(entry, 'hash');
    if (this.#hashes.has(hash)) return;
    show([entry], this.#options, this.#hashes.size === 0);
    this.#hashes.add(hash);
    const [oldest] = this.#hashes;
    if (this.#hashes.size > FOLLOW_REMEMBERED_MAX && oldest !== undefined) this.#hashes.delete(oldest);
  }
}

function show(entries: readonly JsonObject[], { json }: Options, titled = true): void {
  if (json) {
    for (const entry of entries) printJson(entry);
    return;
  }
  const lines = entryLines(entries, outputWidth());
  for (const line of titled ? lines : lines.slice(1)) print(line);
}
