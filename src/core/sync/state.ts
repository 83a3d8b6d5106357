/** What a node knows between two steps. Only `step()` and the functions it calls change it. */
import type { Author } from '../entry/author.ts';
import type { Candidate } from '../entry/examine.ts';
import type { Effect, FeedRange, Stamp, StoreBatch } from '../events.ts';
import type { EpochChain } from '../federation/epoch-chain.ts';
import type { DeltaCertificate, FeedCertificate } from '../federation/feed-certificate.ts';
import type { Federation } from '../federation/genesis.ts';
import type { Tally } from '../federation/tally.ts';
import type { Vote } from '../federation/vote.ts';
import type { FeedHead } from '../ledger/feed.ts';
import type { Checkpoint, Ledger } from '../ledger/ledger.ts';
import type { SealReason } from '../ledger/seal-reason.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { Accusation } from './accusations.ts';
import type { Governing } from './governing.ts';
import type { Handoff } from './handoff.ts';
import type { HeartbeatReader } from './heartbeat.ts';
import type { PlacedHeader } from './messages.ts';
import type { Reconciliation } from './reconcile.ts';
import type { Rejoin } from './rejoin.ts';
import type { Standing } from './standing.ts';
import type { Statement } from './statement.ts';
import type { AfterStored, Job } from './work.ts';

/** The rhythm of a node; defaults in limits.ts. */
export interface Rhythm {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatIntervalMsMax: number;
  readonly heartbeatDebounceMs: number;
  readonly frontierIntervalMs: number;
  /** With as many feeds a node compares ranges of its frontier instead of sending it whole. */
  readonly reconcileFeedsMin: number;
}

/** A peer we are connected to, and what it says it holds. */
export interface Peer {
  readonly id: PeerIdText;
  /** Sizes it claims to hold, of feeds of which we hold less. */
  readonly wanted: Map<PeerIdText, number>;
  /** Feeds of which it holds another branch, and the size below which that is. */
  readonly suspects: Map<PeerIdText, number>;
  /** Whether it has shown its whole frontier since it connected. */
  hasAnswered: boolean;
  height: number;
  root: Uint8Array | undefined;
  /** What it signed of its journal in its last heartbeat. */
  journal: Checkpoint | undefined;
  /** Whether it has shown that it knows decisions which we lack. */
  isAhead: boolean;
  /** Monotonic time since which its root is known to differ from ours. */
  mismatchSinceMs: number | undefined;
  session: Session | undefined;
  frontierDueMs: number;
  frontierIntervalMs: number;
  /** No session before this (monotonic). */
  restUntilMs: number;
  restMs: number;
}

/**
 * The next entry of a feed lies in the future, as those have shown who are asked no more for it until then. Others are: they took what they
 * hold by their own clocks, so ours is behind, or it is another branch.
 */
export interface Hold {
  /** Wall time. */
  readonly untilMs: number;
  readonly shownBy: Set<PeerIdText>;
}

/** An exchange that we opened: at most one with each peer. */
export type Session = FrontierSession | FetchSession | SearchSession;

export interface FrontierSession {
  readonly kind: 'frontier';
  readonly stream: number;
  activityMs: number;
  frames: number;
  /** Set when ranges are compared instead of all checkpoints sent. */
  readonly reconciliation: Reconciliation | undefined;
  /** Whether the answer named anything we lack. */
  fruitful: boolean;
  /** Whether it named decisions that we lacked when we asked. */
  decided: boolean;
}

export interface FetchSession {
  readonly kind: 'fetch';
  readonly stream: number;
  activityMs: number;
  /** What is still to come, by origin; in the order asked. */
  readonly expected: Map<PeerIdText, { next: number; readonly to: number }>;
  /** Received deltas, oldest first: verified out of order, admitted in order. */
  readonly deliveries: Delivery[];
  /** The provider said that it sent everything, or the stream is gone. */
  ended: boolean;
  closed: boolean;
}

/** A round of the search for the place where a peer's branch leaves ours. */
export interface SearchSession {
  readonly kind: 'search';
  readonly stream: number;
  activityMs: number;
  readonly origin: PeerIdText;
  /** Below this the branches agree. */
  readonly low: number;
  /** Here they may differ. */
  readonly high: number;
  answer: readonly PlacedHeader[];
  reading: number | undefined;
}

/** A feed that is sealed. */
export interface Seal {
  readonly proof: SealReason;
  certificate: FeedCertificate | undefined;
  scarred: boolean;
  /** Whether it is for this node to record it: it found the proof, or woke up with it. */
  found: boolean;
  /** Since when it is sealed (monotonic). */
  sealedMs: number;
  /** Whether the feed holds just what it may. Until then nothing is admitted to it. */
  settled: boolean;
  /** Certified entries for which the votes were read, to make the certificate of them. */
  proved: number;
  reading: number | undefined;
  /** The epoch of the witnesses whose votes its certificate was last made of here. */
  renewed: number | undefined;
}

export interface Delivery {
  readonly event: Statement;
  readonly eventHash: Uint8Array;
  /** New entries by feed. */
  readonly runs: readonly (readonly Candidate[])[];
  /** By origin, for feeds that are sealed. */
  readonly certificates: ReadonlyMap<PeerIdText, DeltaCertificate>;
  readonly receivedMs: number;
  verified: boolean;
}

/** An exchange that a peer opened: we answer. */
export interface Served {
  readonly stream: number;
  readonly peer: PeerIdText;
  state: 'opened' | 'serving' | 'reconciling' | 'ended';
  activityMs: number;
  log: 'ledger' | 'journal';
  ranges: FeedRange[];
  /** The read under way. */
  reading: number | undefined;
  /** Deltas that are journaled, sent, and not yet confirmed, by the hex of the SYNC_EVENT's hash. */
  readonly inFlight: Map<string, { readonly entries: number; confirming: boolean }>;
  sending: number;
  /** Frames of journal entries sent, or rounds of a reconciliation. */
  frames: number;
  reconciliation: Reconciliation | undefined;
  /** Headers it asked for. */
  headers: { readonly origin: PeerIdText; readonly seqs: readonly number[] } | undefined;
  /** A frontier that waits for the decisions that the peer lacks. */
  deciding: number | undefined;
  /** Runs that wait for the paths of their certificates. */
  proving:
    | { readonly job: number; readonly runs: readonly (readonly Candidate[])[]; readonly sealed: readonly PeerIdText[] }
    | undefined;
}

export interface PendingBatch {
  readonly id: number;
  readonly heads: readonly FeedHead[];
  readonly height: number;
  readonly root: Uint8Array;
  readonly stored: readonly Candidate[];
  readonly certified: NonNullable<StoreBatch['certified']>;
  /** Whether it takes entries away: what they were is not spoken of any more. */
  readonly cuts: boolean;
  readonly after: AfterStored;
}

/** Votes that are not settled, and how much of each feed is certified, on its way to the disk or there. */
export interface Certification {
  readonly sizes: Map<PeerIdText, number>;
  /** Feeds of which we hold more than is certified. */
  readonly tallies: Map<PeerIdText, Tally>;
  rootsJob: { readonly job: number; readonly votes: readonly UncomparedVote[] } | undefined;
}

/** A vote whose root is being held against ours, and the tally that it counts in. */
export interface UncomparedVote {
  readonly tally: Tally;
  readonly vote: Vote;
}

export interface NodeState {
  readonly self: PeerIdText;
  readonly federation: Federation;
  readonly author: Author;
  readonly readHeartbeat: HeartbeatReader;
  readonly rhythm: Rhythm;
  /** The epochs that are durable: whose votes count. */
  readonly epochs: EpochChain;
  readonly governing: Governing;
  readonly handoff: Handoff;
  /** The present step: its time, and what it has decided so far. */
  now: Stamp;
  effects: Effect[];
  planDue: boolean;
  /** Monotonic time at which the last step wanted to be woken. */
  wakeMs: number;

  /** Admitted: verified and handed to the store. */
  readonly ledger: Ledger;
  journal: FeedHead;
  /** Durable: what the node may speak of. */
  readonly durable: {
    readonly heads: Map<PeerIdText, FeedHead>;
    /** Entries of each feed that are final. */
    readonly certified: Map<PeerIdText, number>;
    journal: FeedHead;
    height: number;
    root: Uint8Array;
  };
  readonly batches: PendingBatch[];
  appendsPending: number;

  readonly certification: Certification;
  readonly rejoin: Rejoin;
  readonly seals: Map<PeerIdText, Seal>;
  /** Statements that revoke a node, by signer. */
  readonly revocations: Map<PeerIdText, Map<PeerIdText, Statement>>;
  /** Statements of nodes that have no say, by target and signer: they may become witnesses. */
  readonly unheard: Map<string, Accusation>;
  readonly jobs: Map<number, Job>;
  gossipPending: number;
  readonly reads: Map<number, number>;
  readonly peers: Map<PeerIdText, Peer>;
  /** What peers did wrong and asked for, who did longest ago first; of peers that are gone too. */
  readonly standings: Map<PeerIdText, Standing>;
  /** Outbound streams, by whom they go to. */
  readonly sessions: Map<number, PeerIdText>;
  readonly served: Map<number, Served>;
  /** Who fetches a feed at the moment. */
  readonly fetching: Map<PeerIdText, PeerIdText>;
  /** Feeds whose next entry lies in the future. */
  readonly held: Map<PeerIdText, Hold>;
  /** Last heartbeat counter by node, oldest first. */
  readonly counters: Map<PeerIdText, number>;
  readonly heartbeat: {
    dueMs: number;
    intervalMs: number;
    counter: number;
    reserved: number;
    reserving: boolean;
    idle: number;
    readonly changed: Set<PeerIdText>;
    /** Whether somebody said since the last one that it has another ledger. */
    differs: boolean;
    /** When feeds that did not change may be named again, and which are still to be named in this turn. */
    othersDueMs: number;
    readonly others: Set<PeerIdText>;
  };
  nextId: number;
}

export type { AfterStored, Job } from './work.ts';

export function nextId(state: NodeState): number {
  state.nextId += 1;
  return state.nextId;
}

export function emit(state: NodeState, effect: Effect): void {
  state.effects.push(effect);
}
