/** One line on a terminal's standard error that says how far a long command is; elsewhere nothing. */
import { count, durationText } from './output.ts';

/** Redrawing more often only flickers. */
const REDRAW_MS = 100;
const ERASE_LINE = '\r\u001b[2K';

export class Progress {
  readonly #done: string;
  readonly #total: number | undefined;
  readonly #startedMs = performance.now();
  #drawnMs = 0;

  /**
   * @param done what happens to entries, as a participle: "imported"
   * @param total how many there are; undefined: nobody knows yet
   */
  constructor(done: string, total: number | undefined) {
    this.#done = done;
    this.#total = total;
  }

  show(entries: number): void {
    const nowMs = performance.now();
    if (!process.stderr.isTTY || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const rate = entries / Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const total = this.#total === undefined ? '' : ` of ${count(this.#total)}`;
    const left =
      this.#total === undefined || rate === 0 ? '' : `, ${durationText((this.#total - entries) / rate)} left`;
    process.stderr.write(
      `${ERASE_LINE}${count(entries)}${total} entries ${this.#done}, ${count(Math.round(rate))}/s${left}`,
    );
  }

  /** Takes the line away. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write(ERASE_LINE);
  }
}
