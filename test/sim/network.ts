/** The network between the nodes: connections, gossip and streams, with one door for each effect of the core. */
import type { Effect, Event } from '../../src/core/events.ts';
import type { Dice } from './dice.ts';
import { Fates } from './fate.ts';
import { Gossip } from './gossip.ts';
import { type Link, Links } from './links.ts';
import { MS, type Schedule } from './schedule.ts';
import { Streams } from './streams.ts';

export type NetworkEffect = Extract<
  Effect,
  { kind: 'open' | 'send' | 'close' | 'abort' | 'publish' | 'gossip_verdict' | 'disconnect' }
>;

export interface NetworkNodes {
  readonly peers: readonly string[];
  isUp(node: number): boolean;
  deliver(node: number, event: Event): void;
  verdictUnknown(node: number, id: string): void;
}

export class SimNetwork {
  readonly fates = new Fates();
  readonly links: Links;
  readonly gossip: Gossip;
  readonly #streams: Streams;
  readonly #schedule: Schedule;
  readonly #isolated = new Set<number>();
  readonly #nodeOf: ReadonlyMap<string, number>;

  constructor(nodes: NetworkNodes, pairs: readonly (readonly [number, number])[], schedule: Schedule, dice: Dice) {
    this.#schedule = schedule;
    this.#nodeOf = new Map(nodes.peers.map((peer, node) => [peer, node]));
    const { fates } = this;
    const peerOf = (node: number): string => nodes.peers[node] ?? '';
    const deliver = (node: number, event: Event): void => nodes.deliver(node, event);
    this.#streams = new Streams({ schedule, fates, deliver, peerOf, linkBetween: (a, b) => this.links.between(a, b) });
    this.gossip = new Gossip({
      schedule,
      fates,
      deliver,
      peerOf,
      linksOf: (node) => this.links.ofNode(node),
      nodeOf: (peer) => this.#node(peer),
      verdictUnknown: (node, id) => nodes.verdictUnknown(node, id),
    });
    this.links = new Links(pairs, schedule, dice, {
      isUp: (node) => nodes.isUp(node),
      connected: (node, other) => deliver(node, { kind: 'peer_connected', peer: peerOf(other) }),
      streamsLost: (node, link) => this.#streams.lost(node, link),
      disconnected: (node, other) =>
        schedule.after(0, () => deliver(node, { kind: 'peer_disconnected', peer: peerOf(other) })),
    });
  }

  carryOut(node: number, effect: NetworkEffect): void {
    switch (effect.kind) {
      case 'open':
        this.#streams.open(node, effect.stream, this.#node(effect.peer), effect.frame);
        return;
      case 'send':
        this.#streams.send(node, effect.stream, effect.frame);
        return;
      case 'close':
        this.#streams.close(node, effect.stream);
        return;
      case 'abort':
        this.#streams.abort(node, effect.stream, effect.code);
        return;
      case 'publish':
        this.gossip.publish(node, effect.topic, effect.data);
        return;
      case 'gossip_verdict':
        this.gossip.verdict(node, effect.id, effect.from, effect.verdict);
        return;
      case 'disconnect':
        this.links.ban(node, this.#node(effect.peer), this.#schedule.nowUs + effect.banMs * MS);
        return;
    }
  }

  nodeDown(node: number): void {
    this.#streams.nodeDown(node);
    this.gossip.nodeDown(node);
    this.links.nodeDown(node);
  }

  /** No partition, no ban, no fault: from now on everything arrives. */
  heal(): void {
    this.fates.calm();
    for (const link of this.links.all) {
      if (link.nodes.some((node) => this.isIsolated(node))) continue;
      link.bannedUntilUs.fill(0);
      this.links.unblock(link);
    }
  }

  /** Cuts a node off for good. */
  isolate(node: number): void {
    this.#isolated.add(node);
    for (const link of this.links.ofNode(node)) this.cut(link);
  }

  isIsolated(node: number): boolean {
    return this.#isolated.has(node);
  }

  cut(link: Link): void {
    this.links.block(link);
    this.links.drop(link);
  }

  #node(peer: string): number {
    const node = this.#nodeOf.get(peer);
    if (node === undefined) throw new Error(`the core names a peer that does not exist: ${peer}`);
    return node;
  }
}
