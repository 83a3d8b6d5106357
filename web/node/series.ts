/** What the charts show: the events of the last minutes, in buckets of equal time. Old buckets are overwritten. */

export const BUCKET_MS = 2000;
export const BUCKETS = 150;
/** Latencies kept of one bucket: the median of more would not differ visibly. */
const SAMPLES_MAX = 200;

interface Bucket {
  number: number;
  own: number;
  received: number;
  latenciesMs: number[];
}

/** Columns as uPlot wants them: times in seconds, then a value for each; null where nothing happened. */
export interface RateColumns {
  readonly times: number[];
  readonly own: number[];
  readonly received: number[];
}
export interface LatencyColumns {
  readonly times: number[];
  readonly medianMs: (number | null)[];
  readonly slowestMs: (number | null)[];
}

export class Series {
  readonly #buckets: Bucket[] = Array.from({ length: BUCKETS }, () => emptyBucket(-1));
  /** Nothing is known of the time before. */
  readonly startedMs: number;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  entry(nowMs: number, isOwn: boolean): void {
    const bucket = this.#at(nowMs);
    if (isOwn) bucket.own++;
    else bucket.received++;
  }

  sync(nowMs: number, latencyMs: number): void {
    const { latenciesMs } = this.#at(nowMs);
    if (latenciesMs.length < SAMPLES_MAX) latenciesMs.push(latencyMs);
  }

  /** Entries a second; nothing is claimed about the time before the page was opened. */
  rates(nowMs: number): RateColumns {
    const numbers = this.#numbers(nowMs);
    const perSecond = (count: number): number => (count * 1000) / BUCKET_MS;
    return {
      times: numbers.map(timeOf),
      own: numbers.map((number) => perSecond(this.#read(number)?.own ?? 0)),
      received: numbers.map((number) => perSecond(this.#read(number)?.received ?? 0)),
    };
  }

  latencies(nowMs: number): LatencyColumns {
    const numbers = this.#numbers(nowMs);
    return {
      times: numbers.map(timeOf),
      medianMs: numbers.map((number) => median(this.#read(number)?.latenciesMs ?? [])),
      slowestMs: numbers.map((number) => largest(this.#read(number)?.latenciesMs ?? [])),
    };
  }

  /** Whole buckets, oldest first; the present one is not whole. */
  #numbers(nowMs: number): number[] {
    const last = Math.floor(nowMs / BUCKET_MS);
    const first = Math.max(last - BUCKETS + 1, Math.floor(this.startedMs / BUCKET_MS));
    return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  }

  #read(number: number): Bucket | undefined {
    const bucket = this.#buckets[number % BUCKETS];
    return bucket?.number === number ? bucket : undefined;
  }

  #at(nowMs: number): Bucket {
    const number = Math.floor(nowMs / BUCKET_MS);
    const found = this.#read(number);
    if (found !== undefined) return found;
    const bucket = emptyBucket(number);
    this.#buckets[number % BUCKETS] = bucket;
    return bucket;
  }
}

function emptyBucket(number: number): Bucket {
  return { number, own: 0, received: 0, latenciesMs: [] };
}

function timeOf(number: number): number {
  return (number * BUCKET_MS) / 1000;
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
