/** One seed of a run: how it is to be run, and what it came to. */
import type { NodeCount } from './setup.ts';
import { runSeed, type SeedResult } from './simulation.ts';

export interface SeedTask {
  readonly seed: number;
  readonly minutes: number;
  readonly nodes: NodeCount | undefined;
  readonly faults: readonly string[] | undefined;
  readonly realSignatures: boolean;
  /** It is run again, and must go the same way. */
  readonly twice: boolean;
}

export function runTask({ twice, nodes, faults, ...task }: SeedTask): SeedResult {
  const options = {
    ...task,
    ...(nodes === undefined ? {} : { nodes }),
    ...(faults === undefined ? {} : { faults }),
  };
  const result = runSeed(options);
  if (!twice || result.failure !== undefined) return result;
  const again = runSeed(options).trace;
  if (again === result.trace) return result;
  const message = `the second run has trace ${again}, the first ${result.trace}`;
  return { ...result, failure: { invariant: 'replay', message, atSeconds: result.virtualSeconds } };
}
