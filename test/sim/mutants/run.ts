/** Runs every mutant: seeds until an invariant breaks that holds without the mutation, or until the seeds end. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { Broken, ChildTask } from './child.ts';
import type { KnownMutants } from './known.ts';
import type { Mutant } from './mutant.ts';
import { coreSource, mutate, placesOf, Workspace } from './workspace.ts';

/** Each keeps one core busy. */
const AT_ONCE_MAX = 2;
const MINUTES_DEFAULT = 2;
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
  /** Begins with the seed at which each was caught last. Of those that survive one seed is run, to see that they run at all. */
  readonly known?: KnownMutants;
  readonly onResult?: (result: MutantResult) => void;
}

/** Results in the order of the table. Throws when a mutant's text is gone, or when its core does not run. */
export async function runMutants(options: RunMutantsOptions): Promise<readonly MutantResult[]> {
  const { mutants, onResult } = options;
  for (const place of mutants.flatMap(placesOf)) mutate(place, coreSource(place.file)); // a table that rots is found before an hour has gone by
  const workspace = new Workspace();
  const results = new Map<Mutant, MutantResult>();
  const waiting = [...mutants.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, mutant] = next;
      const result = await runMutant(workspace, mutant, `mutant-${index}`, options);
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
  options: RunMutantsOptions,
): Promise<MutantResult> {
  const folder = workspace.mutated(mutant, name);
  try {
    const passedOver: number[] = [];
    let seeds = 0;
    for (const task of tasksOf(mutant, options)) {
      const found = await search(workspace, folder, mutant, task);
      passedOver.push(...found.passedOver);
      if (found.caught !== undefined)
        return { mutant, seeds: seeds + found.caught.seed - task.firstSeed + 1, caught: found.caught, passedOver };
      seeds += task.lastSeed - task.firstSeed + 1;
    }
    return { mutant, seeds, caught: undefined, passedOver };
  } finally {
    workspace.drop(folder);
  }
}

/** The seeds to run, in order: where it was caught last, the first ones; and, of one that should survive, with everything that can happen. */
function tasksOf(mutant: Mutant, { firstSeed, seeds, known }: RunMutantsOptions): readonly ChildTask[] {
  const { minutes = MINUTES_DEFAULT, faults, nodes, name, equivalent } = mutant;
  const options = { minutes, ...(nodes === undefined ? {} : { nodes }) };
  const first: ChildTask = { firstSeed, lastSeed: firstSeed + seeds - 1, faults, ...options };
  if (equivalent !== undefined) {
    if (known !== undefined) return [{ ...first, lastSeed: firstSeed }];
    return [first, { ...first, faults: undefined }];
  }
  const last = known?.get(name);
  if (last?.invariant === undefined) return [first];
  return [{ ...first, firstSeed: last.seed, lastSeed: last.seed }, first];
}

/** Runs seeds until one is broken by the mutation, in a way that the guard is there to prevent. */
async function search(
  workspace: Workspace,
  folder: string,
  mutant: Mutant,
  task: ChildTask,
): Promise<Pick<MutantResult, 'caught' | 'passedOver'>> {
  const passedOver: number[] = [];
  for (let seed = task.firstSeed; seed <= task.lastSeed; ) {
    const broken = await runSeeds(folder, { ...task, firstSeed: seed });
    if (broken === undefined) break;
    const alone = { ...task, firstSeed: broken.seed, lastSeed: broken.seed };
    const isExpected = mutant.catches.includes(broken.invariant);
    if (isExpected && (await runSeeds(workspace.untouched, alone)) === undefined) return { caught: broken, passedOver };
    passedOver.push(broken.seed);
    seed = broken.seed + 1;
  }
  return { caught: undefined, passedOver };
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
