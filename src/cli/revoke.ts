/** tessrax revoke: this node's statement that another's key is not to be trusted; first what it would seal. */
import type { Command } from 'commander';
import type { NodeClient } from '../client/connection.ts';
import { flagIn, numberIn, objectIn, objectsIn, textIn, textsIn } from './answers.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { counted, printJson, printText } from './output.ts';

interface Options extends NodeOptions {
  readonly reason: string;
  readonly dryRun?: boolean;
}

export function command(): Command {
  return nodeCommand(
    'revoke',
    'State that a node is not to be trusted. It is revoked when a threshold of witnesses, or it itself, says so.',
    ['tessrax revoke 12D3KooW… --reason "key stolen" --dry-run', 'tessrax revoke 12D3KooW… --reason "key stolen"'],
  )
    .argument('<peer>', 'peer ID of the node')
    .requiredOption('--reason <text>', 'why; it goes on every ledger')
    .option('--dry-run', 'only show what would be sealed')
    .action(revoke);
}

async function revoke(target: string, options: Options): Promise<void> {
  const client = await connect(options);
  const answer = await client.get(`/v1/revocations?target=${encodeURIComponent(target)}`);
  if (options.dryRun === true) {
    if (options.json === true) printJson(answer);
    else printPreview(objectIn(answer, 'preview'));
    return;
  }
  const done = await client.post('/v1/revocations', { target, reason: options.reason });
  if (options.json === true) {
    printJson(done);
    return;
  }
  printPreview(objectIn(done, 'preview'));
  printText(`stated  ${textIn(done, 'hash')}`);
  await printSigners(client, target);
}

function printPreview(preview: ReturnType<typeof objectIn>): void {
  printText(
    `of its ${numberIn(preview, 'entries')} entries ${numberIn(preview, 'kept')} are final and stay; ` +
      `${numberIn(preview, 'quarantined')} go into quarantine when the revocation is in force`,
  );
}

async function printSigners(client: NodeClient, target: string): Promise<void> {
  const answer = await client.get(`/v1/revocations?target=${encodeURIComponent(target)}`);
  const [known] = objectsIn(answer, 'revocations');
  if (known === undefined) return;
  const state = flagIn(known, 'in_force')
    ? 'in force'
    : `not in force: ${numberIn(answer, 'threshold')} witnesses are needed`;
  printText(`stated by ${counted(textsIn(known, 'signers').length, 'node', 'nodes')}; ${state}`);
}
