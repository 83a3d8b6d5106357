/** The running node, over its HTTP API: found by its folder or by address. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeClient } from '../client/connection.ts';
import { TessraxError } from '../core/errors.ts';
import { DEFAULT_DIRECTORY, type NodeOptions } from './command.ts';
import { usageError } from './exit.ts';

const ADDRESS_FILE = 'api.json';
const TOKEN_FILE = 'api.token';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):/;
const HOST_PORT = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/;

/** Finds the node. Rejects with `node_not_running` when its folder names no API. Nothing is sent yet. */
export async function connect({ dir, api }: NodeOptions): Promise<NodeClient> {
  if (api === undefined) return new NodeClient(await urlInFolder(dir), await tokenInFolder(dir));
  if (!HOST_PORT.test(api)) throw usageError(`--api: "${api}" is not HOST:PORT`, 'for example --api 127.0.0.1:7420');
  // The token is this folder's: it is shown to this machine, or to where somebody says that the folder's node is, and to nobody else.
  const belongs = LOOPBACK.test(api) || dir !== DEFAULT_DIRECTORY;
  return new NodeClient(`http://${api}`, belongs ? await tokenInFolder(dir) : undefined);
}

async function urlInFolder(dir: string): Promise<string> {
  const path = join(dir, ADDRESS_FILE);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new TessraxError('node_not_running', `no node runs in ${dir}`, {
      remedy: `start it: tessrax start --dir ${dir}; or name it with --dir or --api HOST:PORT`,
      fields: { dir },
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string') return value.url;
  throw new TessraxError('node_not_running', `${path} names no address`, {
    remedy: 'start the node again',
    fields: { dir },
  });
}

async function tokenInFolder(dir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dir, TOKEN_FILE), 'utf8')).trim();
  } catch {
    return undefined; // none is needed on loopback, and elsewhere the node says that it misses it
  }
}
