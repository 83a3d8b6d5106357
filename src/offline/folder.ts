/**
 * Examines the data folder of a stopped node: first its files, byte for byte, before LevelDB may touch them; then every record, from the
 * first entry of each feed to the index. The folder's lock is held meanwhile.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TessraxError } from '../core/errors.ts';
import type { Federation } from '../core/federation/genesis.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { codeOf, storeError } from '../store/failures.ts';
import { findFolderDamage, findTablesDamage } from '../store/folder.ts';
import { SCHEMA_VERSION, SCHEMA_VERSION_BEFORE } from '../store/keys.ts';
import { lockedError } from '../store/lock.ts';
import { readMeta } from '../store/opening.ts';
import type { AuditContext, Verdict } from './context.ts';
import { Faults } from './faults.ts';
import { loadFederationFile } from './federation-file.ts';
import { checkKeyfile } from './keyfile-check.ts';
import { LedgerAudit } from './ledger-audit.ts';

const DATABASE_FOLDER = 'ledger';
const FEDERATION_FILE = 'federation.json';
const KEYFILE = 'node.key';
const LOCKED_CODE = 'LEVEL_LOCKED';

/** Whether there is a database in it. */
export async function isDataFolder(directory: string): Promise<boolean> {
  try {
    return (await stat(join(directory, DATABASE_FOLDER))).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw storeError(error, directory);
  }
}

/** Rejects with `store_locked`, `store_version`, `federation_missing`, `store_failed`; damage is in the verdict. */
export async function verifyFolder(directory: string, context: AuditContext): Promise<Verdict> {
  const location = join(directory, DATABASE_FOLDER);
  const faults = new Faults();
  await checkFiles(location, faults);
  if (faults.count > 0) return faults.verdict(directory, 'folder', undefined);
  let db: Database;
  try {
    db = await openDatabase(location);
  } catch (error) {
    if (codeOf(error) === LOCKED_CODE) throw await lockedError(directory, error);
    const failure = storeError(error, directory);
    if (failure.code !== 'store_corrupt') throw failure;
    faults.catch(DATABASE_FOLDER, failure);
    return faults.verdict(directory, 'folder', undefined);
  }
  try {
    const audit = await examine(db, directory, { ...context, faults });
    return faults.verdict(directory, 'folder', audit?.summary());
  } finally {
    await db.close();
  }
}

async function checkFiles(location: string, faults: Faults): Promise<void> {
  try {
    const damage = (await findFolderDamage(location)) ?? (await findTablesDamage(location, Number.POSITIVE_INFINITY));
    if (damage !== undefined) faults.add(DATABASE_FOLDER, 'file_damaged', damage);
  } catch (error) {
    throw storeError(error, location);
  }
}

/** The audit, or undefined when the folder does not say whose it is. */
async function examine(
  db: Database,
  directory: string,
  { verifier, pin, faults, onEntry }: AuditContext & { readonly faults: Faults },
): Promise<LedgerAudit | undefined> {
  const owner = await readOwner(db, directory, faults);
  if (owner === undefined) return undefined;
  const federation = await federationOf(directory, pin, faults);
  if (federation === undefined) return undefined;
  if (federation.id !== owner.federation) {
    faults.add(
      DATABASE_FOLDER,
      'wrong_federation',
      `it belongs to federation ${owner.federation}, not to ${federation.id}`,
    );
    return undefined;
  }
  await checkKeyfile(join(directory, KEYFILE), owner.node, faults);
  const audit = new LedgerAudit({
    db,
    federation,
    node: owner.node,
    verifier,
    faults,
    ...(onEntry === undefined ? {} : { onEntry }),
  });
  await audit.run();
  return audit;
}

async function readOwner(
  db: Database,
  directory: string,
  faults: Faults,
): Promise<{ readonly federation: string; readonly node: string } | undefined> {
  try {
    const [schema, federation, node] = await Promise.all([
      readMeta(db, 'schema'),
      readMeta(db, 'federation'),
      readMeta(db, 'node'),
    ]);
    if (schema !== undefined && schema !== SCHEMA_VERSION && schema !== SCHEMA_VERSION_BEFORE) {
      throw new TessraxError(
        'store_version',
        `the store in ${directory} has schema ${schema}; this program reads ${SCHEMA_VERSION}`,
      );
    }
    if (schema !== undefined && federation !== undefined && node !== undefined) return { federation, node };
    faults.add(DATABASE_FOLDER, 'store_corrupt', 'it does not say whose store it is');
  } catch (error) {
    if (error instanceof TessraxError && error.code === 'store_version') throw error;
    faults.catch(DATABASE_FOLDER, error);
  }
  return undefined;
}

/** The pinned federation, or that of the folder's own file. */
async function federationOf(
  directory: string,
  pin: Federation | undefined,
  faults: Faults,
): Promise<Federation | undefined> {
  if (pin !== undefined) return pin;
  const path = join(directory, FEDERATION_FILE);
  try {
    return (await loadFederationFile(path)).federation;
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    if (error.code === 'federation_missing') {
      throw new TessraxError('federation_missing', `there is no federation file ${path}`, {
        remedy: 'name it: tessrax verify --federation FILE DIR',
        cause: error,
      });
    }
    faults.catch(FEDERATION_FILE, error);
    return undefined;
  }
}
