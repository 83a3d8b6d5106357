import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BinaryWriter } from '../../../src/core/binary.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { encodeEntry } from '../../../src/core/entry/codec.ts';
import type { Vote } from '../../../src/core/federation/vote.ts';
import { writeVote } from '../../../src/core/federation/vote.ts';
import { checkpointOf } from '../../../src/core/ledger/ledger.ts';
import { identityOfSeed } from '../../../src/identity/identity.ts';
import { writeKey } from '../../../src/identity/key-formats.ts';
import type { Verdict } from '../../../src/offline/context.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import {
  entryKey,
  FeedKeys,
  governanceKey,
  hashKey,
  headKey,
  metaKey,
  originKey,
  roundKey,
  SCHEMA_VERSION_BEFORE,
  subtreeKey,
  valueKey,
} from '../../../src/store/keys.ts';
import { openLevelStore } from '../../../src/store/level-store.ts';
import {
  sealedBytes,
  sealedEntry,
  sealedHead,
  sealedNumber,
  sealedPlace,
  sealedText,
} from '../../../src/store/records.ts';
import { VoteRecords } from '../../../src/store/votes.ts';
import { ALICE, BOB, CAROL, FEDERATION, MALLORY, OPEN_FEDERATION } from '../core/fixtures.ts';
import { exportLines, feedOf, flatOf, numbered, rememberingVerifier, textOf } from './sample.ts';
import {
  ALICE_FEED,
  BOB_DECISION,
  BOB_FEED,
  copyFolder,
  inDatabase,
  makeFolder,
  removeFolder,
  STATEMENT,
  voteOf,
} from './sample-folder.ts';

const KEYS = new FeedKeys();
const ALICE_KEY = KEYS.of(ALICE.peer, 'ledger');

describe('verifying a data folder', () => {
  const verifier = rememberingVerifier();
  let sample = '';
  let folder = '';

  before(async () => {
    sample = await makeFolder();
  });
  after(() => removeFolder(sample));
  beforeEach(async () => {
    folder = await copyFolder(sample);
  });
  afterEach(() => removeFolder(folder));

  const verify = (): Promise<Verdict> => verifyPath(folder, { verifier });

  /** Puts a record, sealed as it must be: whoever can write the folder can do that. */
  async function put(key: Uint8Array, value: Uint8Array): Promise<void> {
    await inDatabase(folder, (db) => db.put(key, value));
  }

  async function expectFault(code: string, place: RegExp): Promise<void> {
    const { verified, faults } = await verify();
    equal(verified, false);
    const fault = faults.find((each) => each.code === code);
    match(fault?.place ?? `${JSON.stringify(faults)} has no ${code}`, place);
  }

  it('finds nothing wrong with what a node wrote', async () => {
    const { verified, faults, summary } = await verify();
    deepEqual(faults, []);
    equal(verified, true);
    deepEqual([summary?.entries, summary?.feeds, summary?.journalEntries], [320, 2, 2]);
  });

  it('tells of each entry of every feed, and of the journal', async () => {
    const told: string[] = [];
    await verifyPath(folder, { verifier, onEntry: (examined, total) => told.push(`${examined} of ${total}`) });
    deepEqual([told.length, told.at(0), told.at(-1)], [322, '1 of 322', '322 of 322']);
  });

  it('finds nothing wrong twice: looking changes nothing', async () => {
    const first = await verify();
    deepEqual(await verify(), first);
  });

  it('says that a running node holds the folder', async () => {
    const store = await openLevelStore({ directory: folder, federation: FEDERATION.id, node: BOB.peer });
    await rejects(verify(), { code: 'store_locked' });
    await store.close();
    equal((await verify()).verified, true);
  });

  it('needs the federation file, from the folder or from the caller', async () => {
    await rm(join(folder, 'federation.json'));
    await rejects(verify(), { code: 'federation_missing' });
    equal((await verifyPath(folder, { verifier, pin: FEDERATION })).verified, true);
    equal((await verifyPath(folder, { verifier, pin: OPEN_FEDERATION })).faults[0]?.code, 'wrong_federation');
  });

  it('is a folder with a ledger in it, and nothing else', async () => {
    await rejects(verifyPath(join(folder, 'ledger'), { verifier }), { code: 'not_recognised' });
    await rejects(verifyPath(join(folder, 'nothing'), { verifier }), { code: 'file_unreadable' });
  });

  it('does without the key, and says when it is another', async () => {
    await rm(join(folder, 'node.key'));
    equal((await verify()).verified, true);
    await writeFile(join(folder, 'node.key'), writeKey(identityOfSeed(MALLORY.seed), 'pem'), { mode: 0o600 });
    await expectFault('keyfile_mismatch', /node\.key$/);
  });

  /** An entry of the sample with a part of it changed, as a record. */
  async function putEntry(seq: number, change: object): Promise<void> {
    const entry = ALICE_FEED.entries[seq];
    if (entry === undefined) throw new RangeError(`no entry ${seq}`);
    const signature = entry.jobs[0]?.signature ?? new Uint8Array(64);
    const body = new TextEncoder().encode(`{"payload":{"n":${seq}}}`);
    const bytes = encodeEntry({
      type: 'RECEIPT',
      timestampMs: entry.timestampMs,
      nonce: entry.nonce,
      signature,
      body,
      ...change,
    });
    const key = entryKey(ALICE_KEY, seq);
    await put(key, sealedEntry(key, { ...entry, bytes }));
  }

  it('finds a body that was rewritten, and names the entry', async () => {
    await putEntry(7, { body: new TextEncoder().encode('{"payload":{"n":8}}') });
    await expectFault('hash_mismatch', new RegExp(`${ALICE.peer}, seq 7$`));
  });

  it('finds a signature that was replaced', async () => {
    await putEntry(9, { signature: new Uint8Array(64).fill(1) });
    await expectFault('signature_invalid', new RegExp(`${ALICE.peer}, seq 9$`));
  });

  it('finds an entry that is gone', async () => {
    await inDatabase(folder, (db) => db.del(entryKey(ALICE_KEY, 250)));
    await expectFault('store_corrupt', new RegExp(ALICE.peer));
  });

  it('finds a feed that was cut back together with its head', async () => {
    const shorter = feedOf(BOB, numbered(19)).head;
    const key = headKey(KEYS.of(BOB.peer, 'ledger'));
    await put(key, sealedHead(key, shorter));
    await expectFault('records_unaccounted', /^(?:entries|places)$/);
  });

  it('finds a head with another tree', async () => {
    const key = headKey(ALICE_KEY);
    const peaks = ALICE_FEED.head.peaks.map((peak, i) => (i === 0 ? new Uint8Array(32) : peak));
    await put(key, sealedHead(key, { ...ALICE_FEED.head, peaks }));
    await expectFault('head_wrong', new RegExp(`${ALICE.peer}, seq 300$`));
  });

  it('finds a subtree that is wrong, and one too many', async () => {
    const wrong = subtreeKey(ALICE_KEY, 8, 0);
    await put(wrong, sealedBytes(wrong, new Uint8Array(32)));
    await expectFault('subtree_wrong', new RegExp(ALICE.peer));
    await removeFolder(folder);
    folder = await copyFolder(sample);
    const extra = subtreeKey(ALICE_KEY, 8, 1);
    await put(extra, sealedBytes(extra, new Uint8Array(32)));
    await expectFault('records_unaccounted', /^subtrees$/);
  });

  it('finds an index that leads elsewhere, lacks an entry, or has one too many', async () => {
    const hash = BOB_FEED.entries[3]?.hash ?? new Uint8Array();
    const key = hashKey('places', hash);
    await put(key, sealedPlace(key, ALICE_KEY, 'ledger', 3));
    await expectFault('index_wrong', new RegExp(BOB.peer));
    await inDatabase(folder, (db) => db.del(key));
    await expectFault('index_incomplete', new RegExp(BOB.peer));
    await put(key, sealedPlace(key, KEYS.of(BOB.peer, 'ledger'), 'ledger', 3));
    const stray = hashKey('places', new Uint8Array(32));
    await put(stray, sealedPlace(stray, ALICE_KEY, 'ledger', 3));
    await expectFault('records_unaccounted', /^places$/);
  });

  it('finds an index of governance that lacks an entry, or has one too many', async () => {
    const key = governanceKey(BOB.publicKey, BOB_DECISION);
    await inDatabase(folder, (db) => db.del(key));
    await expectFault('index_incomplete', new RegExp(`${BOB.peer}`));
    await put(key, sealedBytes(key, new Uint8Array()));
    equal((await verify()).verified, true);
    const stray = governanceKey(ALICE.publicKey, 3);
    await put(stray, sealedBytes(stray, new Uint8Array()));
    await expectFault('records_unaccounted', /^governance$/);
  });

  it('finds a statement that is not what it is kept as', async () => {
    const key = hashKey('statements', new Uint8Array(32));
    await put(key, sealedText(key, JSON.stringify(STATEMENT)));
    await expectFault('statement_wrong', /^statements$/);
  });

  it('finds a statement that is none: an entry of the ledger', async () => {
    const [entry] = BOB_FEED.entries;
    const key = hashKey('statements', entry?.hash ?? new Uint8Array());
    await put(key, sealedText(key, JSON.stringify(flatOf(BOB_FEED, 0))));
    await expectFault('statement_wrong', /^statements$/);
  });

  it('finds a statement with a forged signature', async () => {
    const hash = Buffer.from(String(STATEMENT['hash']), 'hex');
    const key = hashKey('statements', hash);
    await put(key, sealedText(key, JSON.stringify({ ...STATEMENT, signature: toHex(new Uint8Array(64).fill(2)) })));
    await expectFault('signature_invalid', /^statement of/);
  });

  /** In place of the votes that are kept on Alice's feed. */
  async function putVotes(...votes: readonly Vote[]): Promise<void> {
    await inDatabase(folder, async (db) => {
      const records = await VoteRecords.load(db);
      const batch = db.batch();
      records.put(
        (key, value) => batch.put(key, value),
        (key) => batch.del(key),
        KEYS,
        votes,
      );
      await batch.write();
    });
  }

  it('finds votes that do not count: for another root, of no witness, forged, too few, one twice', async () => {
    const checkpoint = checkpointOf(ALICE_FEED.head);
    const two = [ALICE, BOB].map((witness) => voteOf(witness, checkpoint));
    const vote = voteOf(CAROL, checkpoint);
    await putVotes(...two, voteOf(CAROL, { ...checkpoint, root: new Uint8Array(32) }));
    await expectFault('vote_disagrees', new RegExp(ALICE.peer));
    await putVotes(...two, { ...vote, signature: new Uint8Array(64).fill(3) });
    await expectFault('signature_invalid', /^vote of/);
    await putVotes(...two, voteOf(CAROL, { ...checkpoint, size: 301 }));
    await expectFault('vote_beyond', new RegExp(ALICE.peer));
    await putVotes(...two);
    await expectFault('certified_short', new RegExp(ALICE.peer));
    await putVotes(...two, voteOf(MALLORY, checkpoint));
    await expectFault('vote_misplaced', new RegExp(ALICE.peer));
    await putVotes(...two, ...two);
    await expectFault('vote_misplaced', new RegExp(ALICE.peer));
    await putVotes(...two, vote);
    equal((await verify()).verified, true);
  });

  it('finds heartbeats that no vote is in, and votes without theirs', async () => {
    const stray = roundKey(9);
    await put(stray, sealedBytes(stray, Uint8Array.of(0)));
    await expectFault('records_unaccounted', /^heartbeats$/);
    await inDatabase(folder, (db) => db.del(roundKey(1)));
    await expectFault('store_corrupt', new RegExp(ALICE.peer));
  });

  it('verifies a folder of schema 1, which kept a heartbeat with each vote', async () => {
    const checkpoint = checkpointOf(ALICE_FEED.head);
    await inDatabase(folder, async (db) => {
      await db.del(roundKey(1));
      await db.del(originKey('votes', ALICE.publicKey));
    });
    for (const witness of [ALICE, BOB, CAROL]) {
      const writer = new BinaryWriter();
      writeVote(writer, voteOf(witness, checkpoint));
      const key = originKey('votes', ALICE.publicKey, witness.publicKey);
      await put(key, sealedBytes(key, writer.finish()));
    }
    const schema = metaKey('schema');
    await put(schema, sealedText(schema, SCHEMA_VERSION_BEFORE));
    equal((await verify()).verified, true);
  });

  it('finds a certified size without a feed, and records of no bucket', async () => {
    const key = originKey('certified', MALLORY.publicKey);
    await put(key, sealedNumber(key, 5));
    await expectFault('records_unaccounted', /^certified$/);
    await put(Uint8Array.of(200, 1), Uint8Array.of(1));
    await expectFault('record_unknown', /^unknown$/);
  });

  it('finds a record whose seal is broken', async () => {
    await put(valueKey('peer_book'), Uint8Array.of(1, 2, 3, 4, 5, 6));
    await expectFault('store_corrupt', /^values$/);
  });

  it('finds a folder that is said to be of another federation or node', async () => {
    const node = metaKey('node');
    await put(node, sealedText(node, CAROL.peer));
    await expectFault('wrong_journal', new RegExp(`journal of ${BOB.peer}`));
    const federation = metaKey('federation');
    await put(federation, sealedText(federation, OPEN_FEDERATION.id));
    await expectFault('wrong_federation', /^ledger$/);
    const schema = metaKey('schema');
    await put(schema, sealedText(schema, '99'));
    await rejects(verify(), { code: 'store_version' });
  });

  it('is told apart from a file of another kind by content', async () => {
    const file = join(folder, 'anything');
    await writeFile(file, textOf(exportLines()));
    equal((await verifyPath(file, { verifier })).kind, 'export');
    await writeFile(file, 'hello\n');
    await rejects(verifyPath(file, { verifier }), { code: 'not_recognised' });
  });
});
