/** One timer that is armed, pushed back and disarmed many times: a stream's deadline. Does not keep the process alive. */
export class Deadline {
  readonly #ms: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, expired: () => void) {
    this.#ms = ms;
    this.#expired = expired;
  }

  get armed(): boolean {
    return this.#timer !== undefined;
  }

  /** Starts the time, or starts it again. */
  arm(): void {
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#expired();
    }, this.#ms).unref();
  }

  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
