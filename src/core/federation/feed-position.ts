/** How far the fold has read a feed, and where the entries of a feed stand: positions in it do not go down. */
import type { GovernanceBody, Position } from './governance-types.ts';

/** How far a feed has been read. */
export interface Feed extends Position {
  /** Entries before this are done with. */
  readonly next: number;
  /** Entry `next` belongs to an epoch or ballot that is not open yet. */
  readonly waits: boolean;
  /** Whether a vote at this position was seen: a later one is ignored. */
  readonly voted: boolean;
  /** Proposals seen in this epoch. */
  readonly proposals: number;
}

export const UNREAD: Feed = { next: 0, epoch: 0, ballot: 0, waits: false, voted: false, proposals: 0 };

/** The feed at the position of its next entry, which is not before its own. */
export function movedTo(feed: Feed, { epoch, ballot }: Position): Feed {
  if (epoch !== feed.epoch) return { ...feed, epoch, ballot, voted: false, proposals: 0 };
  return ballot === feed.ballot ? feed : { ...feed, ballot, voted: false };
}

/** Where an entry stands in its feed. A declaration belongs to an epoch, and to none of its ballots: it takes no vote away. */
export function placeOf({ action, epoch, ballot }: GovernanceBody, feed: Position): Position {
  return { epoch, ballot: action !== 'decision' ? ballot : epoch === feed.epoch ? feed.ballot : 0 };
}

export function compare(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.ballot - b.ballot;
}
