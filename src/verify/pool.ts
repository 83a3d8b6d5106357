/**
 * The node's Verifier: a pool of worker threads, so that checking signatures leaves the event loop free. A batch is cut into chunks;
 * every worker holds a few; a chunk lost with its worker is tried once more on another.
 */
import { availableParallelism } from 'node:os';
import { TessraxError } from '../core/errors.ts';
import type { SignatureJob } from '../core/events.ts';
import {
  VERIFY_CHUNK_ITEMS_MAX,
  VERIFY_CHUNK_ITEMS_MIN,
  VERIFY_INLINE_ITEMS_MAX,
  VERIFY_QUEUE_ITEMS_MAX,
  VERIFY_TRIES_MAX,
  VERIFY_WORKERS_MAX,
} from '../core/limits.ts';
import type { Verifier } from '../ports.ts';
import { openBackend, type SignatureBackend, verifyJob } from './backend.ts';
import { verifierClosed } from './inline.ts';
import { type Chunk, startWorker, type WorkerSlot } from './worker-slot.ts';

export interface PoolOptions {
  /** Worker threads, 1 to VERIFY_WORKERS_MAX. Default: as many as there are cores, within those bounds. */
  readonly workers?: number;
  readonly backend?: SignatureBackend;
}

/**
 * Starts the workers. Idle ones do not keep the process alive; while verdicts are awaited they do.
 *
 * `verify` rejects with TessraxError `verify_queue_full` when VERIFY_QUEUE_ITEMS_MAX would be passed, `verify_worker_lost` when the
 * batch cannot be finished, `verifier_closed` after (or by) `close`.
 */
export function createVerifierPool(options: PoolOptions = {}): Verifier {
  const backend = options.backend ?? openBackend();
  return new VerifierPool(backend, workerCount(options.workers));
}

function workerCount(wanted: number = availableParallelism()): number {
  return Math.max(1, Math.min(VERIFY_WORKERS_MAX, Math.floor(wanted)));
}

/** One call of `verify` that went to the workers. */
interface Batch {
  readonly verdicts: boolean[];
  readonly resolve: (verdicts: boolean[]) => void;
  readonly reject: (error: TessraxError) => void;
  itemsLeft: number;
  settled: boolean;
}

interface BatchChunk extends Chunk {
  readonly batch: Batch;
  readonly offset: number;
  triesLeft: number;
}

class VerifierPool implements Verifier {
  readonly #backend: SignatureBackend;
  readonly #slots = new Set<WorkerSlot<BatchChunk>>();
  readonly #closing: Promise<void>[] = [];
  #queue: BatchChunk[] = [];
  /** Items of all batches that are not settled. */
  #itemsWaiting = 0;
  #closed = false;

  constructor(backend: SignatureBackend, workers: number) {
    this.#backend = backend;
    for (let i = 0; i < workers; i++) this.#start(VERIFY_TRIES_MAX);
  }

  async verify(items: readonly SignatureJob[]): Promise<boolean[]> {
    if (this.#closed) throw verifierClosed();
    if (items.length <= VERIFY_INLINE_ITEMS_MAX) return items.map((item) => verifyJob(this.#backend, item));
    if (this.#slots.size === 0) throw workerLost('all its workers have failed');
    if (this.#itemsWaiting + items.length > VERIFY_QUEUE_ITEMS_MAX) throw queueFull(this.#itemsWaiting, items.length);
    return new Promise((resolve, reject) => {
      const verdicts = new Array<boolean>(items.length).fill(false);
      this.#itemsWaiting += items.length;
      this.#enqueue({ verdicts, resolve, reject, itemsLeft: items.length, settled: false }, items);
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const slot of this.#slots) {
      for (const chunk of slot.chunks) this.#settle(chunk.batch, verifierClosed());
      this.#closing.push(slot.stop());
    }
    for (const chunk of this.#queue) this.#settle(chunk.batch, verifierClosed());
    this.#slots.clear();
    this.#queue = [];
    await Promise.all(this.#closing);
  }

  #enqueue(batch: Batch, items: readonly SignatureJob[]): void {
    const share = Math.ceil(items.length / this.#slots.size);
    const size = Math.max(VERIFY_CHUNK_ITEMS_MIN, Math.min(VERIFY_CHUNK_ITEMS_MAX, share));
    for (let offset = 0; offset < items.length; offset += size) {
      this.#queue.push({ batch, offset, jobs: items.slice(offset, offset + size), triesLeft: VERIFY_TRIES_MAX });
    }
  }

  /** Gives chunks to the least busy workers until the queue is empty or all have their fill. */
  #dispatch(): void {
    let taken = 0;
    for (const chunk of this.#queue) {
      const slot = this.#leastBusy();
      if (slot === undefined) break;
      slot.give(chunk);
      taken++;
    }
    this.#queue.splice(0, taken);
  }

  #leastBusy(): WorkerSlot<BatchChunk> | undefined {
    let best: WorkerSlot<BatchChunk> | undefined;
    for (const slot of this.#slots) {
      if (slot.hasRoom && (best === undefined || slot.chunks.length < best.chunks.length)) best = slot;
    }
    return best;
  }

  /** @param tries how often a worker may be started in this place before one has answered */
  #start(tries: number): void {
    const slot = startWorker<BatchChunk>(this.#backend.name, {
      answered: (chunk, verdicts) => this.#answered(chunk, verdicts),
      lost: (reason) => this.#lost(slot, tries, reason),
    });
    this.#slots.add(slot);
  }

  #answered(chunk: BatchChunk, verdicts: Uint8Array): void {
    const { batch, offset } = chunk;
    for (let i = 0; i < verdicts.length; i++) batch.verdicts[offset + i] = verdicts[i] === 1;
    batch.itemsLeft -= verdicts.length;
    if (batch.itemsLeft === 0) this.#settle(batch);
    this.#dispatch();
  }

  #lost(slot: WorkerSlot<BatchChunk>, tries: number, reason: string): void {
    if (!this.#slots.delete(slot)) return; // stopped by close()
    const triesLeft = slot.hasAnswered ? VERIFY_TRIES_MAX : tries;
    if (triesLeft > 1) this.#start(triesLeft - 1);
    const again: BatchChunk[] = [];
    for (const chunk of slot.chunks) {
      chunk.triesLeft--;
      if (chunk.triesLeft > 0) again.push(chunk);
      else this.#settle(chunk.batch, workerLost(reason));
    }
    this.#queue.unshift(...again);
    if (this.#slots.size === 0) for (const chunk of this.#queue) this.#settle(chunk.batch, workerLost(reason));
    this.#queue = this.#queue.filter((chunk) => !chunk.batch.settled);
    this.#dispatch();
  }

  #settle(batch: Batch, error?: TessraxError): void {
    if (batch.settled) return;
    batch.settled = true;
    this.#itemsWaiting -= batch.verdicts.length;
    if (error === undefined) batch.resolve(batch.verdicts);
    else batch.reject(error);
  }
}

function queueFull(waiting: number, asked: number): TessraxError {
  return new TessraxError(
    'verify_queue_full',
    `${waiting} signatures wait to be verified; ${asked} more would pass the limit of ${VERIFY_QUEUE_ITEMS_MAX}`,
    { remedy: 'send smaller batches, or wait for earlier ones', fields: { waiting, asked } },
  );
}

function workerLost(reason: string): TessraxError {
  return new TessraxError('verify_worker_lost', `signature verification failed: ${reason}`, {
    remedy: 'restart the node; if it happens again, reinstall the dependencies (npm ci)',
  });
}
