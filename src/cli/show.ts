/** tessrax show: one entry, whole. */
import type { Command } from 'commander';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { checkHash } from './hash.ts';
import { jsonText, print } from './output.ts';

export function command(): Command {
  return nodeCommand('show', 'Print one entry of the ledger or of the journal.', ['tessrax show 3f0c…'])
    .argument('<hash>', 'receipt hash, 64 hex digits')
    .action(async (text: string, options: NodeOptions) => {
      const hash = checkHash(text);
      const client = await connect(options);
      print(jsonText(await client.get(`/v1/receipts/${hash}`), options.json === true ? undefined : 2));
    });
}
