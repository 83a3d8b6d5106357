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
  /** When each node heard it last. */
  readonly heardUs: VirtualUs[];
  /** When anybody did. */
  lastUs: VirtualUs;
}

interface Listener {
  /** Since when the node is up: what it heard before it does not remember. */
  sinceUs: VirtualUs;
  /** Handed to the core, not judged yet: by name, then by who passed it on. */
  readonly pending: Map<string, Map<string, Message>>;
  pendingCount: number;
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
  /** Those that some node may remember, by name; the one heard longest ago first. */
  readonly #messages = new Map<string, Message>();

  constructor(context: GossipContext) {
    this.#context = context;
  }

  publish(node: number, topic: GossipTopic, data: Uint8Array): void {
    const message = this.#message(topic, data);
    this.#hear(node, message);
    this.#spread(node, message, undefined);
  }

  /** Sends to one neighbour alone, as an honest node cannot; `past` the memory that suppresses duplicates. */
  whisper(node: number, other: number, topic: GossipTopic, data: Uint8Array, past = false): boolean {
    const link = this.#context.linksOf(node).find(({ nodes }) => nodes.includes(other));
    if (link?.state !== 'up' || !link.told[sideOf(link, node)]) return false;
    const side = sideOf(link, other);
    const { epoch } = link;
    const message = this.#message(topic, data);
    this.#context.schedule.after(link.latencyUs, () => {
      if (link.epoch === epoch && isOpenTo(link, side)) this.#arrive(other, node, message, past);
    });
    return true;
  }

  verdict(node: number, id: string, from: string, verdict: GossipVerdict): void {
    const listener = this.#listener(node);
    const copies = listener.pending.get(id);
    const message = copies?.get(from);
    if (copies === undefined || message === undefined) {
      this.#context.verdictUnknown(node, id);
      return;
    }
    copies.delete(from);
    if (copies.size === 0) listener.pending.delete(id);
    listener.pendingCount -= 1;
    if (verdict === 'accept') this.#spread(node, message, this.#context.nodeOf(from));
  }

  /** Messages that the core holds without a verdict. */
  pendingCount(node: number): number {
    return this.#listener(node).pendingCount;
  }

  nodeDown(node: number): void {
    const sinceUs = this.#context.schedule.nowUs + 1; // what is heard at this moment is forgotten too
    this.#listeners.set(node, { sinceUs, pending: new Map(), pendingCount: 0 });
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
    const ownUs = schedule.nowUs + Math.round(link.latencyUs + fate.extraUs);
    const atUs = fate.overtakes ? ownUs : Math.max(ownUs, link.gossipUs[side]);
    if (!fate.overtakes) link.gossipUs[side] = atUs;
    const arrive = (past: boolean): void => {
      if (link.epoch === epoch && isOpenTo(link, side)) this.#arrive(to, from, message, past);
    };
    // Who has heard it by now will not hear it again: nothing need be planned. It forgets no sooner, unless the connection goes first.
    if (!this.#remembers(to, message, atUs)) schedule.at(atUs, () => arrive(false));
    if (fate.againAfterUs !== undefined) schedule.at(atUs + Math.round(fate.againAfterUs), () => arrive(true));
  }

  #arrive(node: number, from: number, message: Message, past: boolean): void {
    const listener = this.#listener(node);
    const peer = this.#context.peerOf(from);
    const { topic, id, data } = message;
    if (!past && this.#remembers(node, message, this.#context.schedule.nowUs)) return;
    const copies = listener.pending.get(id) ?? new Map<string, Message>();
    if (copies.has(peer)) return;
    this.#hear(node, message);
    listener.pending.set(id, copies.set(peer, message));
    listener.pendingCount += 1;
    this.#context.deliver(node, { kind: 'gossip', topic, from: peer, id, data });
  }

  #hear(node: number, message: Message): void {
    const { nowUs } = this.#context.schedule;
    message.heardUs[node] = nowUs;
    message.lastUs = nowUs;
  }

  #remembers(node: number, { heardUs }: Message, atUs: VirtualUs): boolean {
    const us = heardUs[node];
    return us !== undefined && us + SEEN_US > atUs && us >= this.#listener(node).sinceUs;
  }

  /** One object for one message, whoever says it: while anybody may remember it. */
  #message(topic: GossipTopic, data: Uint8Array): Message {
    const { nowUs } = this.#context.schedule;
    const id = messageId(topic, data);
    const message = this.#messages.get(id) ?? { topic, data, id, heardUs: [], lastUs: nowUs };
    this.#messages.delete(id);
    this.#messages.set(id, message);
    for (const [oldest, { lastUs }] of this.#messages) {
      if (lastUs + SEEN_US > nowUs) break;
      this.#messages.delete(oldest);
    }
    return message;
  }

  #listener(node: number): Listener {
    const known = this.#listeners.get(node);
    if (known !== undefined) return known;
    const listener: Listener = { sinceUs: 0, pending: new Map(), pendingCount: 0 };
    this.#listeners.set(node, listener);
    return listener;
  }
}

function messageId(topic: GossipTopic, data: Uint8Array): string {
  return `${topic} ${sha('sha256', data, 'base64')}`;
}
