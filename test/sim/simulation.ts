/** One seed from beginning to end: a safety phase with every fault, a liveness phase with none, and a silence. */
import { equalBytes } from '../../src/core/bytes.ts';
import { draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { FUTURE_WINDOW_MS } from '../../src/core/limits.ts';
import { CHECKERS } from './checkers/all.ts';
import { Dice } from './dice.ts';
import { type Fault, FAULTS } from './faults/all.ts';
import { MINUTE, MS, SECOND } from './schedule.ts';
import { BEGIN_WALL_MS } from './sim-node.ts';
import { drawKeys } from './signatures.ts';
import { type Defects, type Failure, World } from './world.ts';
import { startWorkload } from './workload.ts';

export interface SeedOptions {
  readonly seed: number;
  /** Drawn by the seed when absent. */
  readonly nodes?: number;
  /** Length of the safety phase. */
  readonly minutes: number;
  /** Kinds that strike in this seed; absent: the seed draws among all of them. */
  readonly faults?: readonly string[];
  readonly realSignatures?: boolean;
  readonly defects?: Defects;
}

export interface SeedResult {
  readonly seed: number;
  readonly nodes: number;
  readonly virtualSeconds: number;
  readonly steps: number;
  readonly entries: number;
  /** From the healing of everything to equal roots. */
  readonly convergedSeconds: number | undefined;
  readonly fired: ReadonlyMap<string, number>;
  readonly failure: Failure | undefined;
  readonly trace: string;
}

/** Within this of virtual time after healing all honest nodes must be equal: the longest rest, a frontier interval, and the transfers. */
const CONVERGENCE_US_MAX = 2 * MINUTE;
const CONVERGENCE_LOOK_US = 100 * MS;
/** What is under way when roots become equal may still be confirmed and journaled. */
const SETTLING_US = 40 * SECOND;
const SILENCE_US = 4 * MINUTE;

export function runSeed(options: SeedOptions): SeedResult {
  const world = createWorld(options);
  const { schedule } = world;
  const running = (): boolean => world.running;
  options.defects?.prepare?.(world);
  for (const node of world.nodes) schedule.after(world.dice.between(0, 2 * SECOND), () => world.start(node));
  startWorkload(world);
  for (const fault of drawFaults(world.dice, options.faults)) fault.install(world, () => world.countFault(fault.kind));
  schedule.runUntil(options.minutes * MINUTE, running);

  heal(world);
  const healedUs = schedule.nowUs;
  const boundUs = healedUs + CONVERGENCE_US_MAX + longestHold(world);
  while (running() && !converged(world) && schedule.nowUs < boundUs) {
    schedule.runUntil(schedule.nowUs + CONVERGENCE_LOOK_US, running);
  }
  const convergedUs = converged(world) ? schedule.nowUs : undefined;
  if (convergedUs === undefined && running()) world.conclude(); // what lies behind it may have a name of its own
  if (convergedUs === undefined) world.fail('convergence', `no equal roots ${(boundUs - healedUs) / SECOND} s after healing: ${heights(world)}`);
  schedule.runUntil(schedule.nowUs + SETTLING_US, running);
  if (running()) world.enter('silence');
  schedule.runUntil(schedule.nowUs + SILENCE_US, running);
  if (running()) {
    world.enter('over');
    world.conclude();
  }
  return {
    seed: options.seed,
    nodes: world.nodes.length,
    virtualSeconds: schedule.nowUs / SECOND,
    steps: world.trace.steps,
    entries: Math.max(...world.honest.map(({ state }) => state?.ledger.height ?? 0)),
    convergedSeconds: convergedUs === undefined ? undefined : (convergedUs - healedUs) / SECOND,
    fired: world.fired,
    failure: world.failure,
    trace: world.trace.finish(),
  };
}

function createWorld({ seed, nodes, realSignatures, defects }: SeedOptions): World {
  const dice = new Dice(seed);
  const count = nodes ?? dice.int(3, 7);
  const table = drawKeys(count, realSignatures === true, dice);
  const peers = table.keys.map(({ peer }) => peer);
  const federation = readFederation(draftFederation({
    name: 'simulation',
    witnesses: peers.map((peer) => ({ peer, organisation: '' })),
    ...(dice.chance(0.5) ? { openQuota: 100_000 } : {}),
  }));
  return new World({ dice, table, federation, pairs: drawPairs(count, dice), checkers: CHECKERS.map((create) => create()), defects: defects ?? {} });
}

/** Who may be connected to whom: everybody to everybody, or a ring with some chords. */
function drawPairs(count: number, dice: Dice): [number, number][] {
  const density = dice.chance(0.6) ? 1 : dice.between(0, 0.5);
  const pairs: [number, number][] = [];
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      const neighbours = b === a + 1 || (a === 0 && b === count - 1);
      if (neighbours || dice.chance(density)) pairs.push([a, b]);
    }
  }
  return pairs;
}

/** Some of the faults, so that each also meets the others' absence; or those that were asked for. */
function drawFaults(dice: Dice, asked: readonly string[] | undefined): readonly Fault[] {
  if (asked !== undefined) return FAULTS.filter(({ kind }) => asked.includes(kind));
  return FAULTS.filter(() => dice.chance(0.5));
}

function heal(world: World): void {
  if (!world.running) return;
  world.enter('liveness');
  world.network.heal();
  for (const node of world.nodes) {
    if (!node.hostile) continue;
    // It behaves from now on, or it is never heard of again: what it goes on sending would have no end.
    node.tampers.length = 0;
    if (world.dice.chance(0.5)) world.network.isolate(node.index);
  }
  for (const node of world.nodes) {
    node.disk.crashAt = undefined;
    node.skewMs = 0;
    world.start(node);
  }
}

function converged(world: World): boolean {
  const [first, ...others] = world.joined.map(({ state }) => state?.durable.root);
  return first !== undefined && others.every((root) => root !== undefined && equalBytes(root, first));
}

function heights(world: World): string {
  return world.joined.map(({ index, state }) => `${index}: ${state?.durable.height ?? 'down'}`).join(', ');
}

/** Entries of a clock that was ahead are held until the others' clocks come near. */
function longestHold(world: World): number {
  const nowMs = BEGIN_WALL_MS + world.schedule.nowUs / MS;
  const latestMs = Math.max(...world.nodes.flatMap(({ disk }) => [...disk.heads.values()].map(({ timestampMs }) => timestampMs)));
  return Math.max(0, latestMs - FUTURE_WINDOW_MS - nowMs) * MS;
}
