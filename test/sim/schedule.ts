/** Virtual time, and everything that is still to happen in it: a heap ordered by (time, sequence). */

/** Whole microseconds since the simulation began. */
export type VirtualUs = number;

export const MS = 1000;
export const SECOND = 1000 * MS;
export const MINUTE = 60 * SECOND;

interface Item {
  readonly atUs: VirtualUs;
  readonly sequence: number;
  readonly action: () => void;
}

export class Schedule {
  readonly #heap: Item[] = [];
  #sequence = 0;
  #nowUs: VirtualUs = 0;

  get nowUs(): VirtualUs {
    return this.#nowUs;
  }

  /** Runs `action` in `delayUs` from now; among actions of one time the one planned first runs first. */
  after(delayUs: number, action: () => void): void {
    this.at(this.#nowUs + Math.max(0, Math.round(delayUs)), action);
  }

  at(atUs: VirtualUs, action: () => void): void {
    this.#sequence += 1;
    const item = { atUs: Math.max(atUs, this.#nowUs), sequence: this.#sequence, action };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = item;
  }

  /** Runs everything up to `untilUs`, in order, while `goOn` says so. Time then stands there, or where it was told to stop. */
  runUntil(untilUs: VirtualUs, goOn: () => boolean): void {
    for (let next = this.#heap[0]; next !== undefined && next.atUs <= untilUs && goOn(); next = this.#heap[0]) {
      this.#removeFirst();
      this.#nowUs = next.atUs;
      next.action();
    }
    if (goOn()) this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const leftItem = heap[left];
      if (leftItem === undefined) break;
      const rightItem = heap[left + 1];
      const right = rightItem !== undefined && isBefore(rightItem, leftItem);
      const smaller = right ? rightItem : leftItem;
      if (!isBefore(smaller, last)) break;
      heap[place] = smaller;
      place = right ? left + 1 : left;
    }
    heap[place] = last;
  }
}

function isBefore(a: Item, b: Item): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}
