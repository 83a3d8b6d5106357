/** The virtual time of the scale bench: pushes and heartbeats arrive, streams are answered, and bytes and CPU are counted. */

import { TessraxError } from '../src/core/errors.ts';
import type { Draft, Effect, Event, PlacedEntry } from '../src/core/events.ts';
import { checkpointOf } from '../src/core/ledger/ledger.ts';
import { HEARTBEAT_INTERVAL_MS_MAX } from '../src/core/limits.ts';
import { readHeartbeat } from '../src/core/sync/heartbeat.ts';
import { decodeMessage } from '../src/core/sync/messages.ts';
import { Dice } from '../test/sim/dice.ts';
import { MS, Schedule, SECOND } from '../test/sim/schedule.ts';
import type { Other } from './crowd.ts';
import { BEGIN, type DrivenNode } from './driven.ts';
import { copiesOf, namesBytes } from './fan-out.ts';
import { receipts } from './receipts.ts';

const LATENCY_US_MIN = 1 * MS;
const LATENCY_US_MAX = 50 * MS;
/** Meanwhile everything is compiled, and the exchanges at the beginning are over. */
const WARM_UP_US = 3 * SECOND;
const MEASURED_IDLE_US = 120 * SECOND;
const MEASURED_LOADED_US = 30 * SECOND;
/** A cell that takes longer is cut here; its rates are those of the time that went by. */
const WALL_MS_MAX = 15_000;
const WARM_UP_WALL_MS_MAX = 4_000;

export interface ScaleParts {
  readonly node: DrivenNode;
  readonly others: readonly Other[];
  readonly writers: readonly Other[];
  /** How many of the others the node is connected to: the first ones. */
  readonly connected: number;
  readonly nodes: number;
  readonly load: number;
}

type Kind = 'gossip' | 'stream';

export class ScaleRun {
  readonly #parts: ScaleParts;
  readonly #schedule = new Schedule();
  readonly #dice = new Dice(1);
  readonly #drafts: Iterator<Draft, never> = receipts(9);
  readonly #cpuMs: Record<Kind, number> = { gossip: 0, stream: 0 };
  readonly #bytes: Record<Kind, number> = { gossip: 0, stream: 0 };
  /** By either number of a stream, the other: the node answers itself, in the name of the peer that it asked. */
  readonly #streams = new Map<number, number>();
  readonly #roots = new Map<string, Uint8Array>();
  readonly #entries = new Map<string, PlacedEntry[]>();
  #heartbeats = 0;
  #messages = 0;
  /** Of frontiers, whole or by reconciliation; and searches for a fork, each for one feed. */
  #comparisons = 0;
  #searches = 0;
  #opened = false;
  #inbound = 0;
  #pushes = 0;
  #ids = 0;
  #wakeUs = Number.POSITIVE_INFINITY;

  constructor(parts: ScaleParts) {
    this.#parts = parts;
  }

  run() {
    const { others, connected, load } = this.#parts;
    for (const { peer } of others.slice(0, connected)) this.#take('stream', 1, { kind: 'peer_connected', peer });
    if (load > 0) this.#pushNext();
    else for (const i of others.keys()) this.#beatIdle(i, this.#dice.between(0, HEARTBEAT_INTERVAL_MS_MAX * MS));
    this.#runFor(WARM_UP_US, WARM_UP_WALL_MS_MAX);
    const heard = this.#reset();
    const beganUs = this.#schedule.nowUs;
    this.#runFor(load > 0 ? MEASURED_LOADED_US : MEASURED_IDLE_US, WALL_MS_MAX);
    const seconds = (this.#schedule.nowUs - beganUs) / SECOND;
    if (seconds === 0 || this.#ids === heard) throw new TessraxError('bench_not_done', 'the node heard nothing');
    return this.#result(seconds);
  }

  #result(seconds: number) {
    const { nodes, connected } = this.#parts;
    const names = namesBytes({ nodes, connected, messages: this.#messages / seconds });
    const gossip = this.#bytes.gossip / seconds + names;
    const stream = this.#bytes.stream / seconds;
    return {
      bytes_per_second: gossip + stream,
      gossip_bytes: gossip,
      stream_bytes: stream,
      cpu_percent: (this.#cpuMs.gossip + this.#cpuMs.stream) / seconds / 10,
      gossip_cpu_percent: this.#cpuMs.gossip / seconds / 10,
      stream_cpu_percent: this.#cpuMs.stream / seconds / 10,
      heartbeats: this.#heartbeats / seconds,
      comparisons: this.#comparisons / seconds,
      searches: this.#searches / seconds,
      virtual_seconds: seconds,
    };
  }

  /** What the node says. */
  carryOut(effect: Effect): void {
    const { node } = this.#parts;
    switch (effect.kind) {
      case 'publish':
        this.#countGossip(effect.data, 1);
        if (effect.topic === 'heartbeat') this.#heartbeatsFollow(effect.data);
        return;
      case 'open':
        this.#openStream(effect.stream, effect.peer, effect.frame);
        return;
      case 'send':
        this.#sendFrame(effect.stream, effect.frame);
        return;
      case 'close':
      case 'abort':
        this.#closeStream(effect.stream);
        return;
      case 'roots': {
        const roots = effect.items.map(({ origin, size }) => this.#roots.get(`${origin} ${size}`));
        node.take({ kind: 'roots', job: effect.job, roots });
        return;
      }
      case 'read':
        node.take({ kind: 'read', job: effect.job, entries: this.#read(effect) });
        return;
      case 'note':
        if (effect.note.name === 'entries_stored') this.#remember(effect.note.entries);
        if (effect.note.name === 'peer_misbehaved' || effect.note.name === 'session_failed')
          throw new TessraxError('bench_invalid', `${effect.note.name}: ${effect.note.code}`);
        return;
      case 'reply':
      case 'gossip_verdict':
        return;
      default:
        throw new TessraxError('bench_invalid', `the node wants a ${effect.kind}, which nothing here gives cause to`);
    }
  }

  #runFor(us: number, wallMs: number): void {
    const wallEnd = performance.now() + wallMs;
    this.#schedule.runUntil(this.#schedule.nowUs + us, () => performance.now() < wallEnd);
  }

  #reset(): number {
    this.#cpuMs.gossip = 0;
    this.#cpuMs.stream = 0;
    this.#bytes.gossip = 0;
    this.#bytes.stream = 0;
    this.#heartbeats = 0;
    this.#messages = 0;
    this.#comparisons = 0;
    this.#searches = 0;
    return this.#ids;
  }

  /** @param weight how many like this one it stands for */
  #take(kind: Kind, weight: number, event: Event): void {
    const { node } = this.#parts;
    const monoMs = this.#schedule.nowUs / MS;
    node.now = { wallMs: BEGIN.wallMs + Math.floor(monoMs), monoMs };
    const before = node.cpuMs;
    this.#opened = false;
    node.take(event);
    this.#cpuMs[this.#opened ? 'stream' : kind] += (node.cpuMs - before) * weight;
    const wakeUs = Math.max(this.#schedule.nowUs, Math.ceil(node.state.wakeMs * MS + 0.5));
    if (!Number.isFinite(wakeUs) || wakeUs === this.#wakeUs) return;
    this.#wakeUs = wakeUs;
    this.#schedule.at(wakeUs, () => {
      if (this.#wakeUs !== wakeUs) return;
      this.#wakeUs = Number.POSITIVE_INFINITY;
      this.#take('gossip', 1, { kind: 'tick' });
    });
  }

  #pushNext(): void {
    const { node, writers, load } = this.#parts;
    const writer = writers[this.#pushes++ % writers.length];
    if (writer === undefined) throw new TessraxError('bench_invalid', 'nobody writes');
    const wallMs = BEGIN.wallMs + Math.floor(this.#schedule.nowUs / MS);
    const data = writer.push(node.state.federation.id, this.#drafts.next().value, wallMs);
    this.#gossip('entries', writer.peer, data, 1);
    this.#schedule.after(SECOND / load, () => this.#pushNext());
  }

  /** Under load the others beat as often as the node does: each once after each of its heartbeats, within the time to its next. */
  #heartbeatsFollow(data: Uint8Array): void {
    const { node, others, load } = this.#parts;
    this.#heartbeats += 1;
    if (load === 0) return;
    const changed = readHeartbeat(data).heartbeat.checkpoints.map(({ origin }) => origin);
    const withinUs = node.state.rhythm.heartbeatDebounceMs * MS;
    others.forEach((_, i) => {
      this.#schedule.after(this.#dice.between(0, withinUs), () => this.#beat(i, changed));
    });
  }

  /** Idle, each beats on its own. */
  #beatIdle(i: number, afterUs: number): void {
    this.#schedule.after(afterUs, () => {
      this.#beat(i, []);
      this.#beatIdle(i, HEARTBEAT_INTERVAL_MS_MAX * MS);
    });
  }

  #beat(i: number, changed: readonly string[]): void {
    const { node, others, nodes, connected } = this.#parts;
    const other = others[i];
    if (other === undefined) return;
    const weight = i < connected ? 1 : (nodes - 1 - connected) / (others.length - connected);
    const wallMs = BEGIN.wallMs + Math.floor(this.#schedule.nowUs / MS);
    this.#heartbeats += weight;
    this.#gossip('heartbeat', other.peer, other.heartbeat(node.state, changed, wallMs), weight);
  }

  #gossip(topic: 'heartbeat' | 'entries', from: string, data: Uint8Array, weight: number): void {
    const id = String(this.#ids++);
    this.#countGossip(data, weight);
    // Pushes of one writer must not overtake each other: all travel equally long.
    const latencyUs = topic === 'entries' ? LATENCY_US_MIN : this.#dice.between(LATENCY_US_MIN, LATENCY_US_MAX);
    this.#schedule.after(latencyUs, () => this.#take('gossip', weight, { kind: 'gossip', topic, from, id, data }));
  }

  #countGossip(data: Uint8Array, weight: number): void {
    this.#messages += weight;
    this.#bytes.gossip += copiesOf(this.#parts.nodes) * data.length * weight;
  }

  /** The peer holds what the node holds, and asks as often as it is asked: the node itself is asked, and so does both parts. */
  #openStream(stream: number, peer: string, frame: Uint8Array): void {
    this.#opened = true;
    this.#inbound += 2;
    const inbound = this.#inbound;
    this.#streams.set(stream, inbound).set(inbound, stream);
    const { kind } = decodeMessage(frame);
    if (kind === 'headers_request') this.#searches += 2;
    else if (kind !== 'ranges_request') this.#comparisons += 2;
    this.#bytes.stream += 2 * frame.length;
    this.#schedule.after(LATENCY_US_MIN, () => {
      this.#take('stream', 1, { kind: 'stream_opened', stream: inbound, peer });
      this.#take('stream', 1, { kind: 'frame', stream: inbound, data: frame });
    });
  }

  #sendFrame(stream: number, frame: Uint8Array): void {
    const other = this.#streams.get(stream);
    if (other === undefined) return;
    this.#bytes.stream += 2 * frame.length;
    this.#schedule.after(LATENCY_US_MIN, () => this.#take('stream', 1, { kind: 'frame', stream: other, data: frame }));
  }

  /** After what was sent, both ends are told. */
  #closeStream(stream: number): void {
    const other = this.#streams.get(stream);
    this.#streams.delete(stream);
    if (other === undefined) return;
    for (const end of [stream, other])
      this.#schedule.after(2 * LATENCY_US_MIN, () =>
        this.#take('stream', 1, { kind: 'stream_closed', stream: end, reason: 'closed' }),
      );
    this.#streams.delete(other);
  }

  /** Entries as they are stored, and roots at sizes that votes may name later. */
  #remember(entries: readonly PlacedEntry[]): void {
    for (const entry of entries) {
      const feed = this.#entries.get(entry.origin) ?? [];
      feed.push(entry);
      this.#entries.set(entry.origin, feed);
      const head = this.#parts.node.state.durable.heads.get(entry.origin);
      if (head !== undefined) this.#roots.set(`${entry.origin} ${head.size}`, checkpointOf(head).root);
    }
  }

  #read({ ranges, entriesMax }: Extract<Effect, { kind: 'read' }>): PlacedEntry[] {
    const found = ranges.flatMap(({ origin, from, to }) => this.#entries.get(origin)?.slice(from, to) ?? []);
    return found.slice(0, entriesMax);
  }
}
