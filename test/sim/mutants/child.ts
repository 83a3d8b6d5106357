/** Runs seeds one after the other until an invariant breaks, in the copy of the sources that it lies in, and prints what happened. */
import { argv, stdout } from 'node:process';
import { runSeed } from '../simulation.ts';

export interface ChildTask {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly minutes: number;
  /** Those of the mutant; absent: each seed draws its own. */
  readonly faults: readonly string[] | undefined;
  readonly nodes?: number;
}

export interface Broken {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

function run(task: ChildTask): Broken | undefined {
  const { firstSeed, lastSeed, faults, ...others } = task;
  const options = faults === undefined ? others : { ...others, faults };
  for (let seed = firstSeed; seed <= lastSeed; seed++) {
    const { failure } = runSeed({ seed, ...options });
    if (failure !== undefined) return { seed, invariant: failure.invariant, message: failure.message };
  }
  return undefined;
}

const [, , task = ''] = argv;
stdout.write(`${JSON.stringify(run(JSON.parse(task)) ?? {})}\n`);
