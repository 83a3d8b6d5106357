/** One worker thread and the chunks it holds. It answers in order; whatever ends it is reported once, with its chunks still listed. */
import { Worker } from 'node:worker_threads';
import type { SignatureJob } from '../core/events.ts';
import { VERIFY_CHUNKS_PER_WORKER_MAX } from '../core/limits.ts';
import type { BackendName } from './backend.ts';
import { packRecords } from './records.ts';

export interface Chunk {
  readonly jobs: readonly SignatureJob[];
}

export interface SlotHandlers<C extends Chunk> {
  /** One verdict byte per job, 1 for valid. */
  answered(chunk: C, verdicts: Uint8Array): void;
  /** The thread is gone, or answered nonsense and is being ended. At most once; never after `stop`. */
  lost(reason: string): void;
}

export interface WorkerSlot<C extends Chunk> {
  /** Given and not answered, oldest first. */
  readonly chunks: readonly C[];
  readonly hasRoom: boolean;
  readonly hasAnswered: boolean;
  give(chunk: C): void;
  stop(): Promise<void>;
}

/** This file's own name tells whether the source runs as it is (.ts) or compiled (.js); the worker beside it has the same ending. */
const WORKER_URL = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

export function startWorker<C extends Chunk>(backend: BackendName, handlers: SlotHandlers<C>): WorkerSlot<C> {
  // Without the process's own flags: some of them (--input-type) stop a worker that is a file.
  const worker = new Worker(WORKER_URL, { workerData: backend, name: 'tessrax-verify', execArgv: [] });
  const chunks: C[] = [];
  let hasAnswered = false;
  let ended = false;

  function lose(reason: string): void {
    if (ended) return;
    ended = true;
    worker.unref();
    // Already gone, or of no more use: how the thread ends changes nothing, and terminate() does not reject.
    void worker.terminate();
    handlers.lost(reason);
  }

  worker.on('error', (error) =>
    lose(`a worker thread failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  worker.on('exit', (code) => lose(`a worker thread ended with code ${code}`));
  worker.on('message', (verdicts: unknown) => {
    if (ended) return;
    const chunk = chunks[0];
    if (chunk === undefined || !(verdicts instanceof Uint8Array) || verdicts.length !== chunk.jobs.length) {
      lose('a worker thread gave an answer that fits no question');
      return;
    }
    hasAnswered = true;
    chunks.shift();
    if (chunks.length === 0) worker.unref();
    handlers.answered(chunk, verdicts);
  });
  worker.unref(); // after the listeners: to listen for messages is to hold the process again

  return {
    chunks,
    get hasRoom() {
      return !ended && chunks.length < VERIFY_CHUNKS_PER_WORKER_MAX;
    },
    get hasAnswered() {
      return hasAnswered;
    },
    give(chunk) {
      const records = packRecords(chunk.jobs);
      chunks.push(chunk);
      worker.ref();
      worker.postMessage(records, [records.buffer]);
    },
    async stop() {
      ended = true;
      await worker.terminate();
    },
  };
}
