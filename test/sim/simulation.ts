/** One seed from beginning to end: a safety phase with every fault, a liveness phase with none, and a silence. */
import { liveness, safety, silence } from './phases.ts';
import { SECOND } from './schedule.ts';
import { createWorld, type SetupOptions } from './setup.ts';
import type { Failure } from './world.ts';

export interface SeedOptions extends SetupOptions {
  /** Length of the safety phase. */
  readonly minutes: number;
  /** Kinds that strike in this seed; absent: the seed draws among all of them. */
  readonly faults?: readonly string[];
}

export interface SeedResult {
  readonly seed: number;
  readonly nodes: number;
  readonly virtualSeconds: number;
  /** Events that a core took. */
  readonly steps: number;
  readonly entries: number;
  /** From the healing of everything to equal roots. */
  readonly convergedSeconds: number | undefined;
  /** How often each kind of fault struck. */
  readonly fired: ReadonlyMap<string, number>;
  /** How often honest nodes went each rare path. */
  readonly seen: ReadonlyMap<string, number>;
  readonly failure: Failure | undefined;
  readonly trace: string;
}

export function runSeed(options: SeedOptions): SeedResult {
  const world = createWorld(options);
  options.defects?.prepare?.(world);
  safety(world, options);
  const convergedUs = world.running ? liveness(world) : undefined;
  if (world.running) silence(world);
  return {
    seed: options.seed,
    nodes: world.nodes.length,
    virtualSeconds: world.schedule.nowUs / SECOND,
    steps: world.trace.steps,
    entries: Math.max(...world.honest.map(({ state }) => state?.ledger.height ?? 0)),
    convergedSeconds: convergedUs === undefined ? undefined : convergedUs / SECOND,
    fired: world.fired,
    seen: world.seen,
    failure: world.failure,
    trace: world.trace.finish(),
  };
}
