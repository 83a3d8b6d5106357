import assert from 'node:assert/strict';
import { STORE_GROUP_BYTES_MAX, STORE_WRITES_PENDING_MAX } from '../../../src/core/limits.ts';
import { type Database, getValue, openDatabase } from '../../../src/store/database.ts';
import { GroupCommit } from '../../../src/store/group-commit.ts';
import { readCommitted } from '../../../src/store/opening.ts';
import { Folders } from './folders.ts';

const folders = new Folders();
let db: Database;
let commits: GroupCommit;

async function open(): Promise<void> {
  db = await openDatabase(await folders.make());
  commits = new GroupCommit(db, 0);
}

async function close(): Promise<void> {
  await db.close();
  await folders.clean();
}

function keyOf(number: number): Uint8Array {
  return Uint8Array.of(0xf0, number >> 8, number);
}

function submit(number: number, bytes = 1): Promise<void> {
  return commits.submit(bytes, (put) => put(keyOf(number), Uint8Array.of(number)));
}

function submitBroken(): Promise<void> {
  return commits.submit(1, (put) => {
    put(keyOf(999), Uint8Array.of(1));
    throw new Error('cannot be encoded');
  });
}

describe('group commit', () => {
  beforeEach(open);
  afterEach(close);

  it('merges what is called in one turn into one synced batch', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, number) => submit(number)));
    assert.equal(commits.committed, 1);
    for (let number = 0; number < 100; number++) assert.ok(await getValue(db, keyOf(number)));
    assert.equal(await readCommitted(db), 1);
  });

  it('merges what is called while a batch is under way', async () => {
    const first = submit(0);
    await Promise.resolve();
    await Promise.resolve();
    const later = [submit(1), submit(2), submit(3)];
    await first;
    assert.equal(commits.committed, 1);
    await Promise.all(later);
    assert.equal(commits.committed, 2);
  });

  it('merges no more than the bound allows, and a larger write alone', async () => {
    const sizes = [STORE_GROUP_BYTES_MAX - 1, 1, 1, STORE_GROUP_BYTES_MAX * 2, STORE_GROUP_BYTES_MAX];
    await Promise.all(sizes.map((bytes, number) => submit(number, bytes)));
    assert.equal(commits.committed, 4);
  });

  it('lets a later write of a group win', async () => {
    const key = keyOf(0);
    const writes = [1, 2, 3].map((value) => commits.submit(1, (put) => put(key, Uint8Array.of(value))));
    await Promise.all(writes);
    assert.equal((await getValue(db, key))?.[0], 3);
  });
});

describe('group commit after a failure', () => {
  beforeEach(open);
  afterEach(close);

  it('keeps what was committed, and nothing of the group that failed', async () => {
    await submit(0);
    const together = [submit(1), submitBroken(), submit(2)];
    const results = await Promise.allSettled(together);
    for (const result of results) assert.ok(result.status === 'rejected' && result.reason.code === 'store_failed');
    await assert.rejects(submit(3), { code: 'store_failed' });
    assert.equal(commits.failure?.code, 'store_failed');
    assert.ok(await getValue(db, keyOf(0)));
    for (const number of [1, 2, 3, 999]) assert.equal(await getValue(db, keyOf(number)), undefined);
    assert.equal(await readCommitted(db), 1);
  });

  it('rejects what waits behind a failing group', async () => {
    const failing = submitBroken();
    await Promise.resolve();
    const behind = submit(1);
    await assert.rejects(failing, { code: 'store_failed' });
    await assert.rejects(behind, { code: 'store_failed' });
    await commits.idle();
    assert.equal(await getValue(db, keyOf(1)), undefined);
  });

  it('fails rather than letting writes pile up without bound', async () => {
    const writes = Array.from({ length: STORE_WRITES_PENDING_MAX + 1 }, () => submit(0));
    const results = await Promise.allSettled(writes);
    assert.ok(results.every((result) => result.status === 'rejected'));
    assert.match(commits.failure?.message ?? '', /writes wait for the disk/);
  });
});
