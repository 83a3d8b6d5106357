/** What governance entries say, and what the fold over them gives. */
import type { JsonValue } from '../entry/canonical-json.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { Witness } from './genesis.ts';

/** What a proposal would change. The text of a free-form decision stays in its entry. */
export type Change =
  | { readonly kind: 'admit'; readonly peer: PeerIdText; readonly organisation: string; readonly threshold?: number }
  | { readonly kind: 'remove'; readonly peer: PeerIdText; readonly threshold?: number }
  | { readonly kind: 'threshold'; readonly threshold: number }
  /** The value null takes the policy back. */
  | { readonly kind: 'policy'; readonly name: string; readonly value: JsonValue }
  | { readonly kind: 'decision'; readonly title: string };

export const CHANGE_KINDS: readonly Change['kind'][] = ['admit', 'remove', 'threshold', 'policy', 'decision'];

export type Choice = 'yes' | 'no';

/** Where an entry belongs: ballots are counted within an epoch, both from 0. */
export interface Position {
  readonly epoch: number;
  readonly ballot: number;
}

/** The body of a governance entry. `proposal` is a receipt hash in hex. */
export type GovernanceBody =
  | ({ readonly action: 'proposal'; readonly change: Change } & Position)
  | ({ readonly action: 'vote'; readonly proposal: string; readonly choice: Choice } & Position)
  /** A witness declares that the proposal was adopted: when enough have, the epoch ends. */
  | ({ readonly action: 'decision'; readonly proposal: string } & Position);

/** A governance entry of a ledger feed. */
export interface GovernanceEntry {
  readonly origin: PeerIdText;
  readonly seq: number;
  /** Receipt hash, hex; of a proposal, its name. */
  readonly hash: string;
  readonly body: GovernanceBody;
}

export interface Proposal {
  readonly hash: string;
  readonly origin: PeerIdText;
  /** The first ballot of its epoch in which it can be voted on. */
  readonly ballot: number;
  readonly change: Change;
}

/** How an epoch ended. */
export interface Outcome {
  /** The epoch that it ended; the next one is the result. */
  readonly epoch: number;
  readonly proposal: Proposal;
  /** The votes for it that were taken here, one a witness (the first), by peer ID; late ones are added. */
  readonly votes: readonly OutcomeVote[];
  /** Witnesses and threshold afterwards. */
  readonly witnessCount: number;
  readonly threshold: number;
}
export interface OutcomeVote {
  readonly witness: PeerIdText;
  readonly ballot: number;
  /** Receipt hash of the vote, hex. */
  readonly hash: string;
}

/** A proposal of the present epoch. */
export interface StandingProposal extends Proposal {
  /** Why it cannot be adopted in this epoch, whatever the votes; null when it can. */
  readonly refusal: string | null;
  /** Votes in the ballot, of those that still count, in which most are for it. */
  readonly yes: number;
  readonly no: number;
}

/** A ballot in which something may still be decided. */
export interface OpenBallot {
  readonly ballot: number;
  /** Receipt hash of the only proposal that may still be adopted here; null when it may be any. */
  readonly only: string | null;
  readonly votes: readonly { readonly witness: PeerIdText; readonly proposal: string; readonly choice: Choice }[];
  /** Witnesses who may still vote in it. */
  readonly remaining: readonly PeerIdText[];
}

export interface Policy {
  readonly name: string;
  readonly value: JsonValue;
  /** The first epoch in which it held. */
  readonly since: number;
}

/** A function of the set of certified governance entries, whatever order they came in. Lists are sorted by peer ID, name or hash. */
export interface GovernanceState {
  readonly epoch: number;
  /** The epoch in which witnesses and threshold came into force: what votes that certify name. */
  readonly electedIn: number;
  readonly witnesses: readonly Witness[];
  /** Votes that certify. */
  readonly threshold: number;
  /** Yes votes that a proposal needs: the threshold, or more when that is too low for quorums to meet in an honest witness. */
  readonly needed: number;
  /** What was adopted in this epoch, in which ballot, and how many witnesses have declared it; the epoch ends when `needed` have. */
  readonly adopted: { readonly proposal: string; readonly ballot: number; readonly declared: number } | null;
  readonly policies: readonly Policy[];
  /** One for every epoch that is over, oldest first. */
  readonly history: readonly Outcome[];
  /** Free-form decisions among them. */
  readonly decisions: readonly Outcome[];
  /** The newest ballot that is open. */
  readonly ballot: number;
  /** That one, and those before it that are not settled, oldest first. */
  readonly ballots: readonly OpenBallot[];
  readonly proposals: readonly StandingProposal[];
}
