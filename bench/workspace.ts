/** A temporary folder with a federation of some nodes: keys, federation file, and the configuration of each. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../src/config.ts';
import { draftFederation, type Federation, readFederation } from '../src/core/federation/genesis.ts';
import { createKeyfile, type Identity } from '../src/identity/keyfile.ts';
import type { Log } from '../src/ports.ts';

export interface Member {
  readonly identity: Identity;
  readonly config: Config;
}

export interface Workspace {
  readonly directory: string;
  readonly federation: Federation;
  readonly members: readonly Member[];
}

/** Runs `work` in a new workspace and removes it afterwards, whatever happened. */
export async function withWorkspace<T>(nodes: number, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tessrax-bench-'));
  try {
    return await work(await makeWorkspace(directory, nodes));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeWorkspace(directory: string, nodes: number): Promise<Workspace> {
  const identities: { folder: string; identity: Identity }[] = [];
  for (let i = 1; i <= nodes; i++) {
    const folder = join(directory, `node${i}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    identities.push({ folder, identity: await createKeyfile(join(folder, 'node.key'), 'pem') });
  }
  const witnesses = identities.map(({ identity }, i) => ({ peer: identity.peerId, organisation: `org${i + 1}` }));
  const file = draftFederation({ name: 'bench', witnesses });
  const federationFile = join(directory, 'federation.json');
  await writeFile(federationFile, JSON.stringify(file));
  const members: Member[] = [];
  for (const { folder, identity } of identities) {
    members.push({ identity, config: await nodeConfig(folder, federationFile) });
  }
  return { directory, federation: readFederation(file), members };
}

/** On loopback, with ports of the system's choice, and no discovery but the bootstrap addresses. */
function nodeConfig(directory: string, federation: string): Promise<Config> {
  const flags = {
    directory,
    federation,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    dht: 'off',
    api: '127.0.0.1:0',
    log_level: 'warn',
    alone: true, // a bench may begin before its nodes have met
  };
  return loadConfig({ flags, environment: {} });
}

/** What goes wrong in a node under measurement is seen on standard error; the rest is not. */
export const quietLog: Log = {
  debug() {},
  info() {},
  warn: (message, fields) => printProblem(message, fields),
  error: (message, fields) => printProblem(message, fields),
};

function printProblem(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`bench: ${message} ${JSON.stringify(fields)}\n`);
}
