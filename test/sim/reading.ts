/**
 * What reaches all nodes of a simulation as one object is read once, and its signature checked once. The core and the checkers only look at
 * what they get: they share it.
 */
import type { SignatureJob } from '../../src/core/events.ts';
import { signedMessage } from '../../src/core/signature.ts';
import { readHeartbeat, type SignedHeartbeat } from '../../src/core/sync/heartbeat.ts';
import type { KeyTable } from './signatures.ts';

/** Is shown each heartbeat when it was read. */
export type Shown = (data: Uint8Array, heartbeat: SignedHeartbeat) => void;

export class Reading {
  readonly #table: KeyTable;
  readonly #shown: Shown | undefined;
  readonly #heartbeats = new WeakMap<Uint8Array, SignedHeartbeat>();
  readonly #signed = new WeakMap<SignatureJob, boolean>();

  constructor(table: KeyTable, shown: Shown | undefined) {
    this.#table = table;
    this.#shown = shown;
  }

  /** As the core's `readHeartbeat`: throws what that throws. */
  heartbeat(data: Uint8Array): SignedHeartbeat {
    const known = this.#heartbeats.get(data);
    if (known !== undefined) return known;
    const read = readHeartbeat(data);
    this.#heartbeats.set(data, read);
    this.#shown?.(data, read);
    return read;
  }

  isSigned(job: SignatureJob): boolean {
    const known = this.#signed.get(job);
    if (known !== undefined) return known;
    const signed = this.#table.verify(job.key, signedMessage(job.domain, job.hash), job.signature);
    // Of other jobs each node makes its own.
    if (job.domain === 'heartbeat') this.#signed.set(job, signed);
    return signed;
  }
}
