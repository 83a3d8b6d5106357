/** tessrax scars: recorded contradictions. */
import type { Command } from 'commander';
import { numberIn, objectsIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { outputWidth, print, printJson, timeText } from './output.ts';
import { type Column, tableLines } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'TIME (UTC)' },
  { title: 'RESOLUTION' },
  { title: 'AUTHOR' },
  { title: 'SUMMARY', widthMin: 20 },
  { title: 'ID', widthMin: 0 },
];

export function command(): Command {
  return nodeCommand('scars', 'List recorded contradictions: scars of the federation and of its members.', [
    'tessrax scars',
  ])
    .option('--limit <n>', 'how many at most', '100')
    .action(async (options: NodeOptions & { readonly limit: string }) => {
      const client = await connect(options);
      const scars = objectsIn(await client.get(`/v1/scars?limit=${encodeURIComponent(options.limit)}`), 'entries');
      if (options.json === true) for (const scar of scars) printJson(scar);
      else
        for (const line of tableLines(
          COLUMNS,
          scars.map((scar) => [
            timeText(numberIn(scar, 'timestamp')),
            textIn(scar, 'resolution'),
            textIn(scar, 'author'),
            textIn(scar, 'summary'),
            textIn(scar, 'id'),
          ]),
          outputWidth(),
        ))
          print(line);
    });
}
