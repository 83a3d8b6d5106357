/** tessrax keygen: a new key in a new file. */
import { type Command, Option } from 'commander';
import { createKeyfile, type KeyFormat } from '../identity/keyfile.ts';
import { commandWith, type JsonOption } from './command.ts';
import { print, printJson } from './output.ts';

interface Options extends JsonOption {
  readonly out: string;
  readonly format: KeyFormat;
}

export function command(): Command {
  return commandWith('keygen', 'Make an Ed25519 key. An existing file is never overwritten.', [
    'tessrax keygen --out node.key',
  ])
    .option('--out <file>', 'file to make, readable by its owner only', 'node.key')
    .addOption(
      new Option('--format <format>', 'PKCS#8 PEM, or the protobuf of libp2p')
        .choices(['pem', 'libp2p'])
        .default('pem'),
    )
    .action(async ({ out, format, json }: Options) => {
      const { peerId } = await createKeyfile(out, format);
      if (json) printJson({ peer_id: peerId, path: out });
      else print(`${peerId}  ${out}`);
    });
}
