/** tessrax scars: recorded contradictions, sealed feeds, and what was cut off them. */
import type { Command } from 'commander';
import type { NodeClient } from '../client/connection.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { flagIn, numberIn, objectsIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { entryLines } from './entry-table.ts';
import { usageError } from './exit.ts';
import { count, outputWidth, print, printJson, timeText } from './output.ts';
import { type Column, tableLines } from './table.ts';

interface Options extends NodeOptions {
  readonly limit: number;
  readonly quarantine?: string;
}

const LIMIT_DEFAULT = 100;

const SCAR_COLUMNS: readonly Column[] = [
  { title: 'TIME (UTC)' },
  { title: 'RESOLUTION' },
  { title: 'AUTHOR' },
  { title: 'SUMMARY', widthMin: 20 },
  { title: 'ID', widthMin: 12, optional: true },
];
const SEALED_COLUMNS: readonly Column[] = [
  { title: 'SEALED FEED', widthMin: 20 },
  { title: 'REASON' },
  { title: 'FROM SEQ', align: 'right' },
  { title: 'KEPT', align: 'right' },
  { title: 'FINAL', align: 'right' },
  { title: 'QUARANTINED', align: 'right' },
  { title: 'RECORDED' },
];

export function command(): Command {
  return nodeCommand('scars', 'List recorded contradictions, the feeds that are sealed, and what was cut off them.', [
    'tessrax scars',
    'tessrax scars --quarantine 12D3KooW… --json',
  ])
    .option('--limit <n>', 'how many at most', wholeNumber(1, API_PAGE_ENTRIES_MAX), LIMIT_DEFAULT)
    .option('--quarantine <origin>', 'list the entries that were cut off this feed, instead')
    .action(async (options: Options) => {
      const { quarantine: origin } = options;
      if (origin !== undefined && publicKeyOf(origin) === undefined)
        throw usageError(`--quarantine: "${origin}" is not a peer ID`);
      const client = await connect(options);
      if (origin === undefined) await showScars(client, options);
      else await showQuarantine(client, origin, options);
    });
}

async function showScars(client: NodeClient, { limit, json }: Options): Promise<void> {
  const answer = await client.get(`/v1/scars?limit=${limit}`);
  const scars = objectsIn(answer, 'entries');
  const sealed = objectsIn(answer, 'sealed');
  if (json === true) {
    for (const scar of scars) printJson(scar);
    for (const feed of sealed) printJson({ sealed: feed });
    return;
  }
  if (scars.length === 0) print('no scars');
  else for (const line of tableLines(SCAR_COLUMNS, scars.map(scarRow), outputWidth())) print(line);
  if (sealed.length === 0) return;
  print('');
  for (const line of tableLines(SEALED_COLUMNS, sealed.map(sealedRow), outputWidth())) print(line);
}

async function showQuarantine(client: NodeClient, origin: string, { limit, json }: Options): Promise<void> {
  const query = new URLSearchParams({ origin, limit: String(limit) });
  const answer = await client.get(`/v1/quarantine?${query}`);
  const entries = objectsIn(answer, 'entries');
  if (json === true) for (const entry of entries) printJson(entry);
  else if (entries.length === 0) print('nothing of this feed is in quarantine');
  else for (const line of entryLines(entries, outputWidth())) print(line);
  const { next } = answer;
  if (typeof next === 'string')
    process.stderr.write(`tessrax: there are more: /v1/quarantine?${query}&after=${next}\n`);
}

function scarRow(scar: JsonObject): string[] {
  return [
    timeText(numberIn(scar, 'timestamp')),
    textIn(scar, 'resolution'),
    textIn(scar, 'author'),
    textIn(scar, 'summary'),
    textIn(scar, 'id'),
  ];
}

function sealedRow(feed: JsonObject): string[] {
  const quarantined =
    feed['quarantined'] === undefined
      ? `${count(numberIn(feed, 'quarantined_at_least'))}+`
      : count(numberIn(feed, 'quarantined'));
  return [
    textIn(feed, 'origin'),
    textIn(feed, 'reason'),
    count(numberIn(feed, 'from')),
    count(numberIn(feed, 'kept')),
    count(numberIn(feed, 'certified')),
    quarantined,
    flagIn(feed, 'recorded') ? 'yes' : 'not yet',
  ];
}
