/** Runs seeds on several threads, and gives their results in the order of the seeds: what a run comes to does not depend on the threads. */
import { Worker } from 'node:worker_threads';
import { runTask, type SeedTask } from './seed-task.ts';
import type { SeedResult } from './simulation.ts';

/** Effects live for a moment: with room for them the collector comes more rarely (8 % of the time, measured). */
const YOUNG_MB = 192;

/** So far ahead of the slowest seed the others may be: their results wait in memory. */
const AHEAD_MAX = 256;

/** Calls `onResult` for each task, in order. Rejects when a thread dies. */
export async function runTasks(
  tasks: Iterable<SeedTask>,
  jobs: number,
  onResult: (result: SeedResult) => void,
): Promise<void> {
  if (jobs === 1) {
    for (const task of tasks) onResult(runTask(task));
    return;
  }
  const pool = new Pool(tasks, onResult);
  await pool.run(jobs);
}

class Pool {
  readonly #tasks: Iterator<SeedTask>;
  readonly #onResult: (result: SeedResult) => void;
  /** Done, and behind one that is not. */
  readonly #waiting = new Map<number, SeedResult>();
  /** Threads that wait until the slowest seed is done. */
  readonly #idle: (() => void)[] = [];
  #given = 0;
  #told = 0;

  constructor(tasks: Iterable<SeedTask>, onResult: (result: SeedResult) => void) {
    this.#tasks = tasks[Symbol.iterator]();
    this.#onResult = onResult;
  }

  async run(jobs: number): Promise<void> {
    const threads = Array.from(
      { length: jobs },
      () =>
        new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } }),
    );
    try {
      await Promise.all(threads.map((thread) => this.#feed(thread)));
    } finally {
      await Promise.all(threads.map((thread) => thread.terminate()));
    }
  }

  #feed(thread: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      let place = 0;
      const next = (): void => {
        if (this.#given - this.#told >= AHEAD_MAX) {
          this.#idle.push(next);
          return;
        }
        const { value, done } = this.#tasks.next();
        if (done === true) {
          resolve();
          return;
        }
        place = this.#given++;
        thread.postMessage(value);
      };
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`a thread of the simulator ended with ${code}`)));
      thread.on('message', (result: SeedResult) => {
        this.#done(place, result);
        next();
      });
      next();
    });
  }

  #done(place: number, result: SeedResult): void {
    this.#waiting.set(place, result);
    for (let first = this.#waiting.get(this.#told); first !== undefined; first = this.#waiting.get(this.#told)) {
      this.#waiting.delete(this.#told);
      this.#told += 1;
      this.#onResult(first);
    }
    for (const next of this.#idle.splice(0)) next();
  }
}
