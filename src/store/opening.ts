/** What is checked when a store opens: whose it is, and that each feed ends where its head says. Its cost grows with the feeds only. */
import { BinaryReader } from '../core/binary.ts';
import { equalBytes, toHex } from '../core/bytes.ts';
import { TessraxError } from '../core/errors.ts';
import type { SealRecord } from '../core/events.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type PeerIdText, peerIdOf } from '../core/peer-id.ts';
import { readStatement, type Statement } from '../core/sync/statement.ts';
import type { StoreSnapshot } from '../ports.ts';
import { type Database, getValue, getValues, scan } from './database.ts';
import { corruptError, storeError } from './failures.ts';
import { COMMIT_KEY } from './group-commit.ts';
import {
  bucketRange,
  decisionsRange,
  entryKey,
  type FeedKeys,
  type MetaName,
  metaKey,
  originOfKey,
  SCHEMA_VERSION,
  SCHEMA_VERSION_BEFORE,
} from './keys.ts';
import { sealedText, unseal, unsealEntry, unsealHead, unsealNumber, unsealText } from './records.ts';
import { readSealRecord } from './seal-record.ts';

/** Heads whose last entries are in memory at once while they are checked. */
const HEADS_PER_CHECK = 128;

export interface StoreIdentity {
  /** Federation ID, hex. */
  readonly federation: string;
  readonly node: PeerIdText;
}

/** Marks a new database as ours, or checks that an old one is. Gives back its schema: the present one, or the one before. */
export async function checkIdentity(db: Database, directory: string, identity: StoreIdentity): Promise<string> {
  const schema = await readMeta(db, 'schema');
  if (schema === undefined) {
    if (!(await isEmpty(db))) throw corruptError('it has data but no schema version', { directory });
    await writeIdentity(db, identity);
    return SCHEMA_VERSION;
  }
  if (schema !== SCHEMA_VERSION && schema !== SCHEMA_VERSION_BEFORE) {
    throw new TessraxError(
      'store_version',
      `the store in ${directory} has schema ${schema}; this program reads ${SCHEMA_VERSION}`,
      {
        remedy: 'use the version of the program that wrote it, or give the node a new folder',
        fields: { directory, schema },
      },
    );
  }
  const federation = (await readMeta(db, 'federation')) ?? 'none';
  if (federation !== identity.federation) {
    throw new TessraxError('store_wrong_federation', `the store in ${directory} belongs to federation ${federation}`, {
      remedy: `start with that federation's file, or give federation ${identity.federation} a folder of its own`,
      fields: { directory, federation },
    });
  }
  const node = (await readMeta(db, 'node')) ?? 'none';
  if (node !== identity.node) {
    throw new TessraxError('store_wrong_node', `the store in ${directory} belongs to node ${node}`, {
      remedy: `start with that node's key, or give node ${identity.node} a folder of its own`,
      fields: { directory, node },
    });
  }
  return schema;
}

/** All heads, in the order of log and public key. */
export async function readHeads(db: Database): Promise<FeedHead[]> {
  const heads: FeedHead[] = [];
  const range = { ...bucketRange('heads'), chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  for await (const pairs of scan(db, range)) for (const [key, value] of pairs) heads.push(unsealHead(key, value));
  return heads;
}

/** How much of each feed is certified. */
export async function readCertified(db: Database): Promise<{ origin: PeerIdText; size: number }[]> {
  const certified: { origin: PeerIdText; size: number }[] = [];
  const range = {
    ...bucketRange('certified'),
    chunkPairs: STORE_READ_CHUNK_ENTRIES,
    chunkBytes: STORE_READ_CHUNK_BYTES,
  };
  for await (const pairs of scan(db, range)) {
    for (const [key, value] of pairs)
      certified.push({ origin: peerIdOf(originOfKey(key)), size: unsealNumber(key, value) });
  }
  return certified;
}

/** Statements that revoke nodes. */
export async function readRevocations(db: Database): Promise<{ target: PeerIdText; statement: Statement }[]> {
  const revocations: { target: PeerIdText; statement: Statement }[] = [];
  const range = {
    ...bucketRange('revocations'),
    chunkPairs: STORE_READ_CHUNK_ENTRIES,
    chunkBytes: STORE_READ_CHUNK_BYTES,
  };
  for await (const pairs of scan(db, range)) {
    for (const [key, value] of pairs) {
      revocations.push({
        target: peerIdOf(originOfKey(key)),
        statement: readStatement(new BinaryReader(unseal(key, value))),
      });
    }
  }
  return revocations;
}

/** Decisions of this epoch and those that follow, up to so many bytes, and one at least. */
export async function readDecisions(db: Database, from: number, bytesMax: number): Promise<Uint8Array[]> {
  const decisions: Uint8Array[] = [];
  const range = { ...decisionsRange(from), chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  let bytes = 0;
  for await (const pairs of scan(db, range)) {
    for (const [key, value] of pairs) {
      const decision = Uint8Array.from(unseal(key, value)); // not a view of the chunk
      bytes += decision.length;
      if (decisions.length > 0 && bytes > bytesMax) return decisions;
      decisions.push(decision);
    }
  }
  return decisions;
}

/** The feeds that are sealed. */
export async function readSeals(db: Database): Promise<SealRecord[]> {
  const seals: SealRecord[] = [];
  const range = { ...bucketRange('seals'), chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  for await (const pairs of scan(db, range))
    for (const [key, value] of pairs) seals.push(readSealRecord(unseal(key, value)));
  return seals;
}

/** Rejects with `store_corrupt` unless each head's last entry is there, with the head's hash. */
export async function checkHeads(db: Database, keys: FeedKeys): Promise<void> {
  const heads = (await readHeads(db)).filter((head) => head.size > 0);
  for (let at = 0; at < heads.length; at += HEADS_PER_CHECK) {
    const some = heads.slice(at, at + HEADS_PER_CHECK);
    const entryKeys = some.map((head) => entryKey(keys.of(head.origin, head.log), head.size - 1));
    const values = await getValues(db, entryKeys);
    some.forEach((head, i) => {
      checkHead(head, entryKeys[i], values[i]);
    });
  }
}

export async function readMeta(db: Database, name: Exclude<MetaName, 'commit'>): Promise<string | undefined> {
  const key = metaKey(name);
  const value = await getValue(db, key);
  return value === undefined ? undefined : unsealText(key, value);
}

/** All that a node needs to start. */
export async function readSnapshot(db: Database): Promise<StoreSnapshot> {
  return {
    heads: await readHeads(db),
    certified: await readCertified(db),
    seals: await readSeals(db),
    revocations: await readRevocations(db),
    decisions: await readDecisions(db, 0, Number.POSITIVE_INFINITY),
    votingSince: Number((await readMeta(db, 'voting')) ?? 0),
    counterReserved: Number((await readMeta(db, 'counter')) ?? 0),
  };
}

/** The number of the last group commit; 0 before the first. */
export async function readCommitted(db: Database): Promise<number> {
  const value = await getValue(db, COMMIT_KEY);
  return value === undefined ? 0 : unsealNumber(COMMIT_KEY, value);
}

function checkHead(head: FeedHead, key: Uint8Array | undefined, value: Uint8Array | undefined): void {
  const { origin, log, size } = head;
  const fields = { origin, log, size, hash: toHex(head.hash) };
  if (key === undefined || value === undefined)
    throw corruptError(`the last entry of the ${log} feed of ${origin} is missing`, fields);
  if (!equalBytes(unsealEntry(origin, log, key, value).hash, head.hash)) {
    throw corruptError(`the last entry of the ${log} feed of ${origin} is not the one its head names`, fields);
  }
}

/** Says whose store it is, and that it has the present schema. */
export async function writeIdentity(db: Database, { federation, node }: StoreIdentity): Promise<void> {
  const texts: readonly [MetaName, string][] = [
    ['schema', SCHEMA_VERSION],
    ['federation', federation],
    ['node', node],
  ];
  const puts = texts.map(([name, text]) => {
    const key = metaKey(name);
    return { type: 'put' as const, key, value: sealedText(key, text) };
  });
  try {
    await db.batch(puts, { sync: true });
  } catch (error) {
    throw storeError(error, db.location);
  }
}

async function isEmpty(db: Database): Promise<boolean> {
  const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff), limit: 1, chunkPairs: 1, chunkBytes: 1 };
  for await (const _ of scan(db, everything)) return false;
  return true;
}
