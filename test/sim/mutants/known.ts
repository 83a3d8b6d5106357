/** At which seed each mutant was caught last, and by what: `--mutants --record` writes it down, `--mutants --known` begins there. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Mutant } from './mutant.ts';
import type { MutantResult } from './run.ts';

/** What a run of one mutant came to. */
export interface Known {
  /** The broken invariant; undefined when it survived. */
  readonly invariant: string | undefined;
  /** The seed that broke it; of a survivor, how many were run. */
  readonly seed: number;
}

export type KnownMutants = ReadonlyMap<string, Known>;

const FILE = new URL('known.json', import.meta.url);

export function readKnown(): KnownMutants {
  const json: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
  const rows = Array.isArray(json) ? json : [];
  return new Map(rows.map(([name, invariant, seed]) => [String(name), readOne(invariant, seed)]));
}

function readOne(invariant: unknown, seed: unknown): Known {
  return { invariant: typeof invariant === 'string' ? invariant : undefined, seed: Number(seed) };
}

/** What was known, with what these results say in its place. */
export function withResults(known: KnownMutants, results: readonly MutantResult[]): KnownMutants {
  const all = new Map(known);
  for (const { mutant, caught, seeds } of results) {
    const before = known.get(mutant.name);
    // With --known a survivor ran one seed: that it survived more is not forgotten.
    const survived = before?.invariant === undefined ? Math.max(seeds, before?.seed ?? 0) : seeds;
    all.set(mutant.name, { invariant: caught?.invariant, seed: caught?.seed ?? survived });
  }
  return all;
}

/** In the order of the table; what is no mutant any more goes. A line each, so that a change is a line in the history. */
export function writeKnown(known: KnownMutants, mutants: readonly Mutant[]): void {
  const rows = mutants.flatMap(({ name }) => {
    const one = known.get(name);
    if (one === undefined) return [];
    const cells = [name, one.invariant ?? null, one.seed].map((cell) => JSON.stringify(cell));
    return [`  [${cells.join(', ')}]`];
  });
  writeFileSync(FILE, `[\n${rows.join(',\n')}\n]\n`);
}
