/**
 * The peers this node knows, across restarts. libp2p's own store forgets addresses after an hour; this one keeps members of the
 * federation for good, and what was only heard of until it proves useless. Bounded: strangers are forgotten first.
 */
import { equalBytes } from '../core/bytes.ts';
import {
  PEER_ADDRESSES_MAX,
  PEER_AGENT_LENGTH_MAX,
  PEER_BOOK_ENTRIES_MAX,
  PEER_BOOK_SAVE_LATER_MS,
  PEER_BOOK_SAVE_MS,
  REVOKED_BAN_MS,
  STRANGER_MS,
} from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { type BookEntry, isKept, mergeAddresses, readBook, unknownPeer, usefulness, writeBook } from './book-entry.ts';

export interface PeerBookStorage {
  load(): Promise<string | undefined>;
  save(json: string): Promise<void>;
}

export interface PeerBookOptions {
  readonly storage: PeerBookStorage;
  wallMs(): number;
  /** The book could not be read or written; the node goes on without. */
  failed(action: 'load' | 'save', error: unknown): void;
}

export class PeerBook {
  readonly #options: PeerBookOptions;
  readonly #entries = new Map<PeerIdText, BookEntry>();
  #saveTimer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by `performance.now()`. */
  #saveAtMs = 0;
  /** Saves run one after the other, so that an older text never lands on a newer one. */
  #saving: Promise<void> = Promise.resolve();

  constructor(options: PeerBookOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    try {
      const text = await this.#options.storage.load();
      if (text === undefined) return;
      for (const entry of readBook(text).slice(0, PEER_BOOK_ENTRIES_MAX)) this.#entries.set(entry.peer, entry);
    } catch (error) {
      this.#options.failed('load', error);
    }
  }

  get(peer: PeerIdText): BookEntry | undefined {
    return this.#entries.get(peer);
  }

  entries(): Iterable<BookEntry> {
    return this.#entries.values();
  }

  /** Hearsay: somebody says that the peer is there. What is known already keeps at least half of the room. */
  learn(peer: PeerIdText, addresses: readonly string[]): void {
    const entry = this.#entries.get(peer) ?? unknownPeer(peer);
    const half = PEER_ADDRESSES_MAX / 2;
    const merged = mergeAddresses(peer, entry.addresses.slice(0, half), [...addresses, ...entry.addresses.slice(half)]);
    if (merged.length > entry.addresses.length || merged.some((text) => !entry.addresses.includes(text))) {
      this.#put({ ...entry, addresses: merged });
    }
  }

  /** The peer said so itself, and it is a member. `reachedAt`: the address we reached it by, when we dialled. */
  met(peer: PeerIdText, addresses: readonly string[], agent: string, reachedAt?: string): void {
    const entry = this.#entries.get(peer) ?? unknownPeer(peer);
    const proven = reachedAt === undefined ? entry.addresses.slice(0, 1) : [reachedAt];
    this.#put({
      ...entry,
      addresses: mergeAddresses(peer, proven, addresses),
      member: true,
      agent: agent.slice(0, PEER_AGENT_LENGTH_MAX),
      lastSeenMs: this.#options.wallMs(),
      strangerUntilMs: 0,
    });
  }

  seen(peer: PeerIdText): void {
    this.#change(peer, { lastSeenMs: this.#options.wallMs() });
  }

  /** The peer signed that it holds so much. Only of members: strangers get no room by talking. */
  heard(peer: PeerIdText, height: number, root: Uint8Array): void {
    const entry = this.#entries.get(peer);
    if (entry?.member !== true) return;
    const known = entry.lastCheckpoint;
    this.#entries.set(peer, { ...entry, lastCheckpoint: { height, root, heardMs: this.#options.wallMs() } });
    // It changes all the time, and only people look at it: no reason to write the book every second.
    if (known === undefined || !equalBytes(known.root, root)) this.#saveWithin(PEER_BOOK_SAVE_LATER_MS);
  }

  failures(peer: PeerIdText, failures: number): void {
    this.#change(peer, { failures });
  }

  ban(peer: PeerIdText, banMs: number): void {
    const bannedUntilMs = this.#options.wallMs() + banMs;
    this.#put({ ...(this.#entries.get(peer) ?? unknownPeer(peer)), bannedUntilMs });
  }

  stranger(peer: PeerIdText, strangerMs: number): void {
    const strangerUntilMs = this.#options.wallMs() + strangerMs;
    this.#put({ ...(this.#entries.get(peer) ?? unknownPeer(peer)), strangerUntilMs });
  }

  forget(peer: PeerIdText): void {
    this.#entries.delete(peer);
  }

  isBanned(peer: PeerIdText): boolean {
    return this.#isAhead(this.#entries.get(peer)?.bannedUntilMs, REVOKED_BAN_MS);
  }

  /** Banned, or known not to be of this federation. */
  isBarred(peer: PeerIdText): boolean {
    return this.isBanned(peer) || this.#isAhead(this.#entries.get(peer)?.strangerUntilMs, STRANGER_MS);
  }

  /** An end further ahead than any term is long was set by a clock that has gone back since: nobody is shut out for the difference. */
  #isAhead(untilMs: number | undefined, longestMs: number): boolean {
    const leftMs = (untilMs ?? 0) - this.#options.wallMs();
    return leftMs > 0 && leftMs <= longestMs;
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    if (this.#saveTimer !== undefined) this.#save();
    await this.#saving;
  }

  #change(peer: PeerIdText, change: Partial<BookEntry>): void {
    const entry = this.#entries.get(peer);
    if (entry !== undefined) this.#put({ ...entry, ...change });
  }

  #put(entry: BookEntry): void {
    if (!this.#entries.has(entry.peer) && this.#entries.size >= PEER_BOOK_ENTRIES_MAX) {
      const victim = this.#leastUseful();
      // A full book of members takes no hearsay.
      if (this.#entries.get(victim)?.member === true && !entry.member && entry.bannedUntilMs === 0) return;
      this.#entries.delete(victim);
    }
    this.#entries.set(entry.peer, entry);
    if (isKept(entry)) this.#saveWithin(PEER_BOOK_SAVE_MS);
  }

  #saveWithin(ms: number): void {
    const atMs = performance.now() + ms;
    if (this.#saveTimer !== undefined && this.#saveAtMs <= atMs) return;
    clearTimeout(this.#saveTimer);
    this.#saveAtMs = atMs;
    this.#saveTimer = setTimeout(() => this.#save(), ms).unref();
  }

  #leastUseful(): PeerIdText {
    let victim: BookEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (victim === undefined || usefulness(entry) < usefulness(victim)) victim = entry;
    }
    return victim?.peer ?? '';
  }

  #save(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const text = writeBook([...this.#entries.values()].filter(isKept));
    this.#saving = this.#saving
      .then(() => this.#options.storage.save(text))
      .catch((error: unknown) => this.#options.failed('save', error));
  }
}
