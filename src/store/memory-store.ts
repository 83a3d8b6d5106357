/** The store in memory: the same promises, but for durability. For tests and for the simulator. */
import { compareBytes, toHex } from '../core/bytes.ts';
import type { FeedRange, PlacedEntry, SealRecord, StoreBatch } from '../core/events.ts';
import type { Vote } from '../core/federation/vote.ts';
import type { FeedHead, LogName } from '../core/ledger/feed.ts';
import { leafHash } from '../core/merkle/hash.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { Statement } from '../core/sync/statement.ts';
import type { EntryPlace, Store, StoreSnapshot } from '../ports.ts';
import { closedError } from './failures.ts';
import { isGovernance } from './governance-index.ts';
import { collectRanges, takeBytes } from './ranges.ts';
import { subtreeHash } from './subtree.ts';
import { assertValueSize } from './value-size.ts';

export class MemoryStore implements Store {
  /** Entries at the index of their `seq`, by feed. */
  readonly #feeds = new Map<string, PlacedEntry[]>();
  readonly #heads = new Map<string, FeedHead>();
  readonly #subtrees = new Map<string, Uint8Array>();
  readonly #places = new Map<string, EntryPlace>();
  readonly #statements = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #revocations = new Map<string, { readonly target: PeerIdText; readonly statement: Statement }>();
  readonly #seals = new Map<PeerIdText, SealRecord>();
  /** Entries cut off each feed, by receipt hash. */
  readonly #quarantine = new Map<PeerIdText, Map<string, PlacedEntry>>();
  readonly #votes = new Map<PeerIdText, Vote[]>();
  readonly #certified = new Map<PeerIdText, number>();
  readonly #decisions: Uint8Array[] = [];
  #votingSince = 0;
  #counterReserved = 0;
  #closed = false;

  /** `write`, at once. */
  apply(batch: StoreBatch): void {
    for (const entry of batch.entries) {
      const feed = feedName(entry.origin, entry.log);
      const entries = this.#feeds.get(feed) ?? [];
      entries[entry.seq] = entry;
      this.#feeds.set(feed, entries);
      this.#places.set(toHex(entry.hash), { origin: entry.origin, log: entry.log, seq: entry.seq });
    }
    for (const head of batch.heads) this.#heads.set(feedName(head.origin, head.log), head);
    for (const { origin, log, level, index, hash } of batch.subtrees) {
      this.#subtrees.set(subtreeName(feedName(origin, log), level, index), hash);
    }
    for (const { hash, json } of batch.statements) this.#statements.set(toHex(hash), json);
    for (const each of batch.revocations ?? []) this.#revocations.set(`${each.target} ${each.statement.origin}`, each);
    for (const seal of batch.seals ?? []) this.#seals.set(seal.proof.origin, seal);
    for (const cut of batch.cuts ?? []) this.#cut(cut.head);
    for (const { checkpoint } of batch.votes ?? []) this.#votes.set(checkpoint.origin, []);
    for (const vote of batch.votes ?? []) this.#votes.get(vote.checkpoint.origin)?.push(vote);
    for (const { origin, size } of batch.certified ?? []) this.#certified.set(origin, size);
    for (const { name, value } of batch.values ?? []) this.#values.set(name, value);
    for (const { epoch, bytes } of batch.decisions ?? []) this.#decisions[epoch] = bytes;
    this.#votingSince = batch.votingSince ?? this.#votingSince;
    this.#counterReserved = batch.counterReserved ?? this.#counterReserved;
  }

  async snapshot(): Promise<StoreSnapshot> {
    this.#assertOpen();
    const certified = [...this.#certified].map(([origin, size]) => ({ origin, size }));
    return {
      heads: [...this.#heads.values()],
      certified,
      seals: [...this.#seals.values()],
      revocations: [...this.#revocations.values()],
      decisions: [...this.#decisions],
      votingSince: this.#votingSince,
      counterReserved: this.#counterReserved,
    };
  }

  async write(batch: StoreBatch): Promise<void> {
    this.#assertOpen();
    this.apply(batch);
  }

  async readRanges(
    log: LogName,
    ranges: readonly FeedRange[],
    entriesMax: number,
    bytesMax: number,
  ): Promise<PlacedEntry[]> {
    this.#assertOpen();
    return await collectRanges((range, limit) => this.#forward(log, range, limit), ranges, entriesMax, bytesMax);
  }

  async *iterate(log: LogName, range: FeedRange, reverse = false): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    const entries = this.#slice(log, range.origin, range.from, range.to);
    for (const entry of reverse ? entries.reverse() : entries) {
      this.#assertOpen();
      yield entry;
    }
  }

  async *governanceEntries(range?: FeedRange): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    const all = [...this.#feeds.values()].flatMap((entries) => entries.filter((entry) => isGovernance(entry)));
    for (const entry of all) {
      this.#assertOpen();
      const { origin, seq } = entry;
      if (range === undefined || (origin === range.origin && seq >= range.from && seq < range.to)) yield entry;
    }
  }

  async decisions(from: number, bytesMax: number): Promise<Uint8Array[]> {
    this.#assertOpen();
    return takeBytes(this.#decisions.slice(from), bytesMax);
  }

  async find(hash: Uint8Array): Promise<EntryPlace | undefined> {
    this.#assertOpen();
    return this.#places.get(toHex(hash));
  }

  async subtree(origin: PeerIdText, log: LogName, level: number, index: number): Promise<Uint8Array> {
    this.#assertOpen();
    return await subtreeHash(level, index, async (kept, from, count) => {
      if (kept === 0) return this.#slice(log, origin, from, from + count).map((entry) => leafHash(entry.hash));
      const hashes: Uint8Array[] = [];
      for (let at = from; at < from + count; at++) {
        const hash = this.#subtrees.get(subtreeName(feedName(origin, log), kept, at));
        if (hash === undefined) break;
        hashes.push(hash);
      }
      return hashes;
    });
  }

  async statement(hash: Uint8Array): Promise<string | undefined> {
    this.#assertOpen();
    return this.#statements.get(toHex(hash));
  }

  async votes(origin: PeerIdText): Promise<Vote[]> {
    this.#assertOpen();
    return [...(this.#votes.get(origin) ?? [])];
  }

  async *quarantine({ origin, from, to }: FeedRange): AsyncGenerator<PlacedEntry, void> {
    this.#assertOpen();
    const cut = [...(this.#quarantine.get(origin)?.values() ?? [])].filter(({ seq }) => seq >= from && seq < to);
    for (const entry of cut.sort((a, b) => a.seq - b.seq || compareBytes(a.hash, b.hash))) {
      this.#assertOpen();
      yield entry;
    }
  }

  async getValue(name: string): Promise<string | undefined> {
    this.#assertOpen();
    return this.#values.get(name);
  }

  async putValue(name: string, value: string): Promise<void> {
    this.#assertOpen();
    assertValueSize(name, value);
    this.#values.set(name, value);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #cut(head: FeedHead): void {
    const feed = feedName(head.origin, head.log);
    const quarantine = this.#quarantine.get(head.origin) ?? new Map<string, PlacedEntry>();
    for (const entry of this.#feeds.get(feed)?.splice(head.size) ?? []) {
      this.#places.delete(toHex(entry.hash));
      quarantine.set(toHex(entry.hash), entry);
    }
    this.#quarantine.set(head.origin, quarantine);
    if (head.size === 0) this.#heads.delete(feed);
    else this.#heads.set(feed, head);
    for (const name of this.#subtrees.keys()) {
      if (!name.startsWith(`${feed}/`)) continue;
      const [level, index] = name
        .slice(feed.length + 1)
        .split('/')
        .map(Number);
      if (level !== undefined && index !== undefined && (index + 1) * 2 ** level > head.size)
        this.#subtrees.delete(name);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  async *#forward(log: LogName, range: FeedRange, limit: number): AsyncGenerator<PlacedEntry[], void> {
    yield this.#slice(log, range.origin, range.from, Math.min(range.to, range.from + limit));
  }

  /** Entries from `from` on, up to a gap or `to`. */
  #slice(log: LogName, origin: PeerIdText, from: number, to: number): PlacedEntry[] {
    const feed = this.#feeds.get(feedName(origin, log)) ?? [];
    const found: PlacedEntry[] = [];
    for (let seq = from; seq < to; seq++) {
      const entry = feed[seq];
      if (entry === undefined) break;
      found.push(entry);
    }
    return found;
  }
}

function feedName(origin: PeerIdText, log: LogName): string {
  return `${log}/${origin}`;
}

function subtreeName(feed: string, level: number, index: number): string {
  return `${feed}/${level}/${index}`;
}
