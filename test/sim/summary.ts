/** What a run of many seeds comes to. */
import { createHash } from 'node:crypto';
import { FAULTS } from './faults/all.ts';
import type { RunOptions } from './options.ts';
import type { NodeCount } from './setup.ts';
import type { SeedResult } from './simulation.ts';
import { RARE_PATHS } from './world.ts';

/** What `--json` prints. The first six names are what other programs rely on. */
export interface Summary {
  readonly seeds: number;
  /** Nodes simulated, over all seeds. */
  readonly nodes: number;
  readonly virtual_hours: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly seed: number; readonly invariant: string }[];
  /** SHA-256 over the trace hashes of all seeds. */
  readonly trace: string;
  readonly steps: number;
  readonly entries: number;
  readonly converged_seconds_max: number;
  readonly faults_never_fired: readonly string[];
  readonly paths: Readonly<Record<string, number>>;
}

/** Below this many seeds the draw may well leave a kind out. */
const SEEDS_FOR_EVERY_KIND = 50;

export class Tally {
  readonly #options: RunOptions;
  readonly #fired = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #failures: { seed: number; invariant: string }[] = [];
  readonly #trace = createHash('sha256');
  #nodes = 0;
  #virtualSeconds = 0;
  #steps = 0;
  #entries = 0;
  #convergedSecondsMax = 0;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  add(result: SeedResult): void {
    this.#nodes += result.nodes;
    this.#virtualSeconds += result.virtualSeconds;
    this.#steps += result.steps;
    this.#entries += result.entries;
    this.#convergedSecondsMax = Math.max(this.#convergedSecondsMax, result.convergedSeconds ?? 0);
    for (const [kind, times] of result.fired) this.#fired.set(kind, (this.#fired.get(kind) ?? 0) + times);
    for (const [name, times] of result.seen) this.#seen.set(name, (this.#seen.get(name) ?? 0) + times);
    if (result.failure !== undefined) this.#failures.push({ seed: result.seed, invariant: result.failure.invariant });
    this.#trace.update(result.trace);
  }

  finish(): Summary {
    const kinds = this.#options.faults ?? FAULTS.map(({ kind }) => kind);
    const expected = this.#options.faults !== undefined || this.#options.seeds >= SEEDS_FOR_EVERY_KIND;
    return {
      seeds: this.#options.seeds,
      nodes: this.#nodes,
      virtual_hours: Math.round(this.#virtualSeconds / 36) / 100,
      faults: Object.fromEntries(kinds.map((kind) => [kind, this.#fired.get(kind) ?? 0])),
      failures: this.#failures,
      trace: this.#trace.digest('hex'),
      steps: this.#steps,
      entries: this.#entries,
      converged_seconds_max: this.#convergedSecondsMax,
      paths: Object.fromEntries(RARE_PATHS.map((name) => [name, this.#seen.get(name) ?? 0])),
      faults_never_fired: expected ? kinds.filter((kind) => !this.#fired.has(kind)) : [],
    };
  }
}

function nodesText(nodes: NodeCount): string {
  return typeof nodes === 'number' ? String(nodes) : nodes.join('-');
}

/** The command that runs one seed again. */
export function replayCommand(seed: number, options: RunOptions): string {
  const parts = ['npm run sim --', `--seed ${seed}`, `--minutes ${options.minutes}`];
  if (options.nodes !== undefined) parts.push(`--nodes ${nodesText(options.nodes)}`);
  if (options.faults !== undefined)
    parts.push(`--faults ${options.faults.length === 0 ? 'none' : options.faults.join(',')}`);
  if (options.realSignatures) parts.push('--real-signatures');
  return parts.join(' ');
}
