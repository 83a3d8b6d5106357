import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { Level } from 'level';
import { BinaryWriter } from '../../../src/core/binary.ts';
import { type Vote, writeVote } from '../../../src/core/federation/vote.ts';
import type { Checkpoint } from '../../../src/core/ledger/ledger.ts';
import { ledgerLeaf } from '../../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { readHeartbeat, signHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { type Database, scan } from '../../../src/store/database.ts';
import {
  bucketRange,
  metaKey,
  originKey,
  roundKey,
  SCHEMA_VERSION,
  SCHEMA_VERSION_BEFORE,
} from '../../../src/store/keys.ts';
import { sealedBytes, sealedText, unsealText } from '../../../src/store/records.ts';
import { ALICE, BOB, CAROL, plain, type TestKey, testKey } from '../core/fixtures.ts';
import { heartbeatDraft } from '../core/forks.ts';
import { EMPTY_BATCH } from './feed-fixture.ts';
import { Folders } from './folders.ts';

const FEEDS = Array.from({ length: 40 }, (_, i) => testKey(20 + i));
const WITNESSES = [ALICE, BOB, CAROL];

const checkpointOn = (key: TestKey, size: number): Checkpoint => ({
  origin: key.peer,
  size,
  root: new Uint8Array(32).fill(size),
});

/** One heartbeat of a witness that names these, as votes for each. */
function votesOf(witness: TestKey, checkpoints: readonly Checkpoint[]): Vote[] {
  const { core, job } = readHeartbeat(signHeartbeat(heartbeatDraft(witness, checkpoints, {}), witness.sign));
  const tree = new MerkleTree(checkpoints.map(ledgerLeaf));
  return checkpoints.map((checkpoint, index) => ({
    witness: witness.peer,
    checkpoint,
    core,
    signature: job.signature,
    tree: 'changed',
    index,
    path: tree.inclusion(index),
  }));
}

/** What all witnesses say of these feeds at a size. */
const roundOn = (feeds: readonly TestKey[], size: number): Vote[] =>
  WITNESSES.flatMap((witness) =>
    votesOf(
      witness,
      feeds.map((feed) => checkpointOn(feed, size)),
    ),
  );

describe('votes on disk', () => {
  const folders = new Folders();
  let directory: string;
  beforeEach(async () => {
    directory = await folders.make();
  });
  afterEach(() => folders.clean());

  async function write(...rounds: readonly (readonly Vote[])[]): Promise<void> {
    const store = await folders.open(directory);
    for (const votes of rounds) await store.write({ ...EMPTY_BATCH, votes });
    await folders.close();
  }

  async function inDatabase<T>(change: (db: Database) => Promise<T>): Promise<T> {
    const options = { keyEncoding: 'view', valueEncoding: 'view' };
    const db = new Level<Uint8Array, Uint8Array>(join(directory, 'ledger'), options);
    try {
      return await change(db);
    } finally {
      await db.close();
    }
  }

  /** Keys of a bucket, and the bytes of all its records. */
  const bucket = (name: 'votes' | 'heartbeats') =>
    inDatabase(async (db) => {
      const keys: Uint8Array[] = [];
      let bytes = 0;
      for await (const pairs of scan(db, { ...bucketRange(name), chunkPairs: 100, chunkBytes: 100_000 }))
        for (const [key, value] of pairs) {
          keys.push(Uint8Array.from(key));
          bytes += key.length + value.length;
        }
      return { keys, bytes };
    });

  async function expectVotes(feed: TestKey, votes: readonly Vote[]): Promise<void> {
    const store = await folders.open(directory);
    const ofFeed = votes.filter(({ checkpoint }) => checkpoint.origin === feed.peer);
    deepEqual(plain(await store.votes(feed.peer)), plain(ofFeed));
    await folders.close();
  }

  it('hold a heartbeat once for all feeds, and a checkpoint with its path once for all witnesses', async () => {
    const votes = roundOn(FEEDS, 3);
    await write(votes);
    const [feeds, heartbeats] = [await bucket('votes'), await bucket('heartbeats')];
    deepEqual([feeds.keys.length, heartbeats.keys.length], [FEEDS.length, 1]);
    ok(heartbeats.bytes < WITNESSES.length * 260, `${heartbeats.bytes} bytes of heartbeats`);
    const place = 1 + 32 + 3 + 6 * 32;
    ok(feeds.bytes < FEEDS.length * (place + 60), `${feeds.bytes} bytes of ${FEEDS.length} feeds`);
    for (const feed of FEEDS.slice(0, 3)) await expectVotes(feed, votes);
  });

  it('let a round of heartbeats go with the last feed that rests on it, over restarts too', async () => {
    const [first, ...others] = FEEDS;
    ok(first !== undefined);
    await write(roundOn(FEEDS, 3), roundOn([first], 4));
    deepEqual((await bucket('heartbeats')).keys, [roundKey(1), roundKey(2)]);
    await write(roundOn([first], 5));
    deepEqual((await bucket('heartbeats')).keys, [roundKey(1), roundKey(3)]);
    const last = roundOn(others, 6);
    await write(last);
    deepEqual((await bucket('heartbeats')).keys, [roundKey(3), roundKey(4)]);
    await expectVotes(others[7] ?? first, last);
    await expectVotes(first, roundOn([first], 5));
  });

  it('stay bounded, however often feeds are certified', async () => {
    const some = FEEDS.slice(0, 4);
    const rounds = Array.from({ length: 50 }, (_, i) => roundOn(some.slice(i % 4), i + 1));
    await write(...rounds);
    ok((await bucket('heartbeats')).keys.length <= some.length);
    equal((await bucket('votes')).keys.length, some.length);
  });

  it('that rest on a round which is not there are damage', async () => {
    await write(roundOn(FEEDS, 3));
    await inDatabase((db) => db.del(roundKey(1)));
    const store = await folders.open(directory);
    await rejects(store.votes(FEEDS[0]?.peer ?? ''), { code: 'store_corrupt' });
  });

  describe('in a folder of schema 1', () => {
    const votes = roundOn(FEEDS.slice(0, 3), 3);

    /** Votes as they were kept, each with its heartbeat. */
    async function makeOld(alone: readonly Vote[]): Promise<void> {
      await inDatabase(async (db) => {
        for (const vote of alone) {
          const [feed, witness] = [FEEDS, WITNESSES].map(
            (keys, i) => keys.find(({ peer }) => peer === (i === 0 ? vote.checkpoint.origin : vote.witness))?.publicKey,
          );
          const writer = new BinaryWriter();
          writeVote(writer, vote);
          const key = originKey('votes', feed ?? new Uint8Array(), witness ?? new Uint8Array());
          await db.put(key, sealedBytes(key, writer.finish()));
        }
        const schema = metaKey('schema');
        await db.put(schema, sealedText(schema, SCHEMA_VERSION_BEFORE));
      });
    }

    const byWitness = (list: readonly Vote[]) => [...list].sort((a, b) => (a.witness < b.witness ? -1 : 1));

    async function expectUpgraded(): Promise<void> {
      const store = await folders.open(directory);
      for (const feed of FEEDS.slice(0, 3)) {
        const expected = votes.filter(({ checkpoint }) => checkpoint.origin === feed.peer);
        deepEqual(plain(byWitness(await store.votes(feed.peer))), plain(byWitness(expected)));
      }
      await folders.close();
      const { keys } = await bucket('votes');
      deepEqual(
        keys.map(({ length }) => length),
        [33, 33, 33],
      );
      const schema = metaKey('schema');
      equal(
        await inDatabase(async (db) => unsealText(schema, (await db.get(schema)) ?? new Uint8Array())),
        SCHEMA_VERSION,
      );
    }

    it('are brought to the present form when it is opened', async () => {
      await write();
      await makeOld(votes);
      await expectUpgraded();
    });

    it('are brought there also when the first attempt ended in the middle', async () => {
      const [first] = FEEDS;
      await write(votes.filter(({ checkpoint }) => checkpoint.origin === first?.peer));
      await makeOld(votes.filter(({ checkpoint }) => checkpoint.origin !== first?.peer));
      await expectUpgraded();
    });
  });
});
