/** What the governance fold shows of itself, and what follows from it for who wants to propose or vote. */
import type { PlacedEntry } from '../events.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { Ballot } from './ballot.ts';
import { type Constitution, changeRefusal } from './epochs.ts';
import { governanceEntryOf } from './governance-body.ts';
import type {
  Change,
  GovernanceBody,
  GovernanceState,
  OpenBallot,
  Outcome,
  Position,
  Proposal,
  StandingProposal,
} from './governance-types.ts';

export interface ProposalRecord extends Proposal {
  /** Its place in its feed. */
  readonly seq: number;
  readonly refusal: string | null;
}

/** A ballot in which something may still be adopted: anything, or only the proposal of this receipt hash. */
export interface LiveBallot {
  readonly ballot: number;
  readonly only: string | null;
}

interface Parts {
  readonly epoch: number;
  readonly electedIn: number;
  readonly now: Constitution;
  readonly needed: number;
  readonly adopted: { readonly proposal: string; readonly ballot: number } | undefined;
  readonly declared: (proposal: string) => number;
  readonly proposals: ReadonlyMap<string, ProposalRecord>;
  readonly ballots: ReadonlyMap<number, Ballot>;
  readonly live: readonly LiveBallot[];
  readonly remaining: (ballot: number) => readonly PeerIdText[];
  readonly history: readonly Outcome[];
}

export function stateOf({
  epoch,
  electedIn,
  now,
  needed,
  adopted,
  declared,
  proposals,
  ballots,
  live,
  remaining,
  history,
}: Parts): GovernanceState {
  const open = live.map(({ ballot, only }): OpenBallot => {
    const votes = [...(ballots.get(ballot)?.votes ?? [])].map(([witness, { proposal, choice }]) => ({
      witness,
      proposal,
      choice,
    }));
    return { ballot, only, votes: sortedBy(votes, ({ witness }) => witness), remaining: [...remaining(ballot)].sort() };
  });
  return {
    epoch,
    electedIn,
    witnesses: sortedBy(
      [...now.witnesses].map(([peer, organisation]) => ({ peer, organisation })),
      ({ peer }) => peer,
    ),
    threshold: now.threshold,
    needed,
    adopted: adopted === undefined ? null : { ...adopted, declared: declared(adopted.proposal) },
    policies: sortedBy([...now.policies.values()], ({ name }) => name),
    history,
    decisions: history.filter(({ proposal }) => proposal.change.kind === 'decision'),
    ballot: live.at(-1)?.ballot ?? 0,
    ballots: open,
    proposals: sortedBy(
      [...proposals.values()].map((proposal) => withVotes(proposal, open)),
      ({ hash }) => hash,
    ),
  };
}

/**
 * The ballot in which a witness should vote on a proposal: the first in which its vote counts. Undefined when there is none: it has
 * voted, the proposal is not here or refused, or another one may still be adopted.
 */
export function ballotFor(
  { ballots, proposals }: GovernanceState,
  witness: PeerIdText,
  hash: string,
): number | undefined {
  const proposal = proposals.find((each) => each.hash === hash);
  if (proposal === undefined || proposal.refusal !== null) return undefined;
  return ballots.find(
    ({ ballot, only, remaining }) =>
      ballot >= proposal.ballot && (only === null || only === hash) && remaining.includes(witness),
  )?.ballot;
}

/** The ballot to name in a proposal: for a witness the first in which it may still vote, since a later one would take that vote away. */
export function ballotToPropose({ ballot, ballots }: GovernanceState, writer: PeerIdText): number {
  return ballots.find(({ remaining }) => remaining.includes(writer))?.ballot ?? ballot;
}

/** Why a change cannot be adopted in the present epoch, whoever votes for it; undefined when it can. */
export function proposalRefusal(
  { witnesses, threshold, policies }: GovernanceState,
  change: Change,
): string | undefined {
  const now = {
    witnesses: new Map(witnesses.map(({ peer, organisation }) => [peer, organisation])),
    threshold,
    policies: new Map(policies.map((policy) => [policy.name, policy])),
  };
  return changeRefusal(now, change);
}

/**
 * Why a node should not write a governance entry: one for a later epoch or ballot than is open keeps its writer out of all before it,
 * for good. For whoever makes entries; who receives them takes them as they are.
 */
export function aheadRefusal(entry: Position, open: Position): string | undefined {
  if (entry.epoch < open.epoch || (entry.epoch === open.epoch && entry.ballot <= open.ballot)) return undefined;
  return (
    `ballot ${entry.ballot} of epoch ${entry.epoch} is not open; the newest is ballot ${open.ballot} of epoch ${open.epoch}, ` +
    'and this entry would take the votes of this node before it away'
  );
}

/**
 * Why an entry should not be signed: a vote whose epoch is over, or where another proposal alone may still be adopted; a proposal in an
 * epoch that has adopted one; a declaration of what was not adopted.
 */
export function signingRefusal(body: GovernanceBody, { epoch, ballots, adopted }: GovernanceState): string | undefined {
  if (body.action === 'decision') {
    if (body.epoch === epoch && adopted?.proposal === body.proposal) return undefined;
    return `epoch ${body.epoch} has not adopted this proposal, as far as is known here`;
  }
  if (body.epoch < epoch)
    return body.action === 'vote' ? `epoch ${body.epoch} is over; this is epoch ${epoch}` : undefined;
  if (body.action === 'proposal')
    return adopted === null ? undefined : `epoch ${epoch} has adopted ${adopted.proposal}, and ends in a moment`;
  const only = ballots.find(({ ballot }) => ballot === body.ballot)?.only ?? null;
  if (only === null || only === body.proposal) return undefined;
  return `ballot ${body.ballot} is open for proposal ${only} alone`;
}

/** What a node has signed in governance. */
export interface Signed {
  /** Where its last vote stands. */
  readonly vote: Position | undefined;
  /** The last epoch of which it has declared what was adopted. */
  readonly declared: number | undefined;
}
export const NOTHING_SIGNED: Signed = { vote: undefined, declared: undefined };

/** What it has signed with one more entry. */
export function signedWith(last: Signed, placed: PlacedEntry): Signed {
  const body = governanceEntryOf(placed)?.body;
  if (body?.action === 'vote' && isAfter(body, last.vote))
    return { ...last, vote: { epoch: body.epoch, ballot: body.ballot } };
  if (body?.action === 'decision' && body.epoch > (last.declared ?? -1)) return { ...last, declared: body.epoch };
  return last;
}

/** Whether a vote may be signed after this one: a node signs one vote in a ballot. */
export function isAfter(vote: Position, last: Position | undefined): boolean {
  return last === undefined || vote.epoch > last.epoch || (vote.epoch === last.epoch && vote.ballot > last.ballot);
}

function withVotes(proposal: ProposalRecord, ballots: readonly OpenBallot[]): StandingProposal {
  let best = { yes: 0, no: 0 };
  for (const { ballot, votes } of ballots) {
    if (ballot < proposal.ballot) continue;
    const own = votes.filter((vote) => vote.proposal === proposal.hash);
    const yes = own.filter(({ choice }) => choice === 'yes').length;
    const no = own.length - yes;
    if (yes > best.yes || (yes === best.yes && no > best.no)) best = { yes, no };
  }
  const { hash, origin, ballot: first, change, refusal } = proposal;
  return { hash, origin, ballot: first, change, refusal, ...best };
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
