/**
 * Virtual time, and everything that is still to happen in it, in the order of (time, sequence): a heap of what comes next, and behind it a
 * list for each span of time. With a thousand nodes a million messages are on their way at once, and a small heap is quick.
 */

/** Whole microseconds since the simulation began. */
export type VirtualUs = number;

export const MS = 1000;
export const SECOND = 1000 * MS;
export const MINUTE = 60 * SECOND;

const SPAN_US = 10 * MS;

interface Item {
  readonly atUs: VirtualUs;
  readonly sequence: number;
  readonly action: () => void;
}

export class Schedule {
  /** What happens before the horizon. */
  readonly #heap: Item[] = [];
  /** The rest, by the span in which it happens. */
  readonly #later = new Map<number, Item[]>();
  #horizonUs: VirtualUs = SPAN_US;
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
    if (item.atUs < this.#horizonUs) {
      this.#add(item);
      return;
    }
    const span = Math.floor(item.atUs / SPAN_US);
    const items = this.#later.get(span);
    if (items === undefined) this.#later.set(span, [item]);
    else items.push(item);
  }

  /** Runs everything up to `untilUs`, in order, while `goOn` says so. Time then stands there, or where it was told to stop. */
  runUntil(untilUs: VirtualUs, goOn: () => boolean): void {
    for (let next = this.#next(untilUs); next !== undefined && goOn(); next = this.#next(untilUs)) {
      this.#removeFirst();
      this.#nowUs = next.atUs;
      next.action();
    }
    if (goOn()) this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  /** What happens next, if that is not after `untilUs`. */
  #next(untilUs: VirtualUs): Item | undefined {
    while (this.#heap.length === 0 && this.#horizonUs <= untilUs) this.#approach();
    const next = this.#heap[0];
    return next !== undefined && next.atUs <= untilUs ? next : undefined;
  }

  /** The next span begins. */
  #approach(): void {
    const span = this.#horizonUs / SPAN_US;
    const items = this.#later.get(span) ?? [];
    this.#later.delete(span);
    this.#horizonUs += SPAN_US;
    for (const item of items) this.#add(item);
  }

  #add(item: Item): void {
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
