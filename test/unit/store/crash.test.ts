/** A real process that is killed, or whose disk is full, in the middle of writing: what it acknowledged is there, whole. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TessraxError } from '../../../src/core/errors.ts';
import { CrashFixture } from './crash-fixture.ts';
import { batchOf, FeedFixture } from './feed-fixture.ts';
import { Folders } from './folders.ts';

const CHILD = join(import.meta.dirname, 'writer-child.ts');
/** In KiB: what bash calls blocks. Enough for some batches in LevelDB's log. */
const FILE_KIB_MAX = 512;
const TMPFS_MIB = 4;
const FILLER_MIB = 3;

const folders = new Folders();

describe('a process that is killed while it writes', () => {
  afterEach(() => folders.clean());

  for (const batches of [1, 10, 50]) {
    it(`has lost nothing of the ${batches} batches and more that it acknowledged`, async () => {
      const directory = await folders.make();
      const child = spawn(process.execPath, [CHILD, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
      const { acknowledged } = await follow(child, (count) => {
        if (count === batches) child.kill('SIGKILL');
      });
      assert.equal(child.signalCode, 'SIGKILL');
      assert.ok(acknowledged >= batches);

      const store = await folders.open(directory);
      const held = await CrashFixture.countIn(store);
      assert.ok(held >= acknowledged, `${acknowledged} acknowledged, ${held} held`);
      await store.write(batchOf(new FeedFixture('later').grow(1)));
    });
  }
});

describe('a process that has the store open', () => {
  afterEach(() => folders.clean());

  it('is named to another that tries', async () => {
    const directory = await folders.make();
    const child = spawn(process.execPath, [CHILD, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let refusal: Promise<void> | undefined;
    await follow(child, () => {
      refusal ??= assert
        .rejects(folders.open(directory), { code: 'store_locked', message: new RegExp(`pid ${child.pid} on`) })
        .finally(() => child.kill('SIGKILL'));
    });
    assert.ok(refusal);
    await refusal;
  });
});

describe('a full disk', () => {
  afterEach(() => folders.clean());

  it('is reported by its own code, and exactly what was acknowledged is there afterwards', async function () {
    if (process.platform === 'win32') this.skip(); // there is no limit on the size of files to set
    const directory = await folders.make();
    const limited = `ulimit -f ${FILE_KIB_MAX}; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', limited, process.execPath, CHILD, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { acknowledged, lastLine } = await follow(child);
    assert.equal(lastLine, 'disk_full');
    assert.equal(child.exitCode, 0);
    assert.ok(acknowledged > 0);
    assert.equal(await CrashFixture.countIn(await folders.open(directory)), acknowledged);
  });

  it('on a small disk stops the store for good, and once there is space it opens and writes again', async function () {
    const disk = await folders.make();
    if (!mountTmpfs(disk)) {
      console.log('      (skipped: mounting a small disk needs root)');
      this.skip();
    }
    try {
      await fillAndFree(disk);
    } finally {
      await folders.close();
      execFileSync('umount', [disk]);
    }
  });
});

async function fillAndFree(disk: string): Promise<void> {
  const filler = join(disk, 'filler');
  const directory = join(disk, 'store');
  await writeFile(filler, new Uint8Array(FILLER_MIB * 1024 * 1024));
  const store = await folders.open(directory);
  const fixture = new CrashFixture();
  let failure: unknown;
  while (failure === undefined) {
    await store.write(fixture.next()).catch((error: unknown) => {
      failure = error;
    });
  }
  assert.ok(failure instanceof TessraxError && failure.code === 'disk_full' && failure.remedy !== '', `${failure}`);
  const acknowledged = fixture.count - 1;
  assert.ok(acknowledged > 0);

  await rm(filler);
  await assert.rejects(store.putValue('later', ''), { code: 'disk_full' });
  assert.equal(await CrashFixture.countIn(store), acknowledged, 'what is held can still be read');
  await store.close();

  const again = await folders.open(directory);
  assert.equal(await CrashFixture.countIn(again), acknowledged);
  await again.write(batchOf(new FeedFixture('later').grow(1)));
}

/** Follows a writing child to its end; `seen` is called with the number of acknowledged batches. */
async function follow(
  child: ChildProcess,
  seen: (count: number) => void = () => {},
): Promise<{ acknowledged: number; lastLine: string }> {
  assert.ok(child.stdout);
  const ended = once(child, 'close');
  let acknowledged = 0;
  let lastLine = '';
  for await (const line of createInterface(child.stdout)) {
    lastLine = line;
    if (!/^\d+$/.test(line)) continue;
    assert.equal(line, String(acknowledged), 'acknowledged in order');
    seen(++acknowledged);
  }
  await ended;
  return { acknowledged, lastLine };
}

function mountTmpfs(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_MIB}m`, 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not root, or a container without the right to mount: the caller says so
  }
}
