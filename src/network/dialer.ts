/**
 * Keeps the node connected: libp2p dials nobody by itself. Bootstrap addresses and members are tried for ever, others a few times; after
 * a failure a target waits a random part of a bound that doubles ("full jitter"), so that nodes that failed together do not try
 * together again.
 */
import type { Connection, Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import {
  CONNECTION_STABLE_MS,
  CONNECTIONS_COUNT_TARGET,
  DIAL_BACKOFF_MS,
  DIAL_BACKOFF_MS_MAX,
  DIAL_FAILURES_UNMET_MAX,
  DIAL_MS_MAX,
  DIALS_AT_ONCE_MAX,
} from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { DialAddress } from './address.ts';
import type { BookEntry } from './book-entry.ts';
import type { PeerBook } from './peer-book.ts';

export interface DialerContext {
  readonly node: Pick<Libp2p, 'dial'>;
  readonly self: PeerIdText;
  readonly book: PeerBook;
  readonly bootstrap: readonly DialAddress[];
  random(): number;
  isConnected(peer: PeerIdText): boolean;
  memberCount(): number;
  /** A dial came to nothing: the peer's own dial is not a crossing any more. */
  failedDial(peer: PeerIdText): void;
  failed(target: string, error: unknown): void;
}

const NAMELESS_FAILURES = 3;
/** News comes in swarms: one look for all of them. */
const WAKE_MS = 20;

/** A bootstrap address whose peer is not known yet. */
interface NamelessTarget {
  readonly text: string;
  peer: PeerIdText | undefined;
  failures: number;
}

interface Target {
  readonly key: string;
  readonly rank: number;
  dial(): Promise<void>;
}

export class Dialer {
  readonly #context: DialerContext;
  readonly #nameless: NamelessTarget[];
  readonly #pinned: ReadonlyMap<PeerIdText, readonly string[]>;
  /** When a target is due, on the monotonic clock; absent: now. */
  readonly #dueMs = new Map<string, number>();
  readonly #dialling = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #lookAtMs = 0;
  #running = false;

  constructor(context: DialerContext) {
    this.#context = context;
    const pinned = new Map<PeerIdText, string[]>();
    this.#nameless = [];
    for (const { text, peer } of context.bootstrap) {
      // Our own address in the list (one list for all nodes) is skipped, not an error.
      if (peer === context.self) continue;
      if (peer === undefined) this.#nameless.push({ text, peer: undefined, failures: 0 });
      else pinned.set(peer, [...(pinned.get(peer) ?? []), text]);
    }
    this.#pinned = pinned;
  }

  start(): void {
    this.#running = true;
    this.#plan(0);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** The book has changed: somebody may be due. */
  wake(): void {
    this.#plan(WAKE_MS);
  }

  /** A member's connection is gone. Only one that lasted clears its failures: who lets us in and drops us is not dialled in a loop. */
  left(peer: PeerIdText, livedMs: number): void {
    if (livedMs >= CONNECTION_STABLE_MS) this.#context.book.failures(peer, 0);
    this.#postpone(peer, this.#backoffMs(this.#context.book.get(peer)?.failures ?? 0));
  }

  /** A connection was dropped to be made anew. The smaller peer ID dials first, or both would do so at once again. */
  redial(peer: PeerIdText): void {
    const first = this.#context.self < peer;
    this.#postpone(peer, (first ? 0 : 2 * DIAL_BACKOFF_MS) + this.#context.random() * DIAL_BACKOFF_MS);
  }

  #postpone(key: string, delayMs: number): void {
    this.#dueMs.set(key, performance.now() + delayMs);
    this.#plan(delayMs);
  }

  #backoffMs(failures: number): number {
    const boundMs = Math.min(DIAL_BACKOFF_MS_MAX, DIAL_BACKOFF_MS * 2 ** Math.min(failures, 16));
    return this.#context.random() * boundMs;
  }

  /** Makes sure that the next look at the targets is no later than in `delayMs`. */
  #plan(delayMs: number): void {
    const atMs = performance.now() + delayMs;
    if (!this.#running || (this.#timer !== undefined && this.#lookAtMs <= atMs)) return;
    clearTimeout(this.#timer);
    this.#lookAtMs = atMs;
    this.#timer = setTimeout(() => this.#look(), delayMs).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    // What is due needs no entry. With nothing to wait for, a look now and then: bans and strangers' terms end by the clock.
    let nextMs = nowMs + DIAL_BACKOFF_MS_MAX;
    for (const [key, dueMs] of this.#dueMs) {
      if (dueMs <= nowMs) this.#dueMs.delete(key);
      else nextMs = Math.min(nextMs, dueMs);
    }
    const due = this.#targets().filter(({ key }) => !this.#dialling.has(key) && !this.#dueMs.has(key));
    due.sort((a, b) => a.rank - b.rank);
    for (const target of due) {
      if (this.#dialling.size >= DIALS_AT_ONCE_MAX) break;
      this.#dialling.add(target.key);
      target
        .dial()
        .catch((error: unknown) => this.#context.failed(target.key, error))
        .finally(() => {
          this.#dialling.delete(target.key);
          this.#plan(0);
        });
    }
    this.#plan(nextMs - nowMs);
  }

  #targets(): Target[] {
    const { book, self, isConnected, memberCount } = this.#context;
    const targets: Target[] = [];
    if (memberCount() >= CONNECTIONS_COUNT_TARGET) return targets;
    for (const target of this.#nameless) {
      if (target.peer !== undefined && !this.#isNamelessDue(target.peer)) continue;
      targets.push({ key: target.text, rank: 0, dial: () => this.#dialNameless(target) });
    }
    // Bootstrap peers are in the book like others; here again when hearsay has pushed them out.
    for (const [peer, addresses] of this.#pinned) if (book.get(peer) === undefined) book.learn(peer, addresses);
    for (const entry of book.entries()) {
      if (entry.peer === self || entry.addresses.length === 0) continue;
      if (isConnected(entry.peer) || book.isBarred(entry.peer)) continue;
      const rank = this.#pinned.has(entry.peer) ? 0 : entry.member ? 1 : 2;
      targets.push({ key: entry.peer, rank, dial: () => this.#dialPeer(entry) });
    }
    return targets;
  }

  /** Who answered there before is dialled under its name; only when that fails may somebody else live at the address now. */
  #isNamelessDue(peer: PeerIdText): boolean {
    const { book, self, isConnected } = this.#context;
    if (peer === self || isConnected(peer) || book.isBarred(peer)) return false;
    const known = book.get(peer);
    return known?.member !== true || known.failures >= NAMELESS_FAILURES;
  }

  async #dialPeer(entry: BookEntry): Promise<void> {
    const { book, failedDial } = this.#context;
    // An attempt counts as a failure until the connection has lasted (see `left`).
    const failures = entry.failures + 1;
    book.failures(entry.peer, failures);
    this.#postpone(entry.peer, this.#backoffMs(failures));
    try {
      // Pinned addresses are always among those tried, whatever hearsay has put into the book.
      const texts = new Set([...(this.#pinned.get(entry.peer) ?? []), ...entry.addresses]);
      await this.#dial([...texts].map((text) => `${text}/p2p/${entry.peer}`));
    } catch (error) {
      failedDial(entry.peer);
      this.#postpone(entry.peer, this.#backoffMs(failures));
      const unmet = !entry.member && !this.#pinned.has(entry.peer);
      if (unmet && failures >= DIAL_FAILURES_UNMET_MAX) book.forget(entry.peer);
      throw error;
    }
  }

  async #dialNameless(target: NamelessTarget): Promise<void> {
    target.failures++;
    try {
      const connection = await this.#dial([target.text]);
      target.peer = connection.remotePeer.toString();
      target.failures = 0;
    } catch (error) {
      // Our own address, given without its peer ID: nothing to reach there.
      if (error instanceof Error && error.message.includes('Can not dial self')) target.peer = this.#context.self;
      throw error;
    } finally {
      this.#postpone(target.text, DIAL_BACKOFF_MS + this.#backoffMs(target.failures));
    }
  }

  async #dial(texts: readonly string[]): Promise<Connection> {
    return this.#context.node.dial(
      texts.map((text) => multiaddr(text)),
      { signal: AbortSignal.timeout(DIAL_MS_MAX) },
    );
  }
}
