/** Governance: all honest nodes end in the epoch that was decided, and vote with its witnesses if they can. */
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { type Electorate, electoratesOf, epochToKnow, neededOf } from './electorates.ts';

export function governance(): Checker {
  return {
    conclude(world) {
      const { all, epoch } = electoratesOf(world);
      const [first] = world.honest.flatMap(({ state }) => state?.epochs.epoch ?? []);
      for (const each of all.slice(1)) expectSafe(world, each);
      const begun = all.filter(({ since }) => since <= (first ?? 0));
      const current = begun.at(-1) ?? all[0];
      // Votes that nobody certifies any more decide nothing.
      const isPast = (first ?? 0) > epoch;
      if (isPast || (isReachable(world, begun) && (first ?? 0) < epochToKnow(world)))
        world.fail('governance', `the nodes end in epoch ${first}; ${epoch} was decided`);
      for (const { index, peer, state } of world.honest) {
        if (state === undefined) continue;
        const { current: known } = state.epochs;
        const same = known.since === current.since && known.threshold === current.threshold;
        // Who is behind by what changed no witnesses hears it when more is certified, or its ledger differs from another.
        if (
          (state.epochs.epoch !== first && isReachable(world, begun)) ||
          !same ||
          !isSame(current.witnesses, known.witnesses)
        )
          world.fail('governance', `node ${index} ends in epoch ${state.epochs.epoch}, another in ${first}`);
        const { adopted } = state.governing.fold;
        if (adopted !== undefined && isReachable(world, begun) && honestOf(world, current) >= neededOf(current))
          world.fail('governance', `node ${index} adopted ${adopted.proposal}, and epoch ${first} does not end`);
        if (isReachable(world, begun) && current.witnesses.has(peer) && state.handoff.votes !== current.since)
          world.fail('governance', `node ${index} does not vote with the witnesses of epoch ${current.since}`);
      }
    },
  };
}

/** Any two quorums of elected witnesses meet in an honest one, when at most a third of them are not. */
function expectSafe(world: World, { since, witnesses, threshold }: Electorate): void {
  const faulty = Math.floor((witnesses.size - 1) / 3);
  if (2 * threshold - witnesses.size <= faulty || threshold > witnesses.size)
    world.fail('governance', `epoch ${since} has a threshold of ${threshold} of ${witnesses.size} witnesses`);
}

/** Honest witnesses that know all they ever signed. */
function honestOf(world: World, { witnesses }: Electorate): number {
  return world.honest.filter(({ peer, lapsed }) => !lapsed && witnesses.has(peer)).length;
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

/** The electorates that have begun on all honest nodes. */
export function begunElectorates(world: World): readonly Electorate[] {
  const least = Math.min(...world.honest.map(({ state }) => state?.epochs.epoch ?? 0));
  return electoratesOf(world).all.filter(({ since }) => since <= least);
}

/**
 * Whether the honest alone are enough to certify, and to take over from those before. One whose disk was lost meanwhile takes over only
 * when the others are enough without it: it does not know any more with whom it voted.
 */
export function isReachable(world: World, all: readonly Electorate[]): boolean {
  const willing = world.honest.filter(({ lapsed }) => !lapsed || all.length === 1);
  const peers = new Set(willing.map(({ peer }) => peer));
  return all
    .slice(-2)
    .every(({ witnesses, threshold }) => [...witnesses].filter((peer) => peers.has(peer)).length >= threshold);
}
