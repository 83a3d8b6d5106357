/** Gossip: a message floods from neighbour to neighbour, each passing it on when its core has accepted it, and hearing it once. */
import { hash as sha } from 'node:crypto';
import type { Event, GossipTopic, GossipVerdict } from '../../src/core/events.ts';
import type { Fates } from './fate.ts';
import { isOpenTo, type Link, otherSide, sideOf } from './links.ts';
import { type Schedule, SECOND, type VirtualUs } from './schedule.ts';

interface Message {
  readonly topic: GossipTopic;
  readonly data: Uint8Array;
  readonly id: string;
}

interface Listener {
  /** Until when each message is remembered, the oldest first. */
  readonly seen: Map<string, VirtualUs>;
  /** Handed to the core, not judged yet. */
  readonly pending: Map<string, Message>;
}

export interface GossipContext {
  readonly schedule: Schedule;
  readonly fates: Fates;
  linksOf(node: number): readonly Link[];
  peerOf(node: number): string;
  nodeOf(peer: string): number;
  deliver(node: number, event: Event): void;
  /** The core judged a message that it did not have, or judged one twice. */
  verdictUnknown(node: number, id: string): void;
}

/** libp2p forgets what it has seen after two minutes; a duplicate later than that reaches the core. */
const SEEN_US = 120 * SECOND;

export class Gossip {
  readonly #context: GossipContext;
  readonly #listeners = new Map<number, Listener>();
  /** By link and direction: messages on one connection arrive in order. */
  readonly #lastArrivalUs = new Map<string, VirtualUs>();

  constructor(context: GossipContext) {
    this.#context = context;
  }

  publish(node: number, topic: GossipTopic, data: Uint8Array): void {
    const id = messageId(topic, data);
    this.#see(this.#listener(node), id);
    this.#spread(node, { topic, data, id }, undefined);
  }

  /** Sends to one neighbour alone, as an honest node cannot; `past` the memory that suppresses duplicates. */
  whisper(node: number, other: number, topic: GossipTopic, data: Uint8Array, past = false): boolean {
    const link = this.#context.linksOf(node).find(({ nodes }) => nodes.includes(other));
    if (link?.state !== 'up' || !link.told[sideOf(link, node)]) return false;
    const side = sideOf(link, other);
    const { epoch } = link;
    const message = { topic, data, id: messageId(topic, data) };
    this.#context.schedule.after(link.latencyUs, () => {
      if (link.epoch === epoch && isOpenTo(link, side)) this.#arrive(other, node, message, past);
    });
    return true;
  }

  verdict(node: number, id: string, from: string, verdict: GossipVerdict): void {
    const { pending } = this.#listener(node);
    const key = `${id} ${from}`;
    const message = pending.get(key);
    if (message === undefined) {
      this.#context.verdictUnknown(node, id);
      return;
    }
    pending.delete(key);
    if (verdict === 'accept') this.#spread(node, message, this.#context.nodeOf(from));
  }

  /** Messages that the core holds without a verdict. */
  pendingCount(node: number): number {
    return this.#listener(node).pending.size;
  }

  nodeDown(node: number): void {
    this.#listeners.delete(node);
  }

  #spread(node: number, message: Message, except: number | undefined): void {
    for (const link of this.#context.linksOf(node)) {
      const side = sideOf(link, node);
      const other = link.nodes[otherSide(side)];
      if (other !== except && link.state === 'up' && link.told[side]) this.#transmit(link, node, other, message);
    }
  }

  #transmit(link: Link, from: number, to: number, message: Message): void {
    const fate = this.#context.fates.draw('gossip');
    const { schedule } = this.#context;
    const { epoch } = link;
    const side = sideOf(link, to);
    if (fate.lost || link.blocked || link.deaf[side]) return;
    const line = `${from} ${to}`;
    const ownUs = schedule.nowUs + Math.round(link.latencyUs + fate.extraUs);
    const atUs = fate.overtakes ? ownUs : Math.max(ownUs, this.#lastArrivalUs.get(line) ?? 0);
    if (!fate.overtakes) this.#lastArrivalUs.set(line, atUs);
    const arrive = (past: boolean): void => {
      if (link.epoch === epoch && isOpenTo(link, side)) this.#arrive(to, from, message, past);
    };
    schedule.at(atUs, () => arrive(false));
    if (fate.againAfterUs !== undefined) schedule.at(atUs + Math.round(fate.againAfterUs), () => arrive(true));
  }

  #arrive(node: number, from: number, message: Message, past: boolean): void {
    const listener = this.#listener(node);
    const peer = this.#context.peerOf(from);
    const key = `${message.id} ${peer}`;
    if (listener.pending.has(key) || (this.#hasSeen(listener, message.id) && !past)) return;
    this.#see(listener, message.id);
    listener.pending.set(key, message);
    const { topic, id, data } = message;
    this.#context.deliver(node, { kind: 'gossip', topic, from: peer, id, data });
  }

  #see(listener: Listener, id: string): void {
    const { nowUs } = this.#context.schedule;
    for (const [oldest, untilUs] of listener.seen) {
      if (untilUs > nowUs) break;
      listener.seen.delete(oldest);
    }
    listener.seen.delete(id);
    listener.seen.set(id, nowUs + SEEN_US);
  }

  #hasSeen({ seen }: Listener, id: string): boolean {
    return (seen.get(id) ?? 0) > this.#context.schedule.nowUs;
  }

  #listener(node: number): Listener {
    const known = this.#listeners.get(node);
    if (known !== undefined) return known;
    const listener: Listener = { seen: new Map(), pending: new Map() };
    this.#listeners.set(node, listener);
    return listener;
  }
}

function messageId(topic: GossipTopic, data: Uint8Array): string {
  return sha('sha256', Buffer.concat([Buffer.from(topic), data]), 'base64');
}
