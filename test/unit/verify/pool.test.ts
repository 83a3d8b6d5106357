import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import {
  VERIFY_QUEUE_ITEMS_MAX,
  VERIFY_THREAD_NICE,
  VERIFY_TRIES_MAX,
  VERIFY_WORKERS_MAX,
} from '../../../src/core/limits.ts';
import { createVerifierPool } from '../../../src/verify/pool.ts';
import { flip, goodJobs } from '../../suites/signature-cases.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('verifier pool', () => {
  it('lets the event loop have a core first (Linux)', async function () {
    if (process.platform !== 'linux') this.skip();
    const pool = createVerifierPool({ workers: 2 });
    await pool.verify(goodJobs(40)); // both have begun
    assert.deepEqual(await niceValues('tessrax-verify'), [VERIFY_THREAD_NICE, VERIFY_THREAD_NICE]);
    assert.ok(getPriority() < VERIFY_THREAD_NICE);
    await pool.close();
  });
});

describe('verifier pool when workers fail', () => {
  const { started, onEachStart } = watchWorkers();

  it('does a batch again whose worker died, on a new one', async () => {
    const pool = createVerifierPool({ workers: 1 });
    const jobs = goodJobs(300).map((job, i) => (i % 3 === 0 ? { ...job, hash: flip(job.hash, i % 256) } : job));
    const verdicts = pool.verify(jobs);
    await turn();
    await started[0]?.terminate();
    assert.deepEqual(
      await verdicts,
      jobs.map((_, i) => i % 3 !== 0),
    );
    assert.equal(started.length, 2);
    await pool.close();
  });

  it('does a batch again whose worker answered what was not asked', async () => {
    const pool = createVerifierPool({ workers: 1 });
    const jobs = goodJobs(20);
    const verdicts = pool.verify(jobs);
    await turn();
    started[0]?.emit('message', new Uint8Array(19).fill(1));
    assert.deepEqual(
      await verdicts,
      jobs.map(() => true),
    );
    assert.equal(started.length, 2);
    await pool.close();
  });

  it('survives any number of deaths as long as there are answers in between', async () => {
    const pool = createVerifierPool({ workers: 1 });
    const jobs = goodJobs(20);
    for (let death = 1; death <= 4; death++) {
      assert.deepEqual(
        await pool.verify(jobs),
        jobs.map(() => true),
      );
      await started.at(-1)?.terminate();
      await turn();
      assert.equal(started.length, death + 1);
    }
    await pool.close();
  });

  it('gives up, and says so, when workers die before they answer', async () => {
    onEachStart((worker) => void worker.terminate());
    const pool = createVerifierPool({ workers: 2 });
    const lost = { code: 'verify_worker_lost', message: /ended with code/ };
    await Promise.all([
      assert.rejects(pool.verify(goodJobs(500)), lost),
      assert.rejects(pool.verify(goodJobs(20)), lost),
    ]);
    assert.equal(started.length, 2 * VERIFY_TRIES_MAX);
    await assert.rejects(pool.verify(goodJobs(5)), { code: 'verify_worker_lost' });
    await pool.close();
  });
});

describe('verifier pool, its bounds', () => {
  const { started } = watchWorkers();

  it('rejects what is under way when it is closed, and leaves no thread behind', async () => {
    const pool = createVerifierPool({ workers: 2 });
    const waiting = goodJobs(5).flatMap((job) => new Array<typeof job>(400).fill(job));
    const rejected = assert.rejects(pool.verify(waiting), { code: 'verifier_closed' });
    await pool.close();
    await rejected;
    assert.deepEqual(
      started.map((worker) => worker.threadId),
      [-1, -1],
    );
  });

  it('refuses a call that would pass the bound of its queue, and goes on after it', async () => {
    const pool = createVerifierPool({ workers: 1 });
    const jobs = goodJobs(10);
    const [job] = jobs;
    assert.ok(job);
    const tooMany = new Array<typeof job>(VERIFY_QUEUE_ITEMS_MAX - 9).fill(job);
    const first = pool.verify(jobs);
    await assert.rejects(pool.verify(tooMany), { code: 'verify_queue_full' });
    assert.deepEqual(
      await first,
      jobs.map(() => true),
    );
    const fits = assert.rejects(pool.verify(tooMany), { code: 'verifier_closed' });
    await pool.close();
    await fits;
  });

  it('starts one worker at least and the bound at most', async () => {
    for (const [wanted, expected] of [
      [0, 1],
      [1, 1],
      [VERIFY_WORKERS_MAX + 5, VERIFY_WORKERS_MAX],
    ] as const) {
      started.length = 0;
      const pool = createVerifierPool({ workers: wanted });
      await turn();
      assert.equal(started.length, expected);
      await pool.close();
    }
  });
});

describe('verifier pool in a process of its own', () => {
  it('keeps the process alive while verdicts are awaited, and not when idle', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script(`${ROOT}src`, 'ts')], {
      timeout: EXIT_MS_MAX,
    });
    assert.equal(stdout, '40\n');
  });

  it('does not keep the process alive when nothing was ever asked of it', async () => {
    const code = `import { createVerifierPool } from '${ROOT}src/verify/pool.ts'; createVerifierPool({ workers: 2 });`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { timeout: EXIT_MS_MAX });
    assert.equal(stdout, '');
  });

  it('runs compiled to JavaScript as it does from source', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tessrax-dist-'));
    try {
      const source = (file: string): string => join(ROOT, 'src/verify', file);
      await run(join(ROOT, 'node_modules/.bin/tsc'), [
        ...['--ignoreConfig', '--target', 'es2024', '--module', 'nodenext', '--types', 'node', '--noCheck'],
        ...['--rewriteRelativeImportExtensions', '--rootDir', ROOT, '--outDir', folder],
        ...[source('pool.ts'), source('worker.ts')],
      ]);
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      await symlink(join(ROOT, 'package.json'), join(folder, 'package.json'));
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script(`${folder}/src`, 'js')], {
        timeout: EXIT_MS_MAX,
      });
      assert.equal(stdout, '40\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** A process that has not ended by then never will; it is killed, and the test fails. */
const EXIT_MS_MAX = 8_000;

/** The real threads that a test starts, as Node announces them. */
function watchWorkers(): { started: Worker[]; onEachStart: (act: (worker: Worker) => void) => void } {
  const started: Worker[] = [];
  let act: (worker: Worker) => void = () => undefined;
  const listen = (worker: Worker): void => {
    started.push(worker);
    act(worker);
  };
  beforeEach(() => {
    started.length = 0;
    act = () => undefined;
    process.on('worker', listen);
  });
  afterEach(() => process.off('worker', listen));
  return {
    started,
    onEachStart: (wanted) => {
      act = wanted;
    },
  };
}

/** Verifies forty signatures and prints how many are good; exits only if the idle pool lets it. */
function script(source: string, extension: string): string {
  const [job] = goodJobs(1);
  assert.ok(job);
  const hex = [job.key, job.hash, job.signature].map((part) => `'${Buffer.from(part).toString('hex')}'`).join(', ');
  return `
    import { createVerifierPool } from '${source}/verify/pool.${extension}';
    const [key, hash, signature] = [${hex}].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
    const jobs = new Array(40).fill({ domain: '${job.domain}', key, hash, signature });
    const verdicts = await createVerifierPool({ workers: 2 }).verify(jobs);
    console.log(verdicts.filter(Boolean).length);`;
}

/** Lets Node announce the workers that were started. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Of this process's threads of that name, from /proc/…/stat: field 19, the seventeenth behind the name in parentheses. */
async function niceValues(name: string): Promise<number[]> {
  const threads = await readdir('/proc/self/task');
  const stats = await Promise.all(threads.map((thread) => readFile(`/proc/self/task/${thread}/stat`, 'utf8')));
  const own = stats.filter((stat) => stat.includes(`(${name})`));
  return own.map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
}
