/** One simulated node: the real core between a simulated disk, network, clock and verifier. It dies with a crash and lives on by its disk. */
import type { Author } from '../../src/core/entry/author.ts';
import type { Effect, Event, SignatureJob, Stamp, StoreBatch } from '../../src/core/events.ts';
import type { Federation } from '../../src/core/federation/genesis.ts';
import { createNodeState, DEFAULT_RHYTHM, type NodeState, step } from '../../src/core/node.ts';
import type { PeerIdText } from '../../src/core/peer-id.ts';
import type { HeartbeatReader } from '../../src/core/sync/heartbeat.ts';
import type { RejoinTrust } from '../../src/core/sync/rejoin.ts';
import { DiskDamage } from './damage.ts';
import type { Dice } from './dice.ts';
import { type DiskOwner, feedName, SimDisk } from './disk.ts';
import type { NetworkEffect } from './network.ts';
import { MS, type Schedule, SECOND, type VirtualUs } from './schedule.ts';
import type { SimKey } from './signatures.ts';

/** Wall time at the beginning of every simulation: 2026-01-01T00:00:00Z. */
export const BEGIN_WALL_MS = Date.UTC(2026, 0, 1);

/** Turns a message of the core into what is sent instead. */
export type Tamper = (effect: NetworkEffect) => readonly NetworkEffect[];

export interface NodeContext {
  readonly schedule: Schedule;
  readonly dice: Dice;
  readonly federation: Federation;
  /** Events that never arrive: another. */
  loses(event: Event): boolean;
  network(node: SimNode, effect: NetworkEffect): void;
  readonly readHeartbeat: HeartbeatReader;
  isSigned(job: SignatureJob): boolean;
  stepped(node: SimNode, event: Event, effects: readonly Effect[]): void;
  /** From now on the node may speak of what it wrote. */
  acknowledged(node: SimNode, write: StoreBatch): void;
  /** What it read is not what was written: it stops. */
  damaged(node: SimNode): void;
  /** The core threw, or asked the disk for what there cannot be. */
  threw(node: SimNode, error: unknown): void;
  /** Ticks that do not let time go by. */
  spins(node: SimNode): void;
}

const VERIFY_US_MIN = 50;
const VERIFY_US_EACH = 50;
const VERIFY_US_JITTER = 3 * MS;
const READ_US_MIN = 50;
const READ_US_MAX = 3 * MS;
const MONO_START_MS_MAX = 1_000_000;
/** More ticks than this in one virtual second, by time alone, and the node is spinning. */
const TICKS_PER_SECOND_MAX = 1000;
/** So many events at one moment, and it is spinning too. */
const EVENTS_AT_ONCE_MAX = 10_000;

export class SimNode {
  readonly index: number;
  readonly key: SimKey;
  readonly disk: SimDisk;
  /** Undefined while the node is down. */
  state: NodeState | undefined;
  /** Whether it may break the protocol in this seed: nothing is promised to it, and nothing is expected of it. */
  hostile = false;
  /** Others part from it for good, so it does not end equal to them. */
  expelled = false;
  /** What a hostile node does with its own messages, one after the other. */
  readonly tampers: Tamper[] = [];
  /** What hears the events of a hostile node before its core does. */
  readonly listeners: ((event: Event) => void)[] = [];
  /** The federation file as this node knows it. */
  federation: Federation;
  /** So many times slower than others it checks and reads; its disk too. */
  slowness = 1;
  /** How far the wall clock is off. */
  skewMs = 0;
  /** Its clients write no more. */
  mute = false;
  /** Its disk went back once: as a witness it may say what it said before otherwise, and counts among those that fail. */
  lapsed = false;
  /** Whether its clock was ever wrong. */
  skewed = false;
  /** Own entries signed, as the marker beside the key says; undefined when it was lost. A new key has signed nothing. */
  marker: number | undefined = 0;
  /** Raised at each start: what an earlier life ordered is not delivered to a later one. */
  life = 0;
  readonly #context: NodeContext;
  #monoStartMs = 0;
  #wakeAtUs: VirtualUs = Number.POSITIVE_INFINITY;
  #ticks = 0;
  #events = 0;
  #eventsAtUs: VirtualUs = 0;
  #ticksSinceUs: VirtualUs = 0;

  constructor(index: number, key: SimKey, context: NodeContext, diskOwner: DiskOwner) {
    this.index = index;
    this.key = key;
    this.#context = context;
    this.federation = context.federation;
    this.disk = new SimDisk(context.schedule, context.dice, diskOwner);
  }

  get peer(): string {
    return this.key.peer;
  }

  /** Starts from the disk alone. Throws `DiskDamage` when that is not what was written. */
  start(): void {
    const { dice } = this.#context;
    const { federation } = this;
    this.disk.open();
    const own = this.disk.heads.get(feedName('ledger', this.peer))?.size ?? 0;
    this.life += 1;
    this.#monoStartMs = dice.int(0, MONO_START_MS_MAX); // a new process, another monotonic clock
    this.#wakeAtUs = Number.POSITIVE_INFINITY;
    this.state = createNodeState({
      self: this.peer,
      federation,
      author: this.author,
      readHeartbeat: this.#context.readHeartbeat,
      heads: [...this.disk.heads.values()],
      seals: [...this.disk.seals.values()],
      revocations: [...this.disk.revocations.values()],
      certified: [...this.disk.certified].map(([origin, size]) => ({ origin, size })),
      decisions: this.disk.decided(0),
      votingSince: this.disk.votingSince,
      governanceSigned: this.disk.governanceSignedBy(this.peer),
      counterReserved: this.disk.counterReserved,
      rejoin: this.hostile ? 'open' : this.#trust(own),
      signed: this.marker ?? 0,
      // Some nodes, and in some seeds all, compare ranges of their frontiers as if they had thousands of feeds.
      rhythm: { ...DEFAULT_RHYTHM, reconcileFeedsMin: this.#comparesRanges ? 0 : DEFAULT_RHYTHM.reconcileFeedsMin },
      now: this.#now(),
    });
    this.deliver({ kind: 'tick' });
  }

  #trust(own: number): RejoinTrust {
    if (this.marker === undefined) return 'unmarked';
    if (own < this.marker) return 'untrusted';
    this.#advance(own);
    return 'trusted';
  }

  get #comparesRanges(): boolean {
    return this.index % 2 === 0 || this.federation.id < '4';
  }

  crash(): void {
    this.life += 1;
    this.state = undefined;
    this.disk.crash();
  }

  get author(): Author {
    const { dice, federation } = this.#context;
    return {
      federation: federation.id,
      sign: (message) => this.key.sign(message),
      random: (count) => dice.bytes(count),
    };
  }

  deliver(event: Event): void {
    const { state } = this;
    if (state === undefined || this.#context.loses(event)) return;
    for (const listen of this.listeners) listen(event);
    this.#countEvent();
    try {
      const { effects, wakeMs } = step(state, this.#now(), event);
      this.#context.stepped(this, event, effects);
      for (const effect of effects) {
        if (this.state !== state) return; // it met damage on its disk, and is no more
        this.#carryOut(effect);
      }
      if (this.state === state) this.#wake(wakeMs);
    } catch (error) {
      this.#context.threw(this, error);
    }
  }

  #now(): Stamp {
    const elapsedUs = this.#context.schedule.nowUs;
    return {
      wallMs: BEGIN_WALL_MS + Math.floor(elapsedUs / MS) + this.skewMs,
      monoMs: this.#monoStartMs + elapsedUs / MS,
    };
  }

  /** One timer, as in the runtime: the latest wish counts. Earlier ones in the schedule see that they are not it, or arm it anew. */
  #wake(wakeMs: number): void {
    const { schedule } = this.#context;
    if (!Number.isFinite(wakeMs)) return;
    // Half a microsecond late and more, since timers are never early, and sums of fractions are inexact.
    const atUs = Math.max(schedule.nowUs, Math.ceil((wakeMs - this.#monoStartMs) * MS + 0.5));
    if (this.#wakeAtUs === atUs) return;
    this.#wakeAtUs = atUs;
    const { life } = this;
    schedule.at(atUs, () => {
      if (life !== this.life || this.#wakeAtUs !== atUs) return;
      this.#wakeAtUs = Number.POSITIVE_INFINITY;
      this.#countTick();
      this.deliver({ kind: 'tick' });
    });
  }

  /** Events that cause each other without letting time go by would go on for ever. */
  #countEvent(): void {
    const { nowUs } = this.#context.schedule;
    if (nowUs !== this.#eventsAtUs) this.#events = 0;
    this.#eventsAtUs = nowUs;
    this.#events += 1;
    if (this.#events > EVENTS_AT_ONCE_MAX) this.#context.spins(this);
  }

  #countTick(): void {
    const { nowUs } = this.#context.schedule;
    if (nowUs - this.#ticksSinceUs >= SECOND) {
      this.#ticksSinceUs = nowUs;
      this.#ticks = 0;
    }
    this.#ticks += 1;
    if (this.#ticks > TICKS_PER_SECOND_MAX) this.#context.spins(this);
  }

  #carryOut(effect: Effect): void {
    const { dice } = this.#context;
    switch (effect.kind) {
      case 'verify': {
        const delayUs = VERIFY_US_MIN + VERIFY_US_EACH * effect.items.length + dice.between(0, VERIFY_US_JITTER);
        const valid = effect.items.map((item) => this.#context.isSigned(item));
        this.#later(delayUs, { kind: 'verified', job: effect.job, valid });
        return;
      }
      case 'store': {
        const { life } = this;
        this.disk.write(effect.write, () => {
          if (life !== this.life) return;
          this.#mark(effect.write);
          this.#context.acknowledged(this, effect.write);
          this.deliver({ kind: 'stored', batch: effect.batch });
        });
        return;
      }
      case 'read': {
        const { job, log, ranges, entriesMax, bytesMax } = effect;
        const read = () => this.disk.readRanges(log, ranges, entriesMax, bytesMax);
        this.#readLater(() => ({ kind: 'read', job, entries: read() }));
        return;
      }
      case 'seal_read': {
        const { job, origin, size } = effect;
        const event = this.#tried(() => {
          const head = this.disk.headAt(origin, size);
          return { kind: 'seal_read', job, head, votes: effect.votes ? this.disk.reaching(origin, size) : [] };
        });
        if (event !== undefined) this.#readLater(() => event);
        return;
      }
      case 'paths': {
        const { job, items } = effect;
        const reads = items.map(({ origin, from, to }) =>
          this.#unlessCut(origin, to, () => this.disk.path(origin, from, to)),
        );
        this.#readLater(() => ({ kind: 'paths', job, paths: reads.map((read) => read()) }));
        return;
      }
      case 'governance': {
        const event = this.#tried(() => {
          const entries = this.disk.governance(effect.ranges, effect.entriesMax);
          return { kind: 'governance', job: effect.job, entries };
        });
        if (event !== undefined) this.#later(dice.between(READ_US_MIN, READ_US_MAX), event);
        return;
      }
      case 'decisions': {
        const decisions = this.disk.decided(effect.from).slice(0, 1); // one at a time: the asker must come again
        this.#later(dice.between(READ_US_MIN, READ_US_MAX), { kind: 'decisions', job: effect.job, decisions });
        return;
      }
      case 'roots': {
        const { job, items } = effect;
        const reads = items.map(({ origin, size }) =>
          this.#unlessCut(origin, size, () => this.disk.root(origin, size)),
        );
        this.#readLater(() => ({ kind: 'roots', job, roots: reads.map((read) => read()) }));
        return;
      }
      case 'reply':
      case 'note':
        // What else is said is for the checkers.
        if (effect.kind === 'note' && effect.note.name === 'may_write') this.#advance(effect.note.size);
        return;
      default:
        for (const sent of this.#tampered(effect)) this.#context.network(this, sent);
    }
  }

  /** As src/queries.ts does: what was cut off meanwhile is not there to be read, and nobody is to blame. */
  #unlessCut<T>(origin: PeerIdText, size: number, read: () => T): () => T | undefined {
    const cuts = this.state?.ledger.cutsOf(origin);
    return () => {
      const isShorter = this.disk.feed('ledger', origin).length < size;
      return isShorter && this.state?.ledger.cutsOf(origin) !== cuts ? undefined : read();
    };
  }

  /** Answers when the disk has been read. */
  #readLater(read: () => Event): void {
    const { schedule, dice } = this.#context;
    const { life } = this;
    schedule.after(dice.between(READ_US_MIN, READ_US_MAX) * this.slowness, () => {
      const event = life === this.life ? this.#tried(read) : undefined;
      if (event !== undefined) this.deliver(event);
    });
  }

  /** What the disk gives; undefined when that was not what was written, or nothing that could be asked for: then the node is no more. */
  #tried(read: () => Event): Event | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof DiskDamage) this.#context.damaged(this);
      else this.#context.threw(this, error);
      return undefined;
    }
  }

  /** As src/runtime.ts does: what is durable is marked before anybody hears of it. */
  #mark({ heads }: StoreBatch): void {
    const own = heads.find(({ log, origin }) => log === 'ledger' && origin === this.peer);
    if (own !== undefined) this.#advance(own.size);
  }

  #advance(size: number): void {
    if (size > 0) this.marker = Math.max(size, this.marker ?? 0);
  }

  #tampered(effect: NetworkEffect): readonly NetworkEffect[] {
    return this.tampers.reduce<readonly NetworkEffect[]>((sent, tamper) => sent.flatMap(tamper), [effect]);
  }

  #later(delayUs: number, event: Event): void {
    const { life } = this;
    this.#context.schedule.after(delayUs * this.slowness, () => {
      if (life === this.life) this.deliver(event);
    });
  }
}
