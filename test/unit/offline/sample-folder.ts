/** The data folder of Bob's node after it took over Alice's entries and saw witnesses vouch for them. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/core/bytes.ts';
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import type { Draft, StoreBatch } from '../../../src/core/events.ts';
import type { Vote } from '../../../src/core/federation/vote.ts';
import { admit, emptyHead } from '../../../src/core/ledger/admission.ts';
import { type Checkpoint, checkpointOf } from '../../../src/core/ledger/ledger.ts';
import { EMPTY_ROOT } from '../../../src/core/merkle/hash.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { identityOfSeed } from '../../../src/identity/identity.ts';
import { writeKey } from '../../../src/identity/key-formats.ts';
import { type Database, openDatabase, scan } from '../../../src/store/database.ts';
import { openLevelStore } from '../../../src/store/level-store.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION, FEDERATION_FILE, type TestKey } from '../core/fixtures.ts';
import { feedOf, flatOf, numbered, type SampleFeed } from './sample.ts';

/** More than 256 entries: the tree of Alice's feed has a kept subtree. */
export const ALICE_FEED = feedOf(ALICE, numbered(300));
/** The entry of Bob's that governs. */
export const BOB_DECISION = 19;
export const BOB_FEED = feedOf(BOB, [
  ...numbered(BOB_DECISION),
  {
    type: 'GOVERNANCE',
    body: { action: 'proposal', epoch: 0, ballot: 0, kind: 'decision', title: 'Mondays', text: '' },
  },
]);

/** A body in which one bit can change what it says. */
function syncEvent(target: TestKey, from: number, to: number): Draft {
  const ranges = [[ALICE.peer, from, to]];
  return {
    type: 'SYNC_EVENT',
    body: { target: target.peer, delta_merkle_root: toHex(EMPTY_ROOT), entries: to - from, ranges },
  };
}

const ALICE_JOURNAL = feedOf(ALICE, [syncEvent(BOB, 0, 300)], 'journal');
const BOB_JOURNAL = feedOf(BOB, [syncEvent(CAROL, 0, 200), syncEvent(CAROL, 200, 300)], 'journal');

/** The statement of Alice that Bob keeps. */
export const STATEMENT: JsonObject = flatOf(ALICE_JOURNAL, 0);

/** A witness's vote for one checkpoint, by a heartbeat that names only this one. */
export function voteOf(witness: TestKey, checkpoint: Checkpoint): Vote {
  const data = signHeartbeat(
    {
      federation: FEDERATION.id,
      node: witness.peer,
      epoch: 0,
      closed: false,
      counter: 1,
      timestampMs: EPOCH_MS,
      height: checkpoint.size,
      feeds: 1,
      root: EMPTY_ROOT,
      journal: { origin: witness.peer, size: 0, root: EMPTY_ROOT },
      checkpoints: [checkpoint],
    },
    (message) => witness.sign(message),
  );
  const { core, job } = readHeartbeat(data);
  return { witness: witness.peer, checkpoint, core, signature: job.signature, tree: 'changed', index: 0, path: [] };
}

function batchOf(feed: SampleFeed, from: number, to: number): StoreBatch {
  const { origin, log } = feed.head;
  const before = admit(emptyHead(origin, log), feed.entries.slice(0, from), Number.POSITIVE_INFINITY).head;
  const { head, subtrees } = admit(before, feed.entries.slice(from, to), Number.POSITIVE_INFINITY);
  return { entries: feed.entries.slice(from, to), heads: [head], subtrees, statements: [] };
}

/** Writes the folder: some of it in tables, some in the write-ahead log. */
export async function makeFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tessrax-folder-'));
  await writeFile(join(directory, 'federation.json'), JSON.stringify(FEDERATION_FILE));
  await writeFile(join(directory, 'node.key'), writeKey(identityOfSeed(BOB.seed), 'pem'), { mode: 0o600 });
  const options = { directory, federation: FEDERATION.id, node: BOB.peer };
  const first = await openLevelStore(options);
  await first.write(batchOf(ALICE_FEED, 0, 200));
  await first.write(batchOf(BOB_JOURNAL, 0, 1));
  await first.close();
  const second = await openLevelStore(options); // opening moves what was in the log into a table
  await second.write(batchOf(ALICE_FEED, 200, 300));
  await second.write({
    ...batchOf(BOB_JOURNAL, 1, 2),
    statements: [{ hash: statementHash(), json: JSON.stringify(STATEMENT) }],
  });
  await second.write({ ...batchOf(BOB_FEED, 0, 20), counterReserved: 1024 });
  const certified = checkpointOf(ALICE_FEED.head);
  await second.write({
    entries: [],
    heads: [],
    subtrees: [],
    statements: [],
    votes: [ALICE, BOB, CAROL].map((witness) => voteOf(witness, certified)),
    certified: [{ origin: ALICE.peer, size: certified.size }],
  });
  await second.putValue('peer_book', '[]');
  await second.close();
  return directory;
}

function statementHash(): Uint8Array {
  const [entry] = ALICE_JOURNAL.entries;
  if (entry === undefined) throw new Error('no statement');
  return entry.hash;
}

/** A copy that may be damaged. */
export async function copyFolder(directory: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'tessrax-copy-'));
  await mkdir(join(copy, 'ledger'));
  for (const file of await filesOf(directory)) await copyFile(join(directory, file), join(copy, file));
  return copy;
}

/** Files of a folder and of its database, as paths in it. */
export async function filesOf(directory: string): Promise<string[]> {
  const top = await readdir(directory, { withFileTypes: true });
  const database = await readdir(join(directory, 'ledger'));
  return [
    ...top.filter((entry) => entry.isFile()).map(({ name }) => name),
    ...database.map((name) => join('ledger', name)),
  ].sort();
}

export async function removeFolder(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** Runs an action on the database of a folder. */
export async function inDatabase<T>(directory: string, action: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase(join(directory, 'ledger'));
  try {
    return await action(db);
  } finally {
    await db.close();
  }
}

/** Every record, as text. */
export async function recordsOf(directory: string): Promise<string[]> {
  const records: string[] = [];
  await inDatabase(directory, async (db) => {
    const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff), chunkPairs: 1000, chunkBytes: 1_000_000 };
    for await (const pairs of scan(db, everything))
      for (const [key, value] of pairs) records.push(`${toHex(key)} ${toHex(value)}`);
  });
  return records;
}
