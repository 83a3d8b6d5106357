/** tessrax init: a folder with all that a node needs, except the federation file. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { configSchema } from '../config.ts';
import { TessraxError } from '../core/errors.ts';
import { createKeyfile, loadKeyfile } from '../identity/keyfile.ts';
import { writeNewFile } from '../offline/files.ts';
import { commandWith, DEFAULT_DIRECTORY, directoryOption, type JsonOption } from './command.ts';
import { CONFIG_TEMPLATE } from './config-template.ts';
import { print, printJson } from './output.ts';

interface Options extends JsonOption {
  readonly dir: string;
}

export function command(): Command {
  return commandWith('init', 'Make a folder for a node: key and configuration. What is there is never overwritten.', [
    'tessrax init --dir tessrax-data',
  ])
    .addOption(directoryOption('folder to make').default(DEFAULT_DIRECTORY).env('TESSRAX_DIR'))
    .action(init);
}

async function init({ dir, json }: Options): Promise<void> {
  await makeFolder(dir);
  const key = join(dir, 'node.key');
  const config = join(dir, 'config.yaml');
  const madeKey = await unlessThere(async () => void (await createKeyfile(key, 'pem')));
  const madeConfig = await unlessThere(() => writeNewFile(config, CONFIG_TEMPLATE));
  await unlessThere(() =>
    writeNewFile(join(dir, 'config.schema.json'), `${JSON.stringify(configSchema(), null, 2)}\n`),
  );
  const { peerId } = await loadKeyfile(key);
  if (json) {
    printJson({ peer_id: peerId, dir, made: [...(madeKey ? [key] : []), ...(madeConfig ? [config] : [])] });
    return;
  }
  print(`${madeKey ? 'made' : 'kept'} ${key}: ${peerId}`);
  print(`${madeConfig ? 'made' : 'kept'} ${config}`);
  print('');
  print(`Next: put the federation file at ${join(dir, 'federation.json')} (get it from a member, or make one:`);
  print(
    `  tessrax federation create --name NAME --witness ${peerId}@ORGANISATION --out ${join(dir, 'federation.json')})`,
  );
  print(`then: tessrax start --dir ${dir}`);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TessraxError('folder_unwritable', `cannot make the folder ${path}: ${why}`, {
      remedy: 'choose another with --dir',
      cause: error,
    });
  }
}

/** False when the file exists already. */
async function unlessThere(make: () => Promise<void>): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (error instanceof TessraxError && (error.code === 'file_exists' || error.code === 'keyfile_exists'))
      return false;
    throw error;
  }
}
