/** How fast entries arrive from peers, so that "behind" can be told in seconds. */
import type { Note } from './core/events.ts';

/** Long enough to bridge the pauses between batches, short enough to follow a change. */
const WINDOW_MS = 10_000;

export class SyncRate {
  /** Entries within the window, decaying: an exponential average has no list to bound. */
  #entries = 0;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  observe(note: Note, nowMs: number): void {
    if (note.name !== 'entries_stored' || note.local) return;
    this.#decay(nowMs);
    this.#entries += note.entries.length;
  }

  /** Entries a second over about the last ten. */
  perSecond(nowMs: number): number {
    this.#decay(nowMs);
    return this.#entries / (WINDOW_MS / 1000);
  }

  #decay(nowMs: number): void {
    this.#entries *= Math.exp((this.#atMs - nowMs) / WINDOW_MS);
    this.#atMs = nowMs;
  }
}
