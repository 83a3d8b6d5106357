/** tessrax id: whose key a keyfile holds. */
import type { Command } from 'commander';
import { toHex } from '../core/bytes.ts';
import { loadKeyfile } from '../identity/keyfile.ts';
import { commandWith, type JsonOption } from './command.ts';
import { print, printJson } from './output.ts';

interface Options extends JsonOption {
  readonly key: string;
}

export function command(): Command {
  return commandWith('id', 'Print the peer ID of a key.', ['tessrax id --key tessrax-data/node.key'])
    .requiredOption('--key <file>', 'keyfile: PKCS#8 PEM, or a libp2p key')
    .action(async ({ key, json }: Options) => {
      const { peerId, publicKey } = await loadKeyfile(key);
      if (json) printJson({ peer_id: peerId, public_key: toHex(publicKey) });
      else print(peerId);
    });
}
