/** Epochs that are over: how each ended, and who the witnesses were. */
import type { PeerIdText } from '../peer-id.ts';
import type { Ballot, CastVote } from './ballot.ts';
import type { Evidence } from './decision.ts';
import type { Constitution } from './epochs.ts';
import type { Outcome, OutcomeVote, Position, Proposal } from './governance-types.ts';

/** Witnesses and threshold, from one epoch until they change. */
export interface Electorate {
  readonly since: number;
  readonly witnesses: ReadonlySet<PeerIdText>;
  readonly threshold: number;
}

export interface EpochRecord {
  readonly proposal: Proposal;
  /** The entries that prove it, when the fold has seen them itself. */
  readonly evidence: Evidence | undefined;
  readonly ballots: ReadonlyMap<number, Ballot>;
  /** What holds in the next epoch. */
  readonly next: Constitution;
}

interface Closed {
  readonly proposal: Proposal;
  readonly votes: Map<PeerIdText, OutcomeVote>;
  readonly evidence: Evidence | undefined;
  readonly witnessCount: number;
  readonly threshold: number;
}

export class GovernanceRecord {
  readonly #closed: Closed[] = [];
  readonly #electorates: [Electorate, ...Electorate[]];
  #now: Constitution;

  constructor(founding: Constitution) {
    this.#now = founding;
    this.#electorates = [electorateOf(founding, 0)];
  }

  /** The present epoch. */
  get epoch(): number {
    return this.#closed.length;
  }

  /** Ends the present epoch. */
  close({ proposal: { hash, origin, ballot, change }, evidence, ballots, next }: EpochRecord): void {
    const votes = new Map<PeerIdText, OutcomeVote>();
    const closed = {
      proposal: { hash, origin, ballot, change },
      votes,
      evidence,
      witnessCount: next.witnesses.size,
      threshold: next.threshold,
    };
    for (const [number, { votes: cast }] of [...ballots].sort(([a], [b]) => a - b)) {
      for (const [witness, vote] of cast) addVote(closed, witness, number, vote);
    }
    this.#closed.push(closed);
    if (next.witnesses !== this.#now.witnesses || next.threshold !== this.#now.threshold) {
      this.#electorates.push(electorateOf(next, this.epoch));
    }
    this.#now = next;
  }

  /** A vote in an epoch that is over: it changes nothing, and belongs to the record. Each witness's come in the order of its feed. */
  lateVote(witness: PeerIdText, { epoch, ballot }: Position, vote: CastVote): void {
    const closed = this.#closed[epoch];
    if (closed !== undefined && this.electorate(epoch)?.witnesses.has(witness) === true)
      addVote(closed, witness, ballot, vote);
  }

  /** The entries that prove how an epoch ended; none when only the proof of others was seen. */
  evidence(epoch: number): Evidence | undefined {
    return this.#closed[epoch]?.evidence;
  }

  electorate(epoch: number): Electorate | undefined {
    return epoch > this.epoch ? undefined : this.#electorates.findLast(({ since }) => since <= epoch);
  }

  history(): Outcome[] {
    return this.#closed.map(({ proposal, votes, witnessCount, threshold }, epoch) => ({
      epoch,
      proposal,
      votes: [...votes.values()].sort((a, b) => (a.witness < b.witness ? -1 : 1)),
      witnessCount,
      threshold,
    }));
  }
}

/** One vote a witness: that in the lowest ballot for what was adopted, which is the first in its feed. */
function addVote({ proposal, votes }: Closed, witness: PeerIdText, ballot: number, vote: CastVote): void {
  if (vote.choice !== 'yes' || vote.proposal !== proposal.hash || ballot < proposal.ballot) return;
  const known = votes.get(witness);
  if (known !== undefined && known.ballot <= ballot) return;
  votes.set(witness, { witness, ballot, hash: vote.hash });
}

export function electorateOf({ witnesses, threshold }: Constitution, since: number): Electorate {
  return { since, witnesses: new Set(witnesses.keys()), threshold };
}
