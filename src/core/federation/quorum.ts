/**
 * Arithmetic of quorums. n witnesses, threshold t, at most f = ⌊(n-1)/3⌋ of them hostile. Two quorums of t share at least 2t - n
 * witnesses; when that is more than f, one of those is honest, and it never vouches for two branches. (In the terms of Malkhi and
 * Reiter, "Byzantine Quorum Systems", Distributed Computing 11, 1998: a dissemination quorum system.)
 */
import type { PeerIdText } from '../peer-id.ts';
import type { Witness } from './genesis.ts';

/** How many witnesses, and how many of them make a quorum. */
export interface Quorum {
  readonly witnessCount: number;
  readonly threshold: number;
}

/** The hostile witnesses that n of them are meant to withstand. */
export function faultyMax(witnessCount: number): number {
  return Math.floor((witnessCount - 1) / 3);
}

/** The smallest threshold at which any two quorums meet in an honest witness: 2t > n + f. */
export function safeThreshold(witnessCount: number): number {
  return Math.floor((witnessCount + faultyMax(witnessCount)) / 2) + 1;
}

/**
 * Among so many witnesses beside a node there is an honest one that holds whatever of its feed is final, though it is one of those that
 * fail: a threshold vouched for it, at least t - f of them honest and not the node. Two at least, so that none is believed alone.
 */
export function answersNeeded({ witnessCount, threshold }: Quorum, isWitness: boolean): number {
  const others = witnessCount - (isWitness ? 1 : 0);
  const honestHolders = threshold - faultyMax(witnessCount);
  return Math.min(others, Math.max(others - honestHolders + 1, 2));
}

export function quorumsIntersect({ witnessCount, threshold }: Quorum): boolean {
  return 2 * threshold - witnessCount > faultyMax(witnessCount);
}

/**
 * Whether every quorum of one epoch meets every quorum of the next in an honest witness, when at most one witness comes or goes. Both
 * lie in the larger set, of N, so they share at least t + t' - N, and all of those are in both sets; of the larger at most ⌊(N-1)/3⌋
 * are hostile. So t + t' - N > ⌊(N-1)/3⌋. (One change at a time: Ongaro, "Consensus: Bridging Theory and Practice", 2014, 4.1, there for crashes.)
 */
export function neighboursIntersect(before: Quorum, after: Quorum): boolean {
  const larger = Math.max(before.witnessCount, after.witnessCount);
  return before.threshold + after.threshold - larger > faultyMax(larger);
}

export interface OrganisationCheck {
  readonly name: string;
  readonly witnesses: readonly PeerIdText[];
  /** Without its witnesses the others are no quorum: its loss, or its refusal, halts certification. */
  readonly halts: boolean;
  /** Its witnesses alone are a quorum: it certifies what it likes. */
  readonly isQuorum: boolean;
  /** Its witnesses can be all that two quorums share: if they lie, two branches of one feed can be certified. */
  readonly canFork: boolean;
}

export interface FederationCheck extends Quorum {
  readonly faultyMax: number;
  readonly quorumsIntersect: boolean;
  /** Witnesses that any two quorums share; negative when they need not meet. */
  readonly sharedMin: number;
  /** Witnesses that may be lost while certification goes on. */
  readonly lossesMax: number;
  /** Certification goes on while as many as `faultyMax` are silent. */
  readonly livesWithFaulty: boolean;
  /** Largest first. Witnesses without an organisation stand for themselves. */
  readonly organisations: readonly OrganisationCheck[];
}

/** What witnesses and a threshold withstand, and whom they depend on. */
export function federationCheck({
  witnesses,
  threshold,
}: {
  readonly witnesses: readonly Witness[];
  readonly threshold: number;
}): FederationCheck {
  const witnessCount = witnesses.length;
  const sharedMin = 2 * threshold - witnessCount;
  const lossesMax = witnessCount - threshold;
  const organisations = [...byOrganisation(witnesses)].map(([name, members]) => ({
    name,
    witnesses: members,
    halts: members.length > lossesMax,
    isQuorum: members.length >= threshold,
    canFork: members.length >= sharedMin,
  }));
  return {
    witnessCount,
    threshold,
    faultyMax: faultyMax(witnessCount),
    quorumsIntersect: quorumsIntersect({ witnessCount, threshold }),
    sharedMin,
    lossesMax,
    livesWithFaulty: lossesMax >= faultyMax(witnessCount),
    organisations: organisations.sort((a, b) => b.witnesses.length - a.witnesses.length || compareText(a.name, b.name)),
  };
}

function byOrganisation(witnesses: readonly Witness[]): Map<string, PeerIdText[]> {
  const members = new Map<string, PeerIdText[]>();
  for (const { peer, organisation } of witnesses) {
    const name = organisation === '' ? peer : organisation;
    members.set(name, [...(members.get(name) ?? []), peer]);
  }
  return members;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
