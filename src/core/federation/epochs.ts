/** The epochs of a federation: who its witnesses are in each, what a proposal would change, and which ones cannot be adopted. */
import { POLICIES_COUNT_MAX, WITNESSES_COUNT_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { defaultThreshold, type Federation } from './genesis.ts';
import type { Change, Policy } from './governance-types.ts';
import { neighboursIntersect, quorumsIntersect, safeThreshold } from './quorum.ts';

/** What holds in an epoch. */
export interface Constitution {
  /** Organisations by witness. */
  readonly witnesses: ReadonlyMap<PeerIdText, string>;
  readonly threshold: number;
  readonly policies: ReadonlyMap<string, Policy>;
}

/** Epoch 0. */
export function foundingConstitution({ witnesses, threshold }: Federation): Constitution {
  return {
    witnesses: new Map(witnesses.map(({ peer, organisation }) => [peer, organisation])),
    threshold,
    policies: new Map(),
  };
}

/** Yes votes that decide: the threshold, or what makes two quorums meet in an honest witness when the federation file names less. */
export function votesNeeded({ witnesses, threshold }: Constitution): number {
  return Math.max(threshold, safeThreshold(witnesses.size));
}

/** Why a change cannot be adopted in an epoch, whoever votes for it; undefined when it can. */
export function changeRefusal(now: Constitution, change: Change): string | undefined {
  const { witnesses, policies, threshold } = now;
  switch (change.kind) {
    case 'admit':
      if (witnesses.has(change.peer)) return 'this peer is a witness already';
      if (witnesses.size >= WITNESSES_COUNT_MAX)
        return `there are ${WITNESSES_COUNT_MAX} witnesses already, the most there can be`;
      return quorumRefusal(now, change);
    case 'remove':
      if (!witnesses.has(change.peer)) return 'this peer is not a witness';
      if (witnesses.size === 1) return 'it is the last witness';
      return quorumRefusal(now, change);
    case 'threshold':
      if (change.threshold === threshold) return 'this is the threshold already';
      return quorumRefusal(now, change);
    case 'policy':
      if (change.value === null && !policies.has(change.name)) return 'there is no such policy to take back';
      if (change.value !== null && !policies.has(change.name) && policies.size >= POLICIES_COUNT_MAX) {
        return `there are ${POLICIES_COUNT_MAX} policies already, the most there can be`;
      }
      return undefined;
    case 'decision':
      return undefined;
  }
}

/** What holds in the next epoch when a change is adopted in epoch `epoch`. */
export function amend(now: Constitution, change: Change, epoch: number): Constitution {
  switch (change.kind) {
    case 'admit': {
      const witnesses = new Map(now.witnesses).set(change.peer, change.organisation);
      return { ...now, witnesses, threshold: change.threshold ?? defaultThreshold(witnesses.size) };
    }
    case 'remove': {
      const witnesses = new Map(now.witnesses);
      witnesses.delete(change.peer);
      return { ...now, witnesses, threshold: change.threshold ?? defaultThreshold(witnesses.size) };
    }
    case 'threshold':
      return { ...now, threshold: change.threshold };
    case 'policy': {
      const policies = new Map(now.policies);
      if (change.value === null) policies.delete(change.name);
      else policies.set(change.name, { name: change.name, value: change.value, since: epoch + 1 });
      return { ...now, policies };
    }
    case 'decision':
      return now;
  }
}

/** The next epoch's quorums must meet each other, and those of this epoch, in an honest witness. */
function quorumRefusal(now: Constitution, change: Change): string | undefined {
  const next = amend(now, change, 0);
  const before = { witnessCount: now.witnesses.size, threshold: now.threshold };
  const after = { witnessCount: next.witnesses.size, threshold: next.threshold };
  if (after.threshold > after.witnessCount) {
    return `the threshold would be ${after.threshold} and there would be ${after.witnessCount} witnesses`;
  }
  if (!quorumsIntersect(after)) {
    return `two quorums of ${after.threshold} of ${after.witnessCount} witnesses need not meet in an honest one; at least ${safeThreshold(after.witnessCount)} is needed`;
  }
  if (!neighboursIntersect(before, after)) {
    return (
      `quorums of ${before.threshold} of ${before.witnessCount} now and of ${after.threshold} of ${after.witnessCount} then need not meet in an ` +
      'honest witness; name a higher threshold'
    );
  }
  return undefined;
}
