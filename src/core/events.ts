/**
 * What goes into the node (events) and what comes out (effects). Everything the node knows of the world arrives as an Event with the
 * time on it; everything it wants done leaves as an Effect. Adapters carry them out; the simulator carries them out with faults.
 */
import type { JsonObject } from './entry/canonical-json.ts';
import type { TessraxError } from './errors.ts';
import type { FeedCertificate, ReachingVote } from './federation/feed-certificate.ts';
import type { Vote } from './federation/vote.ts';
import type { FeedHead, LogName, Subtree } from './ledger/feed.ts';
import type { SealReason } from './ledger/seal-reason.ts';
import type { PeerIdText } from './peer-id.ts';
import type { Statement } from './sync/statement.ts';

/** Both clocks, read once at the door: wall time for timestamps, monotonic time for deadlines. Milliseconds. */
export interface Stamp {
  readonly wallMs: number;
  readonly monoMs: number;
}

/** One signature to check: `signature` over SHA-256 hash `hash` in the named domain, by `key`. All fixed-size. */
export interface SignatureJob {
  readonly domain: SignatureDomain;
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
  readonly signature: Uint8Array;
}
export type SignatureDomain = 'entry' | 'heartbeat' | 'review' | 'root';

/** An entry as it is kept and sent: its place, its receipt hash, and its binary form. */
export interface PlacedEntry {
  readonly origin: PeerIdText;
  readonly log: LogName;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

/** [from, to) of one feed. */
export interface FeedRange {
  readonly origin: PeerIdText;
  readonly from: number;
  readonly to: number;
}

/** One atomic, durable write: all of it is on disk, or none. */
export interface StoreBatch {
  readonly entries: readonly PlacedEntry[];
  /** Heads after the batch, of every feed it extends. */
  readonly heads: readonly FeedHead[];
  /** Complete subtrees that the batch finished, at the levels that are kept. */
  readonly subtrees: readonly Subtree[];
  /** The other side's signed statement of a synchronisation, by its receipt hash, in flat JSON. */
  readonly statements: readonly { readonly hash: Uint8Array; readonly json: string }[];
  /** Votes that certify, one kept for each witness and feed; the new one takes the place of the old. */
  readonly votes?: readonly Vote[];
  /** How much of each feed is certified now. */
  readonly certified?: readonly { readonly origin: PeerIdText; readonly size: number }[];
  /** Feeds that are sealed, and why; the new record takes the place of the old. */
  readonly seals?: readonly SealRecord[];
  /** Statements that revoke a node, one kept for each signer. */
  readonly revocations?: readonly { readonly target: PeerIdText; readonly statement: Statement }[];
  /** Feeds that end earlier now: entries from the head's size up to `to` leave the feed, its tree and index, and go into quarantine. */
  readonly cuts?: readonly { readonly head: FeedHead; readonly to: number }[];
  /** How epochs ended, each with its proof, as bytes. */
  readonly decisions?: readonly { readonly epoch: number; readonly bytes: Uint8Array }[];
  /** The epoch of the witnesses with whom this node votes. */
  readonly votingSince?: number;
  /** Heartbeat counters below this may have been used. */
  readonly counterReserved?: number;
  /** Small values, as `putValue` writes them. */
  readonly values?: readonly { readonly name: string; readonly value: string }[];
}

/** A sealed feed as it is kept. */
export interface SealRecord {
  readonly proof: SealReason;
  /** What lets its entries beyond the fork stay, and into other nodes' feeds. */
  readonly certificate: FeedCertificate | undefined;
  /** Whether a SCAR in our ledger records it. */
  readonly scarred: boolean;
}

/** Content that a local client wants appended; the node makes the entry. */
export interface Draft {
  readonly type: string;
  readonly body: JsonObject;
}
/**
 * A note about an append, durable exactly when its entries are: the value `text`, then the sequence number of the first entry and how
 * many there are, with blanks between them, under `name`.
 */
export interface AppendMemo {
  readonly name: string;
  readonly text: string;
}
/** What a local client wants appended, all of it or nothing. The reply names the request. */
export interface AppendRequest {
  readonly request: number;
  readonly drafts: readonly Draft[];
  readonly memo?: AppendMemo | undefined;
}
export interface AppendedEntry {
  readonly hash: Uint8Array;
  readonly seq: number;
}

export type GossipTopic = 'heartbeat' | 'entries' | 'revocations';
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

export type Event =
  | { readonly kind: 'tick' }
  /** Requests of one turn. Each is appended whole or refused; those that fit share batches. */
  | { readonly kind: 'append'; readonly requests: readonly AppendRequest[] }
  | { readonly kind: 'verified'; readonly job: number; readonly valid: readonly boolean[] }
  | { readonly kind: 'stored'; readonly batch: number }
  | { readonly kind: 'read'; readonly job: number; readonly entries: readonly PlacedEntry[] }
  /** Absent where the feed was cut meanwhile. */
  | { readonly kind: 'roots'; readonly job: number; readonly roots: readonly (Uint8Array | undefined)[] }
  | {
      readonly kind: 'seal_read';
      readonly job: number;
      readonly head: FeedHead;
      readonly votes: readonly ReachingVote[];
    }
  /** Absent where the feed was cut meanwhile. */
  | { readonly kind: 'paths'; readonly job: number; readonly paths: readonly (readonly Uint8Array[] | undefined)[] }
  /** At most as many as were asked for; fewer, when that is all there is. */
  | { readonly kind: 'governance'; readonly job: number; readonly entries: readonly PlacedEntry[] }
  | { readonly kind: 'decisions'; readonly job: number; readonly decisions: readonly Uint8Array[] }
  | { readonly kind: 'peer_connected'; readonly peer: PeerIdText }
  | { readonly kind: 'peer_disconnected'; readonly peer: PeerIdText }
  /** The peer sends more gossip than a federation can have; what was too much was not handed on. */
  | { readonly kind: 'peer_flooded'; readonly peer: PeerIdText }
  | {
      readonly kind: 'gossip';
      readonly topic: GossipTopic;
      readonly from: PeerIdText;
      readonly id: string;
      readonly data: Uint8Array;
    }
  | { readonly kind: 'stream_opened'; readonly stream: number; readonly peer: PeerIdText }
  | { readonly kind: 'frame'; readonly stream: number; readonly data: Uint8Array }
  | { readonly kind: 'stream_closed'; readonly stream: number; readonly reason: string };

export type Effect =
  | { readonly kind: 'verify'; readonly job: number; readonly items: readonly SignatureJob[] }
  | { readonly kind: 'store'; readonly batch: number; readonly write: StoreBatch }
  /** Entries of the ranges in order, until the ranges, `entriesMax` or `bytesMax` end. A gap ends it too. */
  | {
      readonly kind: 'read';
      readonly job: number;
      readonly log: LogName;
      readonly ranges: readonly FeedRange[];
      readonly entriesMax: number;
      readonly bytesMax: number;
    }
  /** Roots of ledger feeds at sizes that are durable. */
  | {
      readonly kind: 'roots';
      readonly job: number;
      readonly items: readonly { readonly origin: PeerIdText; readonly size: number }[];
    }
  /** The head of a durable ledger feed at an earlier size; with `votes`, those kept that reach it, each with its consistency path from there. */
  | {
      readonly kind: 'seal_read';
      readonly job: number;
      readonly origin: PeerIdText;
      readonly size: number;
      readonly votes: boolean;
    }
  /** Consistency paths between sizes of durable ledger feeds. */
  | { readonly kind: 'paths'; readonly job: number; readonly items: readonly FeedRange[] }
  /** GOVERNANCE entries of ranges of ledger feeds, in the order of the ranges, until they or `entriesMax` end. */
  | {
      readonly kind: 'governance';
      readonly job: number;
      readonly ranges: readonly FeedRange[];
      readonly entriesMax: number;
    }
  /** Decisions kept, of this epoch and those that follow, one at least, up to `bytesMax` bytes. */
  | { readonly kind: 'decisions'; readonly job: number; readonly from: number; readonly bytesMax: number }
  /** Opens a sync stream under a number the node chose (odd; the adapter numbers inbound ones even) and sends the first frame. */
  | { readonly kind: 'open'; readonly stream: number; readonly peer: PeerIdText; readonly frame: Uint8Array }
  | { readonly kind: 'send'; readonly stream: number; readonly frame: Uint8Array }
  /** Ends the stream after what was sent. */
  | { readonly kind: 'close'; readonly stream: number }
  | { readonly kind: 'abort'; readonly stream: number; readonly code: string }
  | { readonly kind: 'publish'; readonly topic: GossipTopic; readonly data: Uint8Array }
  | { readonly kind: 'gossip_verdict'; readonly id: string; readonly from: PeerIdText; readonly verdict: GossipVerdict }
  /** Closes every connection to the peer and refuses it for `banMs`. */
  | { readonly kind: 'disconnect'; readonly peer: PeerIdText; readonly banMs: number; readonly code: string }
  | { readonly kind: 'reply'; readonly request: number; readonly result: readonly AppendedEntry[] | TessraxError }
  | { readonly kind: 'note'; readonly note: Note };

/** What an operator may want to know: log lines, metrics and the event stream are made of these, in one place each. */
export type Note =
  | {
      readonly name: 'entries_stored';
      readonly entries: readonly PlacedEntry[];
      readonly source: PeerIdText;
      readonly local: boolean;
      readonly height: number;
      readonly root: Uint8Array;
    }
  | {
      readonly name: 'entries_certified';
      readonly feeds: readonly { readonly origin: PeerIdText; readonly size: number }[];
    }
  | { readonly name: 'feed_sealed'; readonly origin: PeerIdText; readonly seq: number; readonly revoked: boolean }
  | { readonly name: 'entries_quarantined'; readonly origin: PeerIdText; readonly from: number; readonly to: number }
  | { readonly name: 'entries_adopted'; readonly origin: PeerIdText; readonly to: number }
  | { readonly name: 'may_write'; readonly size: number }
  /** An epoch, and that in which its witnesses and threshold came into force. */
  | { readonly name: 'epoch_began'; readonly epoch: number; readonly electedIn: number }
  | {
      readonly name: 'vote_disagrees';
      readonly witness: PeerIdText;
      readonly origin: PeerIdText;
      readonly size: number;
    }
  | {
      readonly name: 'entry_rejected';
      readonly origin: PeerIdText;
      readonly seq: number;
      readonly reason: string;
      readonly peer: PeerIdText;
    }
  | { readonly name: 'entries_duplicate'; readonly count: number }
  | {
      readonly name: 'sync_confirmed';
      readonly peer: PeerIdText;
      readonly entries: number;
      readonly pushed: boolean;
      readonly latencyMs: number;
    }
  | { readonly name: 'sync_served'; readonly peer: PeerIdText; readonly entries: number }
  | { readonly name: 'conflict_seen'; readonly peer: PeerIdText }
  | { readonly name: 'conflict_resolved'; readonly peer: PeerIdText; readonly durationMs: number }
  | { readonly name: 'heartbeat_sent'; readonly height: number }
  | {
      readonly name: 'heartbeat_received';
      readonly node: PeerIdText;
      /** The sender's wall clock. */
      readonly timestampMs: number;
      readonly height: number;
      readonly root: Uint8Array;
      readonly agrees: boolean;
    }
  | { readonly name: 'session_failed'; readonly peer: PeerIdText; readonly code: string }
  | { readonly name: 'peer_misbehaved'; readonly peer: PeerIdText; readonly code: string };
