/**
 * A node's disk: takes batches in order, each durable some time after it was handed over, all of it or nothing. A crash loses what is not
 * durable yet, and can be set to strike at a write: before the batch is durable, or after it is and before anybody is told.
 */

import { BinaryReader } from '../../src/core/binary.ts';
import { equalBytes, toHex } from '../../src/core/bytes.ts';
import { readEntry } from '../../src/core/entry/codec.ts';
import type { FeedRange, PlacedEntry, SealRecord, StoreBatch } from '../../src/core/events.ts';
import type { ReachingVote } from '../../src/core/federation/feed-certificate.ts';
import { NOTHING_SIGNED, type Signed, signedWith } from '../../src/core/federation/governance-state.ts';
import type { Vote } from '../../src/core/federation/vote.ts';
import { emptyHead } from '../../src/core/ledger/admission.ts';
import type { FeedHead, LogName } from '../../src/core/ledger/feed.ts';
import { appendLeaves, rootOfLeaves } from '../../src/core/merkle/compact-range.ts';
import type { PeerIdText } from '../../src/core/peer-id.ts';
import { ReferenceTree } from '../reference/merkle.ts';
import { Damage, DiskDamage } from './damage.ts';
import type { Dice } from './dice.ts';
import { MS, type Schedule } from './schedule.ts';

/** A crash that strikes at the next write: the batch is lost with it, or lies there in part, or is durable and nobody was told. */
export interface CrashAtWrite {
  readonly point: 'before_durable' | 'in_part' | 'before_told';
  struck(): void;
}

/** Ways to break a disk on purpose, so that tests see the checkers notice. */
export interface DiskDefects {
  /** Forgets the last batch that it acknowledged when the node crashes. */
  losesAcknowledged?: boolean;
  /** Makes the second of two waiting batches durable first. */
  reorders?: boolean;
  losesStatements?: boolean;
  /** Says that a batch is durable before it is. */
  tellsEarly?: boolean;
  /** Takes what a crash left of a batch for written. */
  keepsTorn?: boolean;
  /** Reads what is there, whatever its checksum says. */
  ignoresChecksums?: boolean;
}

interface Pending {
  readonly batch: StoreBatch;
  readonly told: () => void;
}

export interface DiskOwner {
  /** The disk was set to crash the node, and now does. */
  crash(): void;
  /** A batch does not continue what is on the disk. */
  appendBroken(entry: PlacedEntry, size: number): void;
  /** A record that was read is not what was written. */
  damaged(): void;
}

/** At this level and its multiples whole subtrees are kept: only what lies behind the last of them is read to get a root. */
const SUBTREE_LEAVES = 256;

const WRITE_US_MIN = 100;
const WRITE_US_MAX = 5 * MS;
const TOLD_US_MAX = 1 * MS;

export class SimDisk {
  /** Entries by feed, in order. */
  readonly feeds = new Map<string, PlacedEntry[]>();
  readonly heads = new Map<string, FeedHead>();
  readonly subtrees = new Map<string, Uint8Array>();
  /** Flat JSON by the hex of the receipt hash. */
  readonly statements = new Map<string, string>();
  /** Certified entries by origin. */
  readonly certified = new Map<PeerIdText, number>();
  /** Votes that certify, by feed and witness. */
  readonly votes = new Map<PeerIdText, Vote[]>();
  readonly seals = new Map<PeerIdText, SealRecord>();
  /** Statements that revoke, by target and signer. */
  readonly revocations = new Map<string, NonNullable<StoreBatch['revocations']>[number]>();
  /** What was cut off sealed feeds. */
  readonly quarantine = new Map<string, PlacedEntry>();
  readonly defects: DiskDefects = {};
  /** Decisions by epoch, with their proofs. */
  readonly decisions = new Map<number, Uint8Array>();
  votingSince = 0;
  readonly damage = new Damage();
  counterReserved = 0;
  /** So many times slower than others it writes. */
  slowness = 1;
  crashAt: CrashAtWrite | undefined;
  readonly #schedule: Schedule;
  readonly #dice: Dice;
  readonly #owner: DiskOwner;
  #pending: Pending[] = [];
  #writing = false;
  /** Raised by a crash: what was under way belongs to an earlier life. */
  #life = 0;
  #undo: (() => void) | undefined;
  /** Takes away what a crash left of a batch. */
  #torn: (() => void) | undefined;

  constructor(schedule: Schedule, dice: Dice, owner: DiskOwner) {
    this.#schedule = schedule;
    this.#dice = dice;
    this.#owner = owner;
  }

  /** `told` is called when the batch is durable, in the order of the calls. */
  write(batch: StoreBatch, told: () => void): void {
    if (this.defects.tellsEarly === true) this.#schedule.after(0, told);
    this.#pending.push({ batch, told: this.defects.tellsEarly === true ? () => undefined : told });
    if (!this.#writing) this.#next();
  }

  /** The power goes. Gives back nothing: the next life reads the maps. */
  crash(): void {
    this.#life += 1;
    this.#pending = [];
    this.#writing = false;
    this.crashAt = undefined;
    if (this.defects.losesAcknowledged === true) this.#undo?.();
    this.#undo = undefined;
  }

  /** Before anything else is read: what was written in part is no batch, and what the node starts from must be intact. */
  open(): void {
    if (this.defects.keepsTorn !== true) this.#torn?.();
    this.#torn = undefined;
    for (const head of this.heads.values()) this.#check(head);
  }

  /** The folder is gone. */
  wipe(): void {
    for (const map of this.#maps()) map.clear();
    this.feeds.clear();
    this.counterReserved = 0;
    this.votingSince = 0;
    this.damage.clear();
    this.#torn = undefined;
  }

  /** The disk as it is now: calling the result brings it back to that. */
  snapshot(): () => void {
    const maps = this.#maps();
    const { counterReserved } = this;
    const { votingSince } = this;
    const copies = maps.map((map) => new Map<unknown, unknown>(map));
    const feeds = new Map([...this.feeds].map(([name, feed]) => [name, [...feed]]));
    return () => {
      maps.forEach((map: Map<unknown, unknown>, i) => {
        map.clear();
        for (const [key, value] of copies[i] ?? []) map.set(key, value);
      });
      this.feeds.clear();
      for (const [name, feed] of feeds) this.feeds.set(name, [...feed]);
      this.counterReserved = counterReserved;
      this.votingSince = votingSince;
      this.#torn = undefined;
    };
  }

  #maps(): readonly Map<unknown, unknown>[] {
    const { heads, subtrees, statements, certified, votes, seals, revocations, quarantine, decisions } = this;
    return [heads, subtrees, statements, certified, votes, seals, revocations, quarantine, decisions];
  }

  #check(record: PlacedEntry | FeedHead): void {
    if (this.defects.ignoresChecksums !== true) this.damage.check(record);
  }

  /** Hashes of the first entries of a ledger feed. Those behind the last whole subtree that is kept are read from the entries. */
  #hashes(origin: PeerIdText, size: number): Uint8Array[] {
    const feed = this.feed('ledger', origin).slice(0, size);
    if (feed.length < size) throw new RangeError(`${origin} has ${feed.length} entries, not ${size}`);
    for (const entry of feed.slice(size - (size % SUBTREE_LEAVES))) this.#check(entry);
    return feed.map(({ hash }) => hash);
  }

  feed(log: LogName, origin: PeerIdText): readonly PlacedEntry[] {
    return this.feeds.get(feedName(log, origin)) ?? [];
  }

  readRanges(log: LogName, ranges: readonly FeedRange[], entriesMax: number, bytesMax: number): PlacedEntry[] {
    const found: PlacedEntry[] = [];
    let bytes = 0;
    for (const { origin, from, to } of ranges) {
      const feed = this.feed(log, origin);
      for (let seq = from; seq < to; seq++) {
        const entry = feed[seq];
        if (entry === undefined) return found; // a gap ends it
        this.#check(entry);
        bytes += entry.bytes.length;
        if (found.length > 0 && (found.length >= entriesMax || bytes > bytesMax)) return found;
        found.push(entry);
      }
    }
    return found;
  }

  /** GOVERNANCE entries of ranges, in their order. */
  governance(ranges: readonly FeedRange[], entriesMax: number): PlacedEntry[] {
    const found: PlacedEntry[] = [];
    for (const { origin, from, to } of ranges) {
      for (const entry of this.feed('ledger', origin).slice(from, to)) {
        this.#check(entry);
        if (found.length < entriesMax && readEntry(new BinaryReader(entry.bytes)).type === 'GOVERNANCE')
          found.push(entry);
      }
    }
    return found;
  }

  /** What a node has signed in governance. */
  governanceSignedBy(origin: PeerIdText): Signed {
    const all = this.governance([{ origin, from: 0, to: Number.POSITIVE_INFINITY }], Number.POSITIVE_INFINITY);
    return all.reduce(signedWith, NOTHING_SIGNED);
  }

  /** Decisions from an epoch on. */
  decided(from: number): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let bytes = this.decisions.get(from); bytes !== undefined; bytes = this.decisions.get(from + found.length))
      found.push(bytes);
    return found;
  }

  /** Root of the first `size` entries of a ledger feed. */
  root(origin: PeerIdText, size: number): Uint8Array {
    return rootOfLeaves(this.#hashes(origin, size));
  }

  /** The head that a ledger feed had at an earlier size. */
  headAt(origin: PeerIdText, size: number): FeedHead {
    const last = this.feed('ledger', origin).slice(0, size).at(-1);
    if (last === undefined) return emptyHead(origin, 'ledger');
    this.#check(last);
    const { timestampMs, nonce } = readEntry(new BinaryReader(last.bytes));
    const { peaks } = appendLeaves([], 0, this.#hashes(origin, size));
    return { origin, log: 'ledger', size, hash: last.hash, timestampMs, nonce, peaks };
  }

  /** Consistency path between two sizes of a ledger feed. */
  path(origin: PeerIdText, from: number, to: number): Uint8Array[] {
    if (from === to) return [];
    return new ReferenceTree(this.#hashes(origin, to)).proof(from, to);
  }

  /** The votes kept that reach a size and are for the branch held, each with its path from there. */
  reaching(origin: PeerIdText, size: number): ReachingVote[] {
    const held = this.feed('ledger', origin).length;
    const votes = (this.votes.get(origin) ?? []).filter(
      ({ checkpoint }) =>
        checkpoint.size >= size &&
        checkpoint.size <= held &&
        equalBytes(checkpoint.root, this.root(origin, checkpoint.size)),
    );
    return votes.map((vote) => ({ vote, path: this.path(origin, size, vote.checkpoint.size) }));
  }

  #cut(head: FeedHead, to: number): void {
    const name = feedName('ledger', head.origin);
    const feed = this.feeds.get(name) ?? [];
    if (feed.length !== to)
      this.#owner.appendBroken(
        feed[to - 1] ?? { origin: head.origin, log: 'ledger', seq: to, hash: head.hash, bytes: head.hash },
        feed.length,
      );
    for (const entry of feed.slice(head.size)) this.#check(entry);
    for (const entry of feed.splice(head.size)) this.quarantine.set(`${name} ${toHex(entry.hash)}`, entry);
    if (head.size === 0) {
      this.feeds.delete(name);
      this.heads.delete(name);
    } else {
      this.heads.set(name, head);
    }
  }

  #next(): void {
    const [first] = this.#pending;
    this.#writing = first !== undefined;
    if (first === undefined) return;
    const life = this.#life;
    this.#schedule.after(this.#dice.between(WRITE_US_MIN, WRITE_US_MAX) * this.slowness, () => {
      if (life !== this.#life) return;
      const { crashAt } = this;
      const written = this.defects.reorders === true ? (this.#pending[1] ?? first) : first;
      try {
        if (crashAt?.point === 'in_part') this.#applyPart(written.batch);
        else if (crashAt?.point !== 'before_durable') this.#apply(written.batch);
      } catch (error) {
        if (!(error instanceof DiskDamage)) throw error;
        this.#owner.damaged(); // a cut reads what it takes away
        return;
      }
      if (crashAt !== undefined) {
        crashAt.struck();
        this.#owner.crash();
        return;
      }
      this.#pending.shift();
      this.#schedule.after(this.#dice.between(0, TOLD_US_MAX), () => {
        if (life !== this.#life) return;
        first.told();
        this.#next();
      });
    });
  }

  /** The first entries of a batch, and nothing that goes with them. */
  #applyPart({ entries }: StoreBatch): void {
    const part = entries.slice(0, this.#dice.int(0, entries.length));
    for (const entry of part) {
      const name = feedName(entry.log, entry.origin);
      this.feeds.set(name, [...(this.feeds.get(name) ?? []), entry]);
    }
    this.#torn = () => {
      for (const { log, origin } of part) {
        const name = feedName(log, origin);
        const feed = this.feeds.get(name);
        feed?.pop();
        if (feed?.length === 0) this.feeds.delete(name);
      }
    };
  }

  #apply(batch: StoreBatch): void {
    const before = new Map(
      batch.heads.map((head) => [feedName(head.log, head.origin), this.heads.get(feedName(head.log, head.origin))]),
    );
    for (const entry of batch.entries) {
      const name = feedName(entry.log, entry.origin);
      const feed = this.feeds.get(name) ?? [];
      if (feed.length !== entry.seq) this.#owner.appendBroken(entry, feed.length);
      feed.push(entry);
      this.feeds.set(name, feed);
    }
    for (const head of batch.heads) this.heads.set(feedName(head.log, head.origin), head);
    for (const { origin, log, level, index, hash } of batch.subtrees) {
      this.subtrees.set(`${feedName(log, origin)} ${level} ${index}`, hash);
    }
    if (this.defects.losesStatements !== true) {
      for (const { hash, json } of batch.statements) this.statements.set(toHex(hash), json);
    }
    for (const { head, to } of batch.cuts ?? []) this.#cut(head, to);
    for (const each of batch.revocations ?? []) this.revocations.set(`${each.target} ${each.statement.origin}`, each);
    for (const seal of batch.seals ?? []) this.seals.set(seal.proof.origin, seal);
    for (const { origin, size } of batch.certified ?? []) this.certified.set(origin, size);
    for (const { checkpoint } of batch.votes ?? []) this.votes.set(checkpoint.origin, []);
    for (const vote of batch.votes ?? []) this.votes.get(vote.checkpoint.origin)?.push(vote);
    for (const { epoch, bytes } of batch.decisions ?? []) this.decisions.set(epoch, bytes);
    this.votingSince = batch.votingSince ?? this.votingSince;
    this.counterReserved = batch.counterReserved ?? this.counterReserved;
    this.#undo = () => {
      for (const { log, origin } of batch.entries) this.feeds.get(feedName(log, origin))?.pop();
      for (const [name, head] of before) {
        if (head === undefined) this.heads.delete(name);
        else this.heads.set(name, head);
      }
    };
  }
}

export function feedName(log: LogName, origin: PeerIdText): string {
  return `${log} ${origin}`;
}
