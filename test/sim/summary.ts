/** What a run of many seeds comes to. */
import { hash } from 'node:crypto';
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
  /** A chain of SHA-256 over the trace hashes of all seeds, in their order. */
  readonly trace: string;
  readonly steps: number;
  readonly entries: number;
  readonly converged_seconds_max: number;
  readonly faults_never_fired: readonly string[];
  readonly paths: Readonly<Record<string, number>>;
}

/** Below this many seeds the draw may well leave a kind out. */
const SEEDS_FOR_EVERY_KIND = 200;

/** What is known so far. Plain data, so that a run can be interrupted and continued from a file. */
export interface Counts {
  seeds: number;
  nodes: number;
  virtualSeconds: number;
  steps: number;
  entries: number;
  convergedSecondsMax: number;
  trace: string;
  readonly fired: Record<string, number>;
  readonly seen: Record<string, number>;
  readonly failures: { seed: number; invariant: string }[];
}

export function noCounts(): Counts {
  return {
    seeds: 0,
    nodes: 0,
    virtualSeconds: 0,
    steps: 0,
    entries: 0,
    convergedSecondsMax: 0,
    trace: '',
    fired: {},
    seen: {},
    failures: [],
  };
}

/** Adds the next seed. */
export function count(counts: Counts, result: SeedResult): void {
  counts.seeds += 1;
  counts.nodes += result.nodes;
  counts.virtualSeconds += result.virtualSeconds;
  counts.steps += result.steps;
  counts.entries += result.entries;
  counts.convergedSecondsMax = Math.max(counts.convergedSecondsMax, result.convergedSeconds ?? 0);
  for (const [kind, times] of result.fired) counts.fired[kind] = (counts.fired[kind] ?? 0) + times;
  for (const [name, times] of result.seen) counts.seen[name] = (counts.seen[name] ?? 0) + times;
  if (result.failure !== undefined) counts.failures.push({ seed: result.seed, invariant: result.failure.invariant });
  counts.trace = hash('sha256', `${counts.trace}${result.trace}`, 'hex');
}

export function summarize(counts: Counts, options: RunOptions): Summary {
  const kinds = options.faults ?? FAULTS.map(({ kind }) => kind);
  const expected = options.faults !== undefined || options.seeds >= SEEDS_FOR_EVERY_KIND;
  return {
    seeds: counts.seeds,
    nodes: counts.nodes,
    virtual_hours: Math.round(counts.virtualSeconds / 36) / 100,
    faults: Object.fromEntries(kinds.map((kind) => [kind, counts.fired[kind] ?? 0])),
    failures: counts.failures,
    trace: counts.trace,
    steps: counts.steps,
    entries: counts.entries,
    converged_seconds_max: counts.convergedSecondsMax,
    paths: Object.fromEntries(RARE_PATHS.map((name) => [name, counts.seen[name] ?? 0])),
    faults_never_fired: expected ? kinds.filter((kind) => counts.fired[kind] === undefined) : [],
  };
}

export function nodesText(nodes: NodeCount): string {
  return typeof nodes === 'number' ? String(nodes) : nodes.join('-');
}

/** The command that runs one seed again. */
export function replayCommand(seed: number, options: RunOptions): string {
  const parts = ['npm run sim --', `--seed ${seed}`, `--minutes ${options.minutes}`];
  if (options.nodes !== undefined) parts.push(`--nodes ${nodesText(options.nodes)}`);
  if (options.faults !== undefined)
    parts.push(`--faults ${options.faults.length === 0 ? 'none' : options.faults.join(',')}`);
  if (seed >= options.firstSeed + options.seeds - options.real) parts.push('--real 1');
  return parts.join(' ');
}
