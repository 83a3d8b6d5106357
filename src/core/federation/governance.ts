/**
 * The governance fold: from certified governance entries to who the witnesses are, what was decided, and what is open.
 *
 * Each epoch makes one decision. What decides is a function of the set of entries and only ever grows with it, so that every node ends
 * alike whatever came first. For proposal h in ballot b of epoch e:
 *  1. h is adopted when enough witnesses of e have voted yes to it in b, and in every ballot before b nothing but h can still be adopted.
 *  2. "Can still" counts the witnesses who have neither voted in the ballot nor written anything for a later one. More entries make it less.
 * Two proposals cannot both be adopted: not in one ballot, since each witness has one vote there and more than half are needed; not in
 * two, since the later adoption says that the other one has failed in the earlier ballot for good.
 *
 * The epoch ends when as many witnesses as that have declared it. Votes alone are no proof for who has not all of them: that a vote is the
 * first of its witness in a ballot shows only in the whole feed. A declaration of an honest witness says that the fold came to it.
 */
import { GOVERNANCE_BALLOT_MAX, PROPOSALS_PER_WITNESS_MAX, PROPOSALS_PER_WRITER_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { Ballot } from './ballot.ts';
import type { Evidence, Ruling } from './decision.ts';
import { Declarations } from './declarations.ts';
import { amend, type Constitution, changeRefusal, foundingConstitution, votesNeeded } from './epochs.ts';
import { compare, type Feed, movedTo, placeOf, UNREAD } from './feed-position.ts';
import type { Federation } from './genesis.ts';
import { type EpochRecord, GovernanceRecord } from './governance-record.ts';
import { type LiveBallot, type ProposalRecord, stateOf } from './governance-state.ts';
import type { GovernanceEntry, GovernanceState, Position, Proposal } from './governance-types.ts';

/** What ends an epoch: by the entries that were taken, or by the proof that others gave. */
interface Ended {
  readonly proposal: Proposal;
  readonly evidence: Evidence | undefined;
}
/** What was adopted in the present epoch, by the votes that were taken. */
export interface Adopted {
  readonly proposal: string;
  readonly ballot: number;
}

export class Governance {
  readonly #record: GovernanceRecord;
  readonly #feeds = new Map<PeerIdText, Feed>();
  #now: Constitution;
  #needed: number;
  /** Of the present epoch. */
  #proposals = new Map<string, ProposalRecord>();
  #ballots = new Map<number, Ballot>();
  #declarations = new Declarations();
  #adopted: Adopted | undefined;
  /** Ballots before this one can adopt nothing any more. */
  #first = 0;
  #live: LiveBallot[] = [];
  /** As it was asked for last, while nothing has changed since. */
  #state: GovernanceState | undefined;

  constructor(genesis: Federation) {
    this.#now = foundingConstitution(genesis);
    this.#needed = votesNeeded(this.#now);
    this.#record = new GovernanceRecord(this.#now);
    this.#settle();
  }

  get epoch(): number {
    return this.#record.epoch;
  }

  /** What was adopted in the present epoch. It ends when enough witnesses have declared that. */
  get adopted(): Adopted | undefined {
    return this.#adopted;
  }

  /** The newest ballot in which votes count. */
  get ballot(): number {
    return this.#live.at(-1)?.ballot ?? 0;
  }

  /** Witnesses of an epoch; none when it has not come. */
  witnesses(epoch: number): ReadonlySet<PeerIdText> {
    return this.#record.electorate(epoch)?.witnesses ?? new Set();
  }

  /** Votes that certify in an epoch; more than there can be when it has not come. */
  threshold(epoch: number): number {
    return this.#record.electorate(epoch)?.threshold ?? Number.POSITIVE_INFINITY;
  }

  /** The epoch in which the witnesses and the threshold of this one came into force. Policies and decisions end an epoch and change neither. */
  electedIn(epoch: number): number {
    return this.#record.electorate(epoch)?.since ?? epoch;
  }

  /**
   * Takes a certified entry; each feed's must come in the feed's order, repeated ones do nothing. False: it belongs to an epoch or ballot
   * that is not open here yet. It and what follows in its feed are to be given again, from the store, when `ready` names the feed. So
   * that what is kept in memory is bounded by the feeds, however far ahead somebody writes.
   */
  take(entry: GovernanceEntry): boolean {
    this.#state = undefined;
    const { origin, seq, body } = entry;
    const feed = this.#feeds.get(origin) ?? UNREAD;
    if (seq < feed.next) return true;
    if (feed.waits && seq > feed.next) return false;
    const place = placeOf(body, feed);
    if (compare(place, feed) < 0) {
      this.#feeds.set(origin, { ...feed, next: seq + 1 });
      return true;
    }
    const here = movedTo(feed, place);
    const waits = !this.#isOpen(place);
    this.#feeds.set(origin, { ...here, waits, next: waits ? seq : seq + 1 });
    if (!waits) this.#apply(entry, here);
    this.#settle();
    return !waits;
  }

  /**
   * Takes a decision that was proved: the epoch ends with it, as it will by the entries when they come. Decisions are taken in
   * order; one of an epoch that is over says nothing new.
   */
  conclude({ epoch, proposal }: Ruling): void {
    if (epoch !== this.epoch) return;
    this.#state = undefined;
    this.#enact({ proposal, evidence: undefined });
    this.#settle();
  }

  /** The entries that prove how an epoch ended, as far as they were taken here. */
  evidence(epoch: number): Evidence | undefined {
    return this.#record.evidence(epoch);
  }

  /** Feeds whose waiting entry can be taken now, and its place. To be asked when `epoch`, `ballot` or `adopted` has changed. */
  ready(): { readonly origin: PeerIdText; readonly seq: number }[] {
    return [...this.#feeds]
      .filter(([, feed]) => feed.waits && this.#isOpen(feed))
      .map(([origin, { next }]) => ({ origin, seq: next }));
  }

  state(): GovernanceState {
    this.#state ??= stateOf({
      epoch: this.epoch,
      electedIn: this.electedIn(this.epoch),
      now: this.#now,
      needed: this.#needed,
      adopted: this.#adopted,
      declared: (proposal) => this.#declarations.of(proposal).length,
      proposals: this.#proposals,
      ballots: this.#ballots,
      live: this.#live,
      remaining: (ballot) => this.#remaining(ballot),
      history: this.#record.history(),
    });
    return this.#state;
  }

  #apply({ origin, seq, hash, body }: GovernanceEntry, feed: Feed): void {
    if (body.action === 'proposal') {
      this.#feeds.set(origin, { ...this.#feedOf(origin), proposals: feed.proposals + 1 });
      const max = this.#now.witnesses.has(origin) ? PROPOSALS_PER_WITNESS_MAX : PROPOSALS_PER_WRITER_MAX;
      if (body.epoch !== this.epoch || feed.proposals >= max) return;
      const { ballot, change } = body;
      const refusal = changeRefusal(this.#now, change) ?? null;
      this.#proposals.set(hash, { hash, origin, seq, ballot, change, refusal });
    } else if (body.action === 'vote' && !feed.voted) {
      this.#feeds.set(origin, { ...this.#feedOf(origin), voted: true });
      const vote = { proposal: body.proposal, choice: body.choice, seq, hash };
      if (body.epoch < this.epoch) this.#record.lateVote(origin, body, vote);
      else if (this.#now.witnesses.has(origin)) this.#ballotAt(body.ballot).cast(origin, vote);
    } else if (body.action === 'decision' && body.epoch === this.epoch && this.#now.witnesses.has(origin)) {
      this.#declarations.take({ origin, seq, hash, proposal: body.proposal });
    }
  }

  /** Whether an entry can be taken. Once something is adopted, declarations may stand behind votes in ballots that will not open. */
  #isOpen({ epoch, ballot }: Position): boolean {
    if (epoch !== this.epoch) return epoch < this.epoch;
    return this.#adopted !== undefined || ballot <= this.ballot;
  }

  #settle(): void {
    for (let ended = this.#ended(); ended !== undefined; ended = this.#ended()) this.#enact(ended);
    this.#adopted = this.#count();
  }

  /** What enough witnesses have declared, once it is known here. */
  #ended(): Ended | undefined {
    const declared = this.#declarations.reaching(this.#needed);
    const proposal = declared === undefined ? undefined : this.#proposals.get(declared);
    if (proposal === undefined) return undefined;
    return { proposal, evidence: { proposal, declarations: this.#declarations.of(proposal.hash) } };
  }

  /** Goes through the ballots of the epoch as far as they are open. Gives what is adopted, if anything is. */
  #count(): Adopted | undefined {
    this.#live = [];
    let only: string | null = null;
    for (let ballot = this.#first; ballot <= GOVERNANCE_BALLOT_MAX; ballot++) {
      const tally = this.#ballots.get(ballot) ?? new Ballot();
      const adopted = tally
        .reaching(this.#needed)
        .find((hash) => (only === null || only === hash) && this.#stands(hash, ballot));
      if (adopted !== undefined) {
        this.#live.push({ ballot, only: adopted });
        return { proposal: adopted, ballot };
      }
      const contenders = tally.contenders(this.#needed, this.#remaining(ballot).length, (hash) =>
        this.#isOut(hash, ballot),
      );
      if (contenders.length === 0 && ballot < GOVERNANCE_BALLOT_MAX) {
        if (this.#live.length === 0) this.#first = ballot + 1;
        continue;
      }
      this.#live.push({ ballot, only });
      const [contender, second] = contenders === 'any' ? [] : contenders;
      if (contender === undefined || second !== undefined) break;
      if (only !== null && only !== contender) break;
      only = contender;
    }
    return undefined;
  }

  #enact({ proposal, evidence }: Ended): void {
    const epoch: EpochRecord = {
      proposal,
      evidence,
      ballots: this.#ballots,
      next: amend(this.#now, proposal.change, this.epoch),
    };
    this.#record.close(epoch);
    this.#now = epoch.next;
    this.#needed = votesNeeded(this.#now);
    this.#proposals = new Map();
    this.#ballots = new Map();
    this.#declarations = new Declarations();
    this.#first = 0;
  }

  /** Witnesses who may still vote in a ballot. Who wrote for a later one cannot come back: positions in a feed do not go down. */
  #remaining(ballot: number): PeerIdText[] {
    const votes = this.#ballots.get(ballot)?.votes;
    const here = { epoch: this.epoch, ballot };
    return [...this.#now.witnesses.keys()].filter(
      (witness) => votes?.has(witness) !== true && compare(this.#feedOf(witness), here) <= 0,
    );
  }

  #stands(hash: string, ballot: number): boolean {
    const proposal = this.#proposals.get(hash);
    return proposal !== undefined && proposal.refusal === null && proposal.ballot <= ballot;
  }

  /** Only what is known in this ballot and cannot be adopted is out. What is not known may turn up, or be proposed for a later one. */
  #isOut(hash: string, ballot: number): boolean {
    const proposal = this.#proposals.get(hash);
    return proposal !== undefined && proposal.refusal !== null && proposal.ballot <= ballot;
  }

  #ballotAt(number: number): Ballot {
    const ballot = this.#ballots.get(number) ?? new Ballot();
    this.#ballots.set(number, ballot);
    return ballot;
  }

  #feedOf(origin: PeerIdText): Feed {
    return this.#feeds.get(origin) ?? UNREAD;
  }
}

/**
 * The state that a set of certified entries gives: of each feed its governance entries, in the feed's order; feeds in any order.
 */
export function foldGovernance(
  genesis: Federation,
  feeds: ReadonlyMap<PeerIdText, readonly GovernanceEntry[]>,
): GovernanceState {
  const governance = new Governance(genesis);
  const give = (origin: PeerIdText, from: number): void => {
    for (const entry of feeds.get(origin) ?? []) if (entry.seq >= from && !governance.take(entry)) return;
  };
  for (const origin of feeds.keys()) give(origin, 0);
  for (let ready = governance.ready(); ready.length > 0; ready = governance.ready()) {
    for (const { origin, seq } of ready) give(origin, seq);
  }
  return governance.state();
}
