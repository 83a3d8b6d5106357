/** Keys and the federation file for a federation whose nodes keep one folder each. Run again it changes nothing; cut off, it goes on. */
import { chown, open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { canonicalize } from '../src/core/entry/canonical-json.ts';
import { parseStrict } from '../src/core/entry/strict-json.ts';
import { TessraxError } from '../src/core/errors.ts';
import { draftFederation, type Federation, readFederation } from '../src/core/federation/genesis.ts';
import type { PeerIdText } from '../src/core/peer-id.ts';
import { createKeyfile, loadKeyfile } from '../src/identity/keyfile.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Member {
  readonly folder: string;
  readonly peer: PeerIdText;
}

export interface Prepared {
  readonly federation: Federation;
  readonly members: readonly Member[];
}

const KEY = 'node.key';
const FEDERATION = 'federation.json';

/**
 * Gives every folder a key of its own and one federation file in which they are the witnesses, each under its folder's name; all of it belongs
 * to `owner`. Keys come first: while no federation file exists, nobody relies on them, and missing ones can be made.
 *
 * @throws TessraxError `volume_lost` (a federation exists and a folder has no key), `volume_foreign` (a folder is of another federation),
 *   and what keyfiles and federation files throw
 */
export async function prepareFolders(name: string, folders: readonly string[], owner: Owner): Promise<Prepared> {
  const existing = await existingFederation(folders);
  const members: Member[] = [];
  for (const folder of folders) members.push({ folder, peer: await memberOf(folder, existing?.federation) });
  const text = existing?.text ?? `${canonicalize(draftFederation({ name, witnesses: members.map(witnessOf) }))}\n`;
  const federation = readFederation(parseStrict(text));
  for (const { folder } of members) {
    if ((await textOf(join(folder, FEDERATION))) === undefined) await writeDurably(join(folder, FEDERATION), text);
    for (const path of [folder, join(folder, KEY), join(folder, FEDERATION)]) await chown(path, owner.uid, owner.gid);
  }
  return { federation, members };
}

function witnessOf({ folder, peer }: Member): { peer: PeerIdText; organisation: string } {
  return { peer, organisation: basename(folder) };
}

interface Existing {
  readonly text: string;
  readonly federation: Federation;
}

/** The federation file that some folders already have; all that do must have the same. */
async function existingFederation(folders: readonly string[]): Promise<Existing | undefined> {
  let found: Existing | undefined;
  for (const folder of folders) {
    const text = await textOf(join(folder, FEDERATION));
    if (text === undefined) continue;
    const federation = readFederation(parseStrict(text));
    if (found !== undefined && found.federation.id !== federation.id) throw foreign(folder);
    found ??= { text, federation };
  }
  return found;
}

/** The peer ID of a folder's key; a new key where none is needed to fit a federation. */
async function memberOf(folder: string, federation: Federation | undefined): Promise<PeerIdText> {
  const path = join(folder, KEY);
  try {
    const { peerId } = await loadKeyfile(path);
    if (federation !== undefined && !federation.witnesses.some(({ peer }) => peer === peerId)) throw foreign(folder);
    return peerId;
  } catch (error) {
    if (!(error instanceof TessraxError) || error.code !== 'keyfile_missing') throw error;
  }
  if (federation !== undefined) {
    throw new TessraxError('volume_lost', `${folder} has no key, but a federation that names its old key exists`, {
      remedy: 'restore the volume from a backup, or start anew with "docker compose down -v"',
      fields: { folder },
    });
  }
  return (await createKeyfile(path, 'pem')).peerId;
}

function foreign(folder: string): TessraxError {
  return new TessraxError('volume_foreign', `${folder} belongs to another federation than the folders before it`, {
    remedy: 'mount the volumes that were made together',
    fields: { folder },
  });
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Under another name until it is whole: a file with this name is always complete. */
async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
