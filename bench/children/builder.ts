/** Writes a ledger of so many entries into a folder, through the store. */
import type { Config } from '../../src/config.ts';
import { loadKeyfile } from '../../src/identity/keyfile.ts';
import { openLevelStore } from '../../src/store/level-store.ts';
import { fillStore } from '../ledger.ts';
import { fail, readArgument, tell } from './parent.ts';

interface Argument {
  readonly config: Config;
  readonly federation: string;
  readonly entries: number;
}

async function main(): Promise<void> {
  const { config, federation, entries } = readArgument<Argument>();
  const identity = await loadKeyfile(config.key);
  const store = await openLevelStore({ directory: config.directory, federation, node: identity.peerId });
  await fillStore(store, identity, federation, entries);
  await store.close();
  tell('done');
  process.disconnect();
}

await main().catch(fail);
