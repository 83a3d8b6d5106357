/** The phases of a seed. Faults strike in the first; in the others all that is asked of the nodes must come true in bounded time. */
import { equalBytes } from '../../src/core/bytes.ts';
import { FUTURE_WINDOW_MS, HEARTBEAT_INTERVAL_MS } from '../../src/core/limits.ts';
import type { PeerIdText } from '../../src/core/peer-id.ts';
import { isTakingOver } from '../../src/core/sync/handoff.ts';
import { begunElectorates, isReachable } from './checkers/governance.ts';
import { MINUTE, MS, SECOND, type VirtualUs } from './schedule.ts';
import { drawFaults } from './setup.ts';
import { BEGIN_WALL_MS, type SimNode } from './sim-node.ts';
import { startWorkload } from './workload.ts';
import type { World } from './world.ts';

/** Within this of virtual time after healing all honest nodes must be equal: the longest rest, a frontier interval, and the transfers. */
const CONVERGENCE_US_MAX = 2 * MINUTE;
const CONVERGENCE_LOOK_US = 100 * MS;
/**
 * Within this what all hold is final: two heartbeat intervals when nothing is lost, and one more for each heartbeat that is: what a node
 * says of a feed of which others hold nothing yet is lost on them, and who has nothing more to tell waits twice as long for its next.
 */
const FINAL_US_MAX = 4 * HEARTBEAT_INTERVAL_MS * MS;
/** What is under way when roots become equal may still be confirmed and journaled. */
const SETTLING_US = 40 * SECOND;
const SILENCE_US = 4 * MINUTE;
const START_US_MAX = 2 * SECOND;

export interface SafetyOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly faults?: readonly string[];
}

/** Nodes start, clients append, faults strike. */
export function safety(world: World, { seed, minutes, faults }: SafetyOptions): void {
  const { dice, schedule } = world;
  for (const node of world.nodes) schedule.after(dice.between(0, START_US_MAX), () => world.start(node));
  startWorkload(world, minutes);
  for (const fault of drawFaults(dice, seed, faults)) fault.install(world, () => world.countFault(fault.kind));
  world.run(minutes * MINUTE);
}

/** The network heals, nodes come back, nobody appends: how long it takes until all are equal, in virtual time. */
export function liveness(world: World): VirtualUs | undefined {
  const healedUs = world.schedule.nowUs;
  heal(world);
  const persists = settleHostile(world);
  let equalUs = untilEqual(world);
  if (persists !== undefined && equalUs !== undefined) {
    // They were equal in spite of it. What it alone holds might now come out at any time, so silence begins without it.
    world.network.isolate(persists);
    equalUs = untilEqual(world);
  }
  if (equalUs !== undefined) {
    untilCaughtUp(world);
    if (!isEqual(world)) equalUs = untilEqual(world);
  }
  // Who is not among the equal may have entries for which the others wait, too.
  world.run(longestHold(world) + SETTLING_US);
  return equalUs === undefined ? undefined : equalUs - healedUs;
}

const ARRIVALS_MAX = 1000;

/** Nothing happens, and nothing may. */
export function silence(world: World): void {
  world.enter('silence');
  world.run(SILENCE_US);
  // What is on its way at this moment arrives, so that nothing counts as unanswered that was just received.
  for (let i = 0; i < ARRIVALS_MAX && world.nodes.some(({ state }) => (state?.jobs.size ?? 0) > 0); i++) world.run(MS);
  world.enter('over');
  world.conclude();
}

function heal(world: World): void {
  world.enter('liveness');
  world.network.heal();
  for (const node of world.nodes) {
    node.disk.crashAt = undefined;
    if (node.disk.damage.count > 0 && node.disk.defects.ignoresChecksums !== true) world.damaged(node); // their operators run `tessrax verify`
    node.skewMs = 0;
    node.slowness = 1;
    node.disk.slowness = 1;
    world.start(node);
  }
}

/** A hostile node behaves from now on, or is never heard of again, or goes on: its index then. */
function settleHostile(world: World): number | undefined {
  const hostile = world.nodes.find((node) => node.hostile);
  if (hostile === undefined) return undefined;
  switch (world.dice.int(0, 2)) {
    case 0:
      hostile.tampers.length = 0;
      return undefined;
    case 1:
      world.network.isolate(hostile.index);
      return undefined;
    default:
      return hostile.index;
  }
}

/** Runs until all who take part are equal: when that was. Past the bound convergence is broken. */
function untilEqual(world: World): VirtualUs | undefined {
  const { schedule } = world;
  const besidesUs = schedule.nowUs + CONVERGENCE_US_MAX;
  const heldUs = longestHold(world);
  while (world.running && !isEqual(world) && schedule.nowUs < besidesUs - FINAL_US_MAX) world.run(CONVERGENCE_LOOK_US);
  const common = commonSizes(world);
  while (world.running && !isEqual(world) && schedule.nowUs < besidesUs) world.run(CONVERGENCE_LOOK_US);
  if (world.running && !isEqual(world)) expectFinalBesides(world, common);
  // What was on its way to the disk when everything was healed may be dated ahead as well.
  const laterUs = longestHold(world);
  const boundUs = Math.max(besidesUs + heldUs, laterUs > 0 ? schedule.nowUs + laterUs + CONVERGENCE_US_MAX : 0);
  while (world.running && !isEqual(world) && schedule.nowUs < boundUs) world.run(CONVERGENCE_LOOK_US);
  if (isEqual(world)) return schedule.nowUs;
  world.conclude(); // what lies behind it may have a name of its own
  world.fail('convergence', `no equal roots ${CONVERGENCE_US_MAX / SECOND} s after healing: ${heights(world)}`);
  return undefined;
}

/**
 * Gives a revoked node that behaves again the time to be equal too. Those who know of the revocation refuse it, so that it may stay behind;
 * who does not know, since it is not in force there, serves it, and learns what it alone holds. One that went back to an older disk, and has
 * signed another branch since, is never equal, asks on and on for what it will not take, and is answered: it is left out of the silence.
 */
function untilCaughtUp(world: World): void {
  const revoked = world.nodes.filter(
    (node) => node.hostile && node.expelled && node.tampers.length === 0 && world.isMember(node),
  );
  const boundUs = world.schedule.nowUs + CONVERGENCE_US_MAX;
  const isBehind = (node: SimNode): boolean => !isLike(node, world.joined[0]);
  while (world.running && revoked.some(isBehind) && world.schedule.nowUs < boundUs) world.run(CONVERGENCE_LOOK_US);
  for (const node of revoked.filter(isBehind)) world.network.isolate(node.index);
}

function isEqual(world: World): boolean {
  const [first, ...others] = world.joined;
  return first?.state !== undefined && others.every((other) => isLike(other, first));
}

function isLike({ state }: SimNode, other: SimNode | undefined): boolean {
  const root = other?.state?.durable.root;
  return root !== undefined && state !== undefined && equalBytes(state.durable.root, root);
}

function heights(world: World): string {
  return world.joined.map(({ index, state }) => `${index}: ${state?.durable.height ?? 'down'}`).join(', ');
}

/** The feeds of which all honest nodes hold the same number of entries. */
function commonSizes(world: World): ReadonlyMap<PeerIdText, number> {
  const [first, ...others] = world.honest.map(({ state }) => state?.durable.heads);
  const sizes = [...(first ?? [])].map(([origin, { size }]) => [origin, size] as const);
  return new Map(sizes.filter(([origin, size]) => others.every((heads) => heads?.get(origin)?.size === size)));
}

/**
 * While entries of the future are held, what all honest nodes hold, and held to the same size for some time, is final on each; unless
 * witnesses change, who take over only when they hold what those before held, held entries with it.
 */
function expectFinalBesides(world: World, common: ReadonlyMap<PeerIdText, number>): void {
  const states = world.honest.flatMap(({ state }) => state ?? []);
  if (!isReachable(world, begunElectorates(world)) || states.some(isTakingOver)) return;
  for (const [origin, size] of common) {
    if (states.some(({ durable }) => (durable.heads.get(origin)?.size ?? 0) < size)) continue; // cut off meanwhile
    for (const { self, durable } of states) {
      const certified = durable.certified.get(origin) ?? 0;
      if (certified < size)
        world.fail('finality', `while a feed is held, ${self} has ${certified} of ${size} entries of ${origin} final`);
    }
  }
}

/** Entries of a clock that was ahead are held until the others' clocks come near. */
function longestHold(world: World): number {
  const nowMs = BEGIN_WALL_MS + world.schedule.nowUs / MS;
  const latestMs = Math.max(
    ...world.nodes.flatMap(({ disk }) => [...disk.heads.values()].map(({ timestampMs }) => timestampMs)),
  );
  return Math.max(0, latestMs - FUTURE_WINDOW_MS - nowMs) * MS;
}
