/** tessrax journal: the node's own signed record of what it gave to and took from others. */
import type { Command } from 'commander';
import { API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import { objectsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { entryLines } from './entry-table.ts';
import { outputWidth, print, printJson } from './output.ts';

interface Options extends NodeOptions {
  readonly limit: number;
}

const LIMIT_DEFAULT = 20;

export function command(): Command {
  return nodeCommand(
    'journal',
    'List the newest entries of the node’s journal: what it sent (SYNC_EVENT) and took over (SYNC_CONFIRMED).',
    ['tessrax journal --limit 50'],
  )
    .option('--limit <n>', 'how many', wholeNumber(1, API_PAGE_ENTRIES_MAX), LIMIT_DEFAULT)
    .action(async (options: Options) => {
      const client = await connect(options);
      const entries = objectsIn(await client.get(`/v1/journal?tail=${options.limit}`), 'entries');
      if (options.json === true) for (const entry of entries) printJson(entry);
      else for (const line of entryLines(entries, outputWidth())) print(line);
    });
}
