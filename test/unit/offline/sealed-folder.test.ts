import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SealRecord } from '../../../src/core/events.ts';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { type Database, scan } from '../../../src/store/database.ts';
import {
  type BucketName,
  bucketRange,
  originKey,
  placeOfQuarantineKey,
  quarantineKey,
} from '../../../src/store/keys.ts';
import { sealedBytes, unseal } from '../../../src/store/records.ts';
import { encodeSealRecord, readSealRecord } from '../../../src/store/seal-record.ts';
import { ALICE, BOB, CAROL, MALLORY } from '../core/fixtures.ts';
import { branch, certificateFor, forkAt } from '../core/forks.ts';
import { FORK_SEQ, openAlice, play, prepareFolder, SCENES, type Scene, scriptOf } from '../sealed-scene.ts';
import { rememberingVerifier } from './sample.ts';
import { copyFolder, inDatabase, removeFolder } from './sample-folder.ts';

/** Bits tried in each record. A run over every byte found each of them but the one that says whether a SCAR is written. */
const POSITIONS_MAX = 8;
const SEAL_KEY = originKey('seals', CAROL.publicKey);
const verifier = rememberingVerifier();

async function folderAfter(scene: Scene): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tessrax-sealed-'));
  await prepareFolder(directory, scene);
  const store = await openAlice(directory);
  await play(scene, store);
  await store.close();
  return directory;
}

describe('verifying a data folder with a sealed feed', () => {
  for (const scene of SCENES) {
    it(`finds nothing wrong after: ${scene}`, async () => {
      const directory = await folderAfter(scene);
      const { faults, summary } = await verifyPath(directory, { verifier });
      deepEqual(faults, []);
      const { size, quarantined } = scriptOf(scene).end;
      const revoked = scene === 'revocation';
      deepEqual(summary?.seals, [
        {
          origin: CAROL.peer,
          from: revoked ? 0 : FORK_SEQ,
          reason: revoked ? 'revocation' : 'equivocation',
          kept: size,
          uncovered: 0,
          quarantined,
        },
      ]);
      await removeFolder(directory);
    });
  }
});

const samples = new Map<Scene, string>();
let folder = '';

async function use(scene: Scene): Promise<void> {
  folder = await copyFolder(samples.get(scene) ?? '');
}

function put(key: Uint8Array, value: Uint8Array): Promise<void> {
  return inDatabase(folder, (db) => db.put(key, value));
}

function drop(key: Uint8Array): Promise<void> {
  return inDatabase(folder, (db) => db.del(key));
}

async function expectFault(code: string, place: RegExp): Promise<void> {
  const { verified, faults } = await verifyPath(folder, { verifier });
  equal(verified, false);
  const fault = faults.find((each) => each.code === code);
  match(fault?.place ?? `${JSON.stringify(faults)} has no ${code}`, place);
}

/** Changes one bit of the content of a record, under a checksum that fits: only what it says gives it away. */
async function expectBitsFound(bucket: BucketName, place: RegExp): Promise<void> {
  const [[key, value] = []] = await inDatabase(folder, (db) => recordsIn(db, bucket));
  if (key === undefined || value === undefined) throw new Error(`nothing in ${bucket}`);
  const content = unseal(key, value);
  const step = Math.max(1, Math.floor(content.length / POSITIONS_MAX));
  for (let at = 1; at < content.length; at += step) {
    const changed = Uint8Array.from(content);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    await put(key, sealedBytes(key, changed));
    const { faults } = await verifyPath(folder, { verifier });
    match(faults.map((fault) => fault.place).join('\n'), place, `${bucket}, byte ${at}`);
  }
  await put(key, Uint8Array.from(value).fill(0, 4, 5));
  await expectFault('store_corrupt', place);
  await put(key, value);
  equal((await verifyPath(folder, { verifier })).verified, true);
}

async function changeSeal(change: (seal: SealRecord) => SealRecord): Promise<void> {
  await inDatabase(folder, async (db) => {
    const value = await db.get(SEAL_KEY);
    if (value === undefined) throw new Error('no seal');
    await db.put(SEAL_KEY, sealedBytes(SEAL_KEY, encodeSealRecord(change(readSealRecord(unseal(SEAL_KEY, value))))));
  });
}

describe('verifying a data folder with a sealed feed: damage', () => {
  before(async () => {
    for (const scene of ['adoption', 'revocation'] as const) samples.set(scene, await folderAfter(scene));
  });
  after(async () => {
    for (const sample of samples.values()) await removeFolder(sample);
  });
  afterEach(() => removeFolder(folder));

  oneBit();
  seals();
  evidence();
});

function oneBit(): void {
  describe('one bit', () => {
    it('finds a changed bit in a proof of equivocation and in a certificate', async () => {
      await use('adoption');
      await expectBitsFound('seals', new RegExp(`(?:seal|certificate in the seal) of ${CAROL.peer}`));
    });

    it('finds a changed bit in a seal that revokes', async () => {
      await use('revocation');
      await expectBitsFound('seals', new RegExp(`(?:seal|certificate in the seal) of ${CAROL.peer}`));
    });

    it('finds a changed bit in a statement that revokes', async () => {
      await use('revocation');
      await expectBitsFound('revocations', new RegExp(`revocation of ${CAROL.peer}`));
    });

    it('finds a changed bit in quarantine', async () => {
      await use('adoption');
      await expectBitsFound('quarantine', new RegExp(`quarantine of ${CAROL.peer}, seq ${FORK_SEQ}`));
    });
  });
}

function seals(): void {
  describe('seals', () => {
    it('finds a seal that is gone, that is kept as that of another feed, or lies above what was cut off', async () => {
      await use('adoption');
      const value = await inDatabase(folder, (db) => db.get(SEAL_KEY));
      await drop(SEAL_KEY);
      await expectFault('quarantine_unsealed', new RegExp(`quarantine of ${CAROL.peer}, seq ${FORK_SEQ}$`));
      const other = originKey('seals', MALLORY.publicKey);
      await put(other, sealedBytes(other, unseal(SEAL_KEY, value ?? new Uint8Array())));
      await expectFault('seal_misplaced', new RegExp(`seal of ${MALLORY.peer}`));
      await drop(other);
      const [one, two] = ['held', 'another'].map((name) => branch(CAROL, 40, FORK_SEQ + 2, name));
      if (one === undefined || two === undefined) throw new Error('no branches');
      const higher = { proof: forkAt(FORK_SEQ + 2, one, two), certificate: undefined, scarred: true };
      await put(SEAL_KEY, sealedBytes(SEAL_KEY, encodeSealRecord(higher)));
      await expectFault('quarantine_below_seal', new RegExp(`quarantine of ${CAROL.peer}, seq ${FORK_SEQ}$`));
    });

    it('finds a certificate that is short, for another branch, another feed, or more than the feed', async () => {
      await use('adoption');
      const certified = branch(CAROL, 30, FORK_SEQ, 'certified');
      const held = branch(CAROL, 30, FORK_SEQ, 'held');
      await changeSeal((seal) => ({ ...seal, certificate: certificateFor(certified, 25, [ALICE, BOB]) }));
      await expectFault('certificate_short', new RegExp(`seal of ${CAROL.peer}`));
      await changeSeal((seal) => ({ ...seal, certificate: certificateFor(held, 25) }));
      await expectFault('certificate_disagrees', new RegExp(`${CAROL.peer}, seq 2\\d`));
      await changeSeal((seal) => ({ ...seal, certificate: certificateFor(branch(ALICE, 25)) }));
      await expectFault('seal_misplaced', new RegExp(`seal of ${CAROL.peer}`));
      await changeSeal((seal) => ({ ...seal, certificate: certificateFor(certified, 26) }));
      await expectFault('certificate_beyond', new RegExp(`${CAROL.peer}, seq 25`));
    });

    it('says how much of a feed no certificate covers: what a node that was killed had not finished', async () => {
      await use('adoption');
      await changeSeal(({ certificate: _, ...seal }) => ({ ...seal, certificate: undefined }));
      const { faults, summary } = await verifyPath(folder, { verifier });
      deepEqual(faults, []);
      deepEqual(
        summary?.seals?.map(({ kept, uncovered }) => [kept, uncovered]),
        [[25, 25 - FORK_SEQ]],
      );
    });
  });
}

function evidence(): void {
  describe('evidence', () => {
    it('finds a statement of somebody who has no say, and one that revokes somebody else', async () => {
      await use('revocation');
      const kept = originKey('revocations', CAROL.publicKey, BOB.publicKey);
      const value = await inDatabase(folder, (db) => db.get(kept));
      for (const [target, signer] of [
        [CAROL, MALLORY],
        [ALICE, BOB],
      ] as const) {
        const key = originKey('revocations', target.publicKey, signer.publicKey);
        await put(key, sealedBytes(key, unseal(kept, value ?? new Uint8Array())));
        await expectFault('revocation_misplaced', new RegExp(`revocation of ${target.peer}`));
        await drop(key);
      }
    });

    it('finds an entry in quarantine that continues nothing, is at another place, or goes by another hash', async () => {
      await use('adoption');
      const records = await inDatabase(folder, (db) => recordsIn(db, 'quarantine'));
      const [[key, value] = [], [second] = []] = records;
      if (key === undefined || value === undefined || second === undefined) throw new Error('nothing in quarantine');
      const { seq, hash } = placeOfQuarantineKey(key);
      await drop(key);
      await expectFault('predecessor_unknown', new RegExp(`quarantine of ${CAROL.peer}, seq ${seq + 1}$`));
      for (const moved of [
        quarantineKey(CAROL.publicKey, seq + 1, hash),
        quarantineKey(CAROL.publicKey, seq, placeOfQuarantineKey(second).hash),
      ]) {
        await put(moved, sealedBytes(moved, unseal(key, value)));
        await expectFault('predecessor_unknown', new RegExp(`quarantine of ${CAROL.peer}, seq`));
        await drop(moved);
      }
    });
  });
}

async function recordsIn(db: Database, bucket: BucketName): Promise<[Uint8Array, Uint8Array][]> {
  const records: [Uint8Array, Uint8Array][] = [];
  const chunks = { chunkPairs: 1000, chunkBytes: 1_000_000 };
  for await (const pairs of scan(db, { ...bucketRange(bucket), ...chunks })) records.push(...pairs);
  return records;
}
