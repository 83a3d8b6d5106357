/** tessrax journal: the node's own signed record of what it gave to and took from others. */
import type { Command } from 'commander';
import { API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import { objectsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand, wholeNumber } from './command.ts';
import { entryLines } from './entry-table.ts';
import { usageError } from './exit.ts';
import { outputWidth, print, printJson } from './output.ts';

interface Options extends NodeOptions {
  readonly limit: number;
  readonly node?: string;
}

const LIMIT_DEFAULT = 20;

export function command(): Command {
  return nodeCommand(
    'journal',
    'List the newest entries of the node’s journal, or of a peer’s: what it sent (SYNC_EVENT) and took over (SYNC_CONFIRMED).',
    ['tessrax journal --limit 50', 'tessrax journal --node 12D3KooW… --json'],
  )
    .option('--limit <n>', 'how many', wholeNumber(1, API_PAGE_ENTRIES_MAX), LIMIT_DEFAULT)
    .option('--node <peer>', 'ask this connected peer for its journal; the running node verifies what it answers')
    .action(async (options: Options) => {
      const { node, limit } = options;
      if (node !== undefined && publicKeyOf(node) === undefined) throw usageError(`--node: "${node}" is not a peer ID`);
      const client = await connect(options);
      const peer = node === undefined ? '' : `&node=${node}`;
      const entries = objectsIn(await client.get(`/v1/journal?tail=${limit}${peer}`), 'entries');
      if (options.json === true) for (const entry of entries) printJson(entry);
      else if (entries.length === 0) print('no entries');
      else for (const line of entryLines(entries, outputWidth())) print(line);
    });
}
