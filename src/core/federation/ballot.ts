/** One ballot of one epoch: each witness has one vote in it, the first in its feed. */
import type { PeerIdText } from '../peer-id.ts';
import type { Choice } from './governance-types.ts';

export interface CastVote {
  readonly proposal: string;
  readonly choice: Choice;
  /** Its place in its feed, and its receipt hash, hex. */
  readonly seq: number;
  readonly hash: string;
}

/** What a ballot can still adopt: anything, while enough witnesses may still vote; else what has enough votes and witnesses left. */
export type Contenders = 'any' | readonly string[];

export class Ballot {
  /** By witness. Who calls `cast` sees to it that it is the witness's first. */
  readonly votes = new Map<PeerIdText, CastVote>();
  readonly #yes = new Map<string, number>();

  cast(witness: PeerIdText, vote: CastVote): void {
    this.votes.set(witness, vote);
    if (vote.choice === 'yes') this.#yes.set(vote.proposal, this.yesFor(vote.proposal) + 1);
  }

  yesFor(proposal: string): number {
    return this.#yes.get(proposal) ?? 0;
  }

  /** Proposals that have enough votes. At most one, when `needed` is more than half of the witnesses. */
  reaching(needed: number): string[] {
    return [...this.#yes].filter(([, yes]) => yes >= needed).map(([proposal]) => proposal);
  }

  /**
   * What may still get `needed` votes when `remaining` witnesses may still vote. `isOut` names what nobody can adopt here. With more votes
   * the answer only gets smaller: who votes adds one to one proposal and takes one from all.
   */
  contenders(needed: number, remaining: number, isOut: (proposal: string) => boolean): Contenders {
    if (remaining >= needed) return 'any';
    return [...this.#yes]
      .filter(([proposal, yes]) => yes + remaining >= needed && !isOut(proposal))
      .map(([proposal]) => proposal);
  }
}
