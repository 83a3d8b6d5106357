/** The node's outside world, as small interfaces. The comments are promises that every implementation keeps (test/suites checks them). */
import type { Candidate } from './core/entry/examine.ts';
import type {
  AppendedEntry,
  AppendMemo,
  Draft,
  Effect,
  FeedRange,
  GossipTopic,
  GossipVerdict,
  Note,
  PlacedEntry,
  SealRecord,
  SignatureJob,
  StoreBatch,
} from './core/events.ts';
import type { Federation } from './core/federation/genesis.ts';
import type { Electorate } from './core/federation/governance-record.ts';
import type { GovernanceState } from './core/federation/governance-types.ts';
import type { Vote } from './core/federation/vote.ts';
import type { FeedHead, LogName } from './core/ledger/feed.ts';
import type { PeerIdText } from './core/peer-id.ts';
import type { StandingName } from './core/sync/standing.ts';

export type { Effect };

/** What a store knows when it opens: enough to start without reading the ledger. */
export interface StoreSnapshot {
  readonly heads: readonly FeedHead[];
  /** Entries of each feed that are final. */
  readonly certified: readonly { readonly origin: PeerIdText; readonly size: number }[];
  readonly seals: readonly SealRecord[];
  readonly revocations: NonNullable<StoreBatch['revocations']>;
  /** How epochs ended, oldest first, each with its proof. */
  readonly decisions: readonly Uint8Array[];
  readonly votingSince: number;
  readonly counterReserved: number;
}

/** A place in some feed. */
export interface EntryPlace {
  readonly origin: PeerIdText;
  readonly log: LogName;
  readonly seq: number;
}

export interface Store {
  /** Reads heads and counters: time and memory grow with the number of feeds, never with the number of entries. */
  snapshot(): Promise<StoreSnapshot>;
  /**
   * When this resolves the batch is durable, whole. Batches become durable in the order of the calls. When it rejects, the batch and
   * every later one is absent, and the store refuses further writes until it is opened anew.
   */
  write(batch: StoreBatch): Promise<void>;
  /** Entries of the ranges in order, until the ranges, the counts or a gap end them. At least one entry when the first exists. */
  readRanges(log: LogName, ranges: readonly FeedRange[], entriesMax: number, bytesMax: number): Promise<PlacedEntry[]>;
  /** Newest first when `reverse`. The caller stops iterating when it has enough. */
  iterate(log: LogName, range: FeedRange, reverse?: boolean): AsyncIterable<PlacedEntry>;
  /** GOVERNANCE entries of a range, or of all ledger feeds; each feed's in its order. Its cost grows with these, not with the ledger. */
  governanceEntries(range?: FeedRange): AsyncIterable<PlacedEntry>;
  /** Kept decisions of an epoch and those that follow, up to `bytesMax` bytes, and one at least when there is one. */
  decisions(from: number, bytesMax: number): Promise<Uint8Array[]>;
  find(hash: Uint8Array): Promise<EntryPlace | undefined>;
  /** RFC 9162 hash of the complete subtree over leaves [index·2^level, (index+1)·2^level). Rejects when it is not complete. */
  subtree(origin: PeerIdText, log: LogName, level: number, index: number): Promise<Uint8Array>;
  /** The other side's signed statement, flat JSON, by receipt hash. */
  statement(hash: Uint8Array): Promise<string | undefined>;
  /** The votes that certify a feed: those that were written last, together. */
  votes(origin: PeerIdText): Promise<Vote[]>;
  /** What was cut off a sealed feed, by place and then by receipt hash: evidence, in no feed. The caller stops when it has enough. */
  quarantine(range: FeedRange): AsyncIterable<PlacedEntry>;
  /** Small values of other rooms (the peer book, say), under a name of theirs. Not synced. */
  getValue(name: string): Promise<string | undefined>;
  putValue(name: string, value: string): Promise<void>;
  /** Waits for writes under way. After it every call rejects. */
  close(): Promise<void>;
}

/** What the event loop waits for: signatures, the disk. */
export type Task = 'verify' | 'write' | 'read';

export interface Verifier {
  /** Verdicts in the order of the items, by the signature rule R-12. */
  verify(items: readonly SignatureJob[]): Promise<boolean[]>;
  close(): Promise<void>;
}

export interface Signer {
  readonly publicKey: Uint8Array;
  /** Ed25519 signature (RFC 8032), deterministic, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** What the network tells the node. Calls come one at a time. */
export interface NetworkHandlers {
  peerConnected(peer: PeerIdText, agent: string): void;
  peerDisconnected(peer: PeerIdText): void;
  gossip(topic: GossipTopic, from: PeerIdText, id: string, data: Uint8Array): void;
  /** The peer sends more gossip than a federation can have. The rest of it is not handed on; the node decides what follows. */
  peerFlooded(peer: PeerIdText): void;
  /** An inbound sync stream; the number is even and never used again. */
  streamOpened(stream: number, peer: PeerIdText): void;
  /** One whole frame, at most FRAME_BYTES_MAX; the length prefix is off. */
  frame(stream: number, data: Uint8Array): void;
  /** Exactly once per stream, inbound or outbound, however it ended. */
  streamClosed(stream: number, reason: string): void;
}

export interface PeerInfo {
  readonly peer: PeerIdText;
  readonly connected: boolean;
  readonly addresses: readonly string[];
  readonly agent: string;
  readonly lastSeenMs: number;
  readonly bannedUntilMs: number;
  /** What it said last that it holds; kept over restarts. */
  readonly lastCheckpoint: LastCheckpoint | undefined;
}

/** A ledger height and root that a peer signed, and the wall time at which we heard of it. */
export interface LastCheckpoint {
  readonly height: number;
  readonly root: Uint8Array;
  readonly heardMs: number;
}

/** Bytes since the start. `connection` is what the sockets carried, encryption and muxing included; the others are within it. */
export interface Traffic {
  readonly protocol: string;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** A peer or address that could not be reached, and why, in an operator's words. */
export interface Trouble {
  readonly target: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface TopicPeers {
  readonly topic: GossipTopic;
  readonly subscribed: number;
  /** Of those, the ones that messages are passed on to at once. */
  readonly inMesh: number;
}

export interface Network {
  start(handlers: NetworkHandlers): Promise<void>;
  /** None of these throw: what fails ends in `streamClosed`, or is a broadcast nobody heard. */
  open(stream: number, peer: PeerIdText, frame: Uint8Array): void;
  send(stream: number, frame: Uint8Array): void;
  close(stream: number): void;
  abort(stream: number, code: string): void;
  publish(topic: GossipTopic, data: Uint8Array): void;
  gossipVerdict(id: string, from: PeerIdText, verdict: GossipVerdict): void;
  disconnect(peer: PeerIdText, banMs: number): void;
  /** Keeps what a peer said last that it holds, for people to look at. */
  heard(peer: PeerIdText, height: number, root: Uint8Array): void;
  /** Multiaddrs others can dial, with /p2p/. */
  addresses(): string[];
  peers(): PeerInfo[];
  traffic(): Traffic[];
  topics(): TopicPeers[];
  /** Whom it tried to reach in vain, newest first. */
  troubles(): Trouble[];
  /** Lets streams drain, then closes every connection. */
  stop(): Promise<void>;
}

export interface Clock {
  wallMs(): number;
  monoMs(): number;
  /** One timer; a second call replaces the first. */
  wakeAt(monoMs: number, wake: () => void): void;
  stop(): void;
}

/** How many own ledger entries were signed, kept apart from the store. */
export interface SignedMarker {
  /** Resolves when the marker will say at least `size` at the next start, whatever may happen until then. */
  advance(size: number): Promise<void>;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

/** How the node stands, durable state only. */
export interface NodeStatus {
  readonly peerId: PeerIdText;
  readonly height: number;
  /** Entries that a threshold of witnesses vouches for: they are final. */
  readonly certifiedHeight: number;
  readonly root: Uint8Array;
  readonly peersConnected: number;
  /** Peers whose last heartbeat named our root. */
  readonly peersAgreeing: number;
  readonly syncing: boolean;
  /** Entries that connected peers claim to hold and we lack; without those that are held. */
  readonly behind: number;
  /** Entries that peers hold and this node does not take yet: they are dated beyond what its clock allows. */
  readonly held: HeldEntries;
  /** Entries from peers that became durable, a second, over about the last ten. */
  readonly receivedPerSecond: number;
  readonly journalSize: number;
  readonly startedMs: number;
}

export interface HeldEntries {
  readonly entries: number;
  /** Whose: first the one whose date is furthest ahead. */
  readonly origins: readonly PeerIdText[];
  /** When the last of these feeds goes on, by this node's clock; 0 when nothing is held. */
  readonly untilMs: number;
  /** How far ahead of this clock it is dated now. */
  readonly aheadMs: number;
}

export interface PeerStatus extends PeerInfo {
  readonly standing: StandingName;
  /** What its faults add up to by now: 0 of one that nothing is known against. */
  readonly points: number;
  /** Its last fault; empty without one. */
  readonly why: string;
  readonly height: number;
  readonly root: Uint8Array | undefined;
  readonly agrees: boolean;
}

/** A part of a peer's journal, as it gave it, verified. */
export interface JournalPart {
  readonly entries: readonly Candidate[];
  /** Whether it was held against a root that the peer signed: it is all of its journal up to that size. */
  readonly rootChecked: boolean;
}

/** A sealed feed of the running node. */
export interface SealStatus {
  readonly origin: PeerIdText;
  /** From this entry on only what is certified stays. */
  readonly from: number;
  readonly reason: 'equivocation' | 'revocation';
  /** Entries that the feed has now. */
  readonly kept: number;
  readonly certified: number;
  /** Whether a SCAR of the ledger records it; a revocation is recorded by its statements. */
  readonly recorded: boolean;
}

/** The running node, as the API and an embedding program see it. */
export interface NodeHandle {
  readonly peerId: PeerIdText;
  readonly federation: Federation;
  readonly store: Store;
  readonly signer: Signer;
  status(): NodeStatus;
  peers(): PeerStatus[];
  addresses(): string[];
  /** Bytes by protocol since the start, and who listens to which topic. */
  traffic(): Traffic[];
  topics(): TopicPeers[];
  /** Whom it tried to reach in vain, newest first. */
  troubles(): Trouble[];
  /** Who is revoked, in whole or in part: by whom, and whether that is enough. */
  revocations(): { readonly target: PeerIdText; readonly signers: readonly PeerIdText[]; readonly inForce: boolean }[];
  /** Feeds that are sealed, and why. */
  seals(): SealStatus[];
  /** Size of a connected peer's journal by its last heartbeat; undefined when none was heard. */
  peerJournalSize(peer: PeerIdText): number | undefined;
  /** Asks a connected peer for a part of its journal. Rejects with `peer_not_connected`, `peer_silent`, and what is wrong with the answer. */
  peerJournal(range: FeedRange): Promise<JournalPart>;
  /** Durable heads of all ledger feeds, by public key. */
  heads(): FeedHead[];
  /** Entries of a feed that are final. */
  certifiedSize(origin: PeerIdText): number;
  /** Resolves when the entries are durable; all of them, and the memo, or none. */
  append(drafts: readonly Draft[], memo?: AppendMemo): Promise<readonly AppendedEntry[]>;
  subscribe(listener: (note: Note) => void): () => void;
  /** What the certified governance entries give. */
  governance(): GovernanceState;
  /** All witnesses and thresholds that this node has gone by, oldest first; the last are in force. */
  electorates(): readonly Electorate[];
  wallMs(): number;
}

export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
