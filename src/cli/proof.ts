/** tessrax proof: that an entry is in the ledger, for people who have neither node nor ledger. */
import type { Command } from 'commander';
import { readProof } from '../core/proof.ts';
import { replaceFile } from '../offline/files.ts';
import { connect } from './client.ts';
import { type NodeOptions, nodeCommand } from './command.ts';
import { checkHash } from './hash.ts';
import { jsonText, print, printJson, printText } from './output.ts';

interface Options extends NodeOptions {
  readonly out?: string;
}

export function command(): Command {
  return nodeCommand('proof', 'Get the proof that an entry is in the ledger. tessrax verify checks it offline.', [
    'tessrax proof 3f0c… --out proof.json',
  ])
    .argument('<hash>', 'receipt hash, 64 hex digits')
    .option('--out <file>', 'file to write; without it, standard output')
    .action(prove);
}

async function prove(text: string, options: Options): Promise<void> {
  const hash = checkHash(text);
  const client = await connect(options);
  const json = await client.get(`/v1/receipts/${hash}/proof`);
  const { statement } = readProof(json);
  const { out } = options;
  if (out === undefined) {
    print(jsonText(json, options.json === true ? undefined : 2));
    return;
  }
  const file = await replaceFile(out);
  try {
    await file.write(`${JSON.stringify(json, null, 2)}\n`);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
  if (options.json === true) printJson({ path: out, hash, node: statement.node, height: statement.height });
  else printText(`${out}: entry ${hash} in a ledger of ${statement.height} entries, signed by ${statement.node}`);
}
