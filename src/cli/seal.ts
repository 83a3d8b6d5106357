/** tessrax seal: puts the ledger root of this moment into the node's own feed, as an entry that others replicate and certify. */
import type { Command } from 'commander';
import { appendFinal } from '../client/append.ts';
import { SEAL_ANCHOR_LENGTH_MAX } from '../core/limits.ts';
import { numberIn, textIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { draftOf } from './drafts.ts';
import { usageError } from './exit.ts';
import { counted, print, printJson } from './output.ts';

interface Options extends NodeOptions {
  readonly anchor?: string;
}

export function command(): Command {
  return nodeCommand(
    'seal',
    'Append a SEAL: the ledger root as this node has it now. Whoever holds it can show later what was in the ledger then.',
    ['tessrax seal', 'tessrax seal --anchor "Official Gazette 2026/47"'],
  )
    .option('--anchor <name>', 'where the root is, or will be, published outside the federation')
    .action(seal);
}

async function seal(options: Options): Promise<void> {
  const { anchor } = options;
  if (anchor !== undefined && (anchor === '' || anchor.length > SEAL_ANCHOR_LENGTH_MAX))
    throw usageError(`--anchor: it must have 1 to ${SEAL_ANCHOR_LENGTH_MAX} characters`);
  const client = await connect(options);
  const status = await client.get('/v1/status');
  const height = numberIn(status, 'height');
  const root = textIn(status, 'root');
  const draft = draftOf({ type: 'SEAL', height, root, ...(anchor === undefined ? {} : { anchor }) });
  const { entries, isFinal } = await appendFinal(client, [draft.json]);
  const [entry] = entries;
  if (options.json === true) printJson({ ...entry, height, root, final: isFinal });
  else {
    print(`sealed ${counted(height, 'entry', 'entries')}, root ${root}`);
    print(`${entry?.hash ?? ''}  ${isFinal ? 'final' : 'stored, not final yet'}`);
  }
}
