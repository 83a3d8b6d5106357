/** Signatures of a long examination, checked in batches beside it; a bounded number of them waits. */
import type { SignatureJob } from '../core/events.ts';
import { AUDIT_BATCH_ITEMS, AUDIT_BATCHES_MAX } from '../core/limits.ts';
import type { Verifier } from '../ports.ts';

export class SignatureChecks {
  readonly #verifier: Verifier;
  readonly #onInvalid: (place: string) => void;
  readonly #running = new Set<Promise<void>>();
  #jobs: SignatureJob[] = [];
  #places: string[] = [];
  #failure: unknown;

  constructor(verifier: Verifier, onInvalid: (place: string) => void) {
    this.#verifier = verifier;
    this.#onInvalid = onInvalid;
  }

  /** Waits when enough are under way. Rejects when the verifier fails. */
  async add(jobs: readonly SignatureJob[], place: string): Promise<void> {
    for (const job of jobs) {
      this.#jobs.push(job);
      this.#places.push(place);
    }
    if (this.#jobs.length < AUDIT_BATCH_ITEMS) return;
    this.#flush();
    if (this.#running.size >= AUDIT_BATCHES_MAX) await Promise.race(this.#running);
    this.#throwFailure();
  }

  /** Resolves when every signature has its verdict. */
  async end(): Promise<void> {
    this.#flush();
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  #flush(): void {
    const jobs = this.#jobs;
    const places = this.#places;
    if (jobs.length === 0) return;
    this.#jobs = [];
    this.#places = [];
    const run: Promise<void> = this.#verifier
      .verify(jobs)
      .then((valid) => {
        for (const [i, place] of places.entries()) if (valid[i] !== true) this.#onInvalid(place);
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
