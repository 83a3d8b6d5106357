/** What every bench is. */
import type { Measurement } from './report.ts';

export interface BenchOptions {
  /** How much work, where the bench has a size. */
  readonly n: number | undefined;
  readonly nodes: number | undefined;
  /** Node i runs in the network namespace of this name with i behind it. */
  readonly netns: string | undefined;
  /** Scale: how long a heartbeat waits for more changes, in milliseconds. */
  readonly debounce: number | undefined;
  /** Folder for CPU profiles of the processes that are measured. */
  readonly profile: string | undefined;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  /** One run: each measurement as soon as it is made. */
  run(options: BenchOptions): AsyncIterable<Measurement>;
}
