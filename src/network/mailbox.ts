/**
 * Delivers calls one at a time and in order. libp2p dispatches events synchronously: aborting a stream inside a frame handler would
 * call `streamClosed` before that handler has returned, and this holds it back until then.
 */
export class Mailbox {
  /** Bounded by what one libp2p event or one call from outside can cause: it is empty whenever neither is under way. */
  #calls: (() => void)[] = [];
  #delivering = false;
  #held = 0;

  post(call: () => void): void {
    this.#calls.push(call);
    if (!this.#delivering && this.#held === 0) this.#deliver();
  }

  /** Runs `work`; what it posts is delivered soon after, not from inside it. */
  hold(work: () => void): void {
    this.#held++;
    try {
      work();
    } finally {
      this.#held--;
      if (this.#calls.length > 0 && !this.#delivering) queueMicrotask(() => this.#deliver());
    }
  }

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      // Calls posted meanwhile join the end of the same array.
      for (let i = 0; i < this.#calls.length; i++) this.#calls[i]?.();
    } finally {
      this.#calls = [];
      this.#delivering = false;
    }
  }
}
