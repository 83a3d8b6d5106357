/** Runs every mutant: seeds until an invariant breaks that holds without the mutation, or until the seeds end. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Broken, ChildTask } from './child.ts';
import type { Mutant } from './mutant.ts';
import { coreSource, mutate, Workspace } from './workspace.ts';

/** Each keeps one core busy. */
const AT_ONCE_MAX = 2;
const MINUTES_DEFAULT = 2;
/** Those that are declared to survive get fewer seeds: enough to see that they run. */
const SEEDS_EQUIVALENT_MAX = 8;
/** A few hundred times what a seed takes: whoever is not back by then is never back. */
const CHILD_MS_MAX = 300_000;
const OUTPUT_LENGTH_MAX = 20_000;

export interface MutantResult {
  readonly mutant: Mutant;
  /** Seeds that were run, the one that caught it included. */
  readonly seeds: number;
  /** The broken invariant; undefined when it survived. */
  readonly caught: Broken | undefined;
  /**
   * Seeds that broke something and prove nothing: they break without the mutation too, or broke an invariant that the guard is not there
   * for. A mutation changes the whole course of a seed, so that it may well run into what is wrong with the core itself.
   */
  readonly passedOver: readonly number[];
}

export interface RunMutantsOptions {
  readonly mutants: readonly Mutant[];
  readonly firstSeed: number;
  readonly seeds: number;
  readonly onResult?: (result: MutantResult) => void;
}

/** Results in the order of the table. Throws when a mutant's text is gone, or when its core does not run. */
export async function runMutants({
  mutants,
  firstSeed,
  seeds,
  onResult,
}: RunMutantsOptions): Promise<readonly MutantResult[]> {
  for (const mutant of mutants) mutate(mutant, coreSource(mutant.file)); // a table that rots is found before an hour has gone by
  const workspace = new Workspace();
  const results = new Map<Mutant, MutantResult>();
  const waiting = [...mutants.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, mutant] = next;
      const result = await runMutant(workspace, mutant, `mutant-${index}`, firstSeed, seeds);
      results.set(mutant, result);
      onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE_MAX }, worker));
  } finally {
    workspace.close();
  }
  return mutants.flatMap((mutant) => results.get(mutant) ?? []);
}

async function runMutant(
  workspace: Workspace,
  mutant: Mutant,
  name: string,
  firstSeed: number,
  seeds: number,
): Promise<MutantResult> {
  const folder = workspace.mutated(mutant, name);
  const { minutes = MINUTES_DEFAULT, faults, nodes } = mutant;
  const options = { minutes, faults, ...(nodes === undefined ? {} : { nodes }) };
  const count = mutant.equivalent === undefined ? seeds : Math.min(seeds, SEEDS_EQUIVALENT_MAX);
  const lastSeed = firstSeed + count - 1;
  const passedOver: number[] = [];
  try {
    for (let seed = firstSeed; seed <= lastSeed; ) {
      const broken = await runSeeds(folder, { firstSeed: seed, lastSeed, ...options });
      if (broken === undefined) break;
      const expected = mutant.catches.includes(broken.invariant);
      const alone = { firstSeed: broken.seed, lastSeed: broken.seed, ...options };
      if (expected && (await runSeeds(workspace.untouched, alone)) === undefined)
        return { mutant, seeds: broken.seed - firstSeed + 1, caught: broken, passedOver };
      passedOver.push(broken.seed);
      seed = broken.seed + 1;
    }
  } finally {
    workspace.drop(folder);
  }
  return { mutant, seeds: count, caught: undefined, passedOver };
}

/** Runs seeds in a process of its own: its modules are the copy's. */
function runSeeds(folder: string, task: ChildTask): Promise<Broken | undefined> {
  const script = join(folder, 'test/sim/mutants/child.ts');
  const child = spawn(execPath, ['--disable-warning=ExperimentalWarning', script, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: CHILD_MS_MAX,
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    output = `${output}${data.toString()}`.slice(-OUTPUT_LENGTH_MAX);
  });
  child.stderr.on('data', (data: Buffer) => {
    errors = `${errors}${data.toString()}`.slice(-OUTPUT_LENGTH_MAX);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0) reject(new Error(`a mutant's simulator ended with ${signal ?? code}: ${errors}`));
      else resolve(readBroken(output));
    });
  });
}

function readBroken(output: string): Broken | undefined {
  const json: unknown = JSON.parse(output);
  if (typeof json !== 'object' || json === null || !('seed' in json)) return undefined;
  const { seed } = json;
  const text = (name: string): string => String(Object.entries(json).find(([key]) => key === name)?.[1] ?? '');
  return { seed: Number(seed), invariant: text('invariant'), message: text('message') };
}
