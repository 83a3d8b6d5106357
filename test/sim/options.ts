/** The command line of the simulator. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults/all.ts';
import type { NodeCount } from './setup.ts';

export interface RunOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly nodes: NodeCount | undefined;
  readonly minutes: number;
  /** Kinds that were asked for by name; each then strikes in every seed. */
  readonly faults: readonly string[] | undefined;
  readonly json: boolean;
  /** So many of the last seeds run with Ed25519. */
  readonly real: number;
  /** So many of the first seeds run twice. */
  readonly twice: number;
  readonly jobs: number;
  /** Where a run writes down how far it came. */
  readonly resume: string | undefined;
  /** Deletes guards of the core, one at a time, to see that a checker notices. */
  readonly mutants: boolean;
  /** Only mutants whose name contains this. */
  readonly only: string | undefined;
  /** Begins with the seeds that are written down. */
  readonly known: boolean;
  /** Writes them down, and the table. */
  readonly record: boolean;
}

export const USAGE = `npm run sim -- [--seeds N] [--seed S] [--nodes N] [--minutes M] [--faults LIST]
               [--twice N] [--real N] [--jobs N] [--resume FILE] [--json]
npm run sim -- --mutants [--seeds N] [--seed S] [--only TEXT] [--known] [--record] [--json]

  --seeds N           how many seeds to run (100; with --seed alone 1; with --mutants at most so many for each, 30)
  --seed S            the first seed (1)
  --nodes N           nodes in each simulation, from 2 to 1000; or a range, drawn by the seed (3-7)
  --minutes M         virtual minutes of faults, before everything is healed (2)
  --faults LIST       kinds of fault, with commas between them, or "none"; absent: each seed draws its own
                      ${FAULTS.map(({ kind }) => kind).join(', ')}
  --twice N           runs the first N seeds twice, and compares their traces (0)
  --real N            runs the last N seeds with Ed25519 instead of keyed hashes: slower by a factor of five (0)
  --jobs N            threads (as many as there are cores); the result is the same with any number
  --resume FILE       writes down in FILE how far it came, and goes on from there when started again
  --json              one JSON object at the end
  --mutants           takes the guards of the core away, one at a time, and says which invariant notices
  --only TEXT         only mutants with this in their name
  --known             begins with the seed at which each was caught last; with others only when it is not caught there any more
  --record            writes down what each was caught by, and the table in docs/testing.md

A seed that fails is run again with --seed and the same options. Same seed, same options, same trace hash.`;

const SEEDS_DEFAULT = 100;
const SEEDS_PER_MUTANT = 30;
const SEEDS_MAX = 1_000_000;
const JOBS_MAX = 64;
const MINUTES_DEFAULT = 2;
const NODES_MIN = 2;
const NODES_MAX = 1000;

/** Throws with what is wrong and how it is written. */
export function readOptions(args: readonly string[]): RunOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      nodes: { type: 'string' },
      minutes: { type: 'string' },
      faults: { type: 'string' },
      real: { type: 'string' },
      twice: { type: 'string' },
      jobs: { type: 'string' },
      resume: { type: 'string' },
      mutants: { type: 'boolean' },
      only: { type: 'string' },
      known: { type: 'boolean' },
      record: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const mutants = values.mutants === true;
  const seed = number('seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
  return {
    firstSeed: seed ?? 1,
    seeds: number('seeds', values.seeds, 1, SEEDS_MAX) ?? seedsDefault(mutants, seed),
    nodes: readNodes(values.nodes),
    minutes: number('minutes', values.minutes, 1, 100_000) ?? MINUTES_DEFAULT,
    faults: readFaults(values.faults),
    json: values.json === true,
    real: number('real', values.real, 0, SEEDS_MAX) ?? 0,
    twice: number('twice', values.twice, 0, SEEDS_MAX) ?? 0,
    jobs: number('jobs', values.jobs, 1, JOBS_MAX) ?? Math.min(JOBS_MAX, availableParallelism()),
    resume: values.resume,
    mutants,
    only: values.only,
    known: values.known === true,
    record: values.record === true,
  };
}

function seedsDefault(mutants: boolean, seed: number | undefined): number {
  if (mutants) return SEEDS_PER_MUTANT;
  return seed === undefined ? SEEDS_DEFAULT : 1;
}

function number(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}, not "${text}"`);
}

function readNodes(text: string | undefined): NodeCount | undefined {
  const [first, last, ...more] = text?.split('-') ?? [];
  const min = number('nodes', first, NODES_MIN, NODES_MAX);
  if (min === undefined || last === undefined) return min;
  const max = number('nodes', last, min, NODES_MAX);
  return max === undefined || more.length > 0 ? min : [min, max];
}

function readFaults(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return [];
  const kinds = text.split(',').map((kind) => kind.trim());
  for (const kind of kinds) {
    if (!FAULTS.some((fault) => fault.kind === kind)) {
      throw new Error(`--faults: there is no "${kind}"; there are ${FAULTS.map((fault) => fault.kind).join(', ')}`);
    }
  }
  return kinds;
}
