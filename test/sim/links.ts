/** Connections between nodes: who is connected to whom, and how each side learns of it. */
import type { Dice } from './dice.ts';
import { MS, type Schedule, SECOND, type VirtualUs } from './schedule.ts';

/** One side of a connection: 0 is the node with the smaller index. */
export type Side = 0 | 1;

export interface Link {
  readonly nodes: readonly [number, number];
  readonly latencyUs: number;
  /** `closing`: gone, but a side has not noticed yet. */
  state: 'down' | 'up' | 'closing';
  /** Raised when a connection begins and when it ends: what was on its way belongs to an earlier one. */
  epoch: number;
  /** Whether the side has been told of the connection. */
  readonly told: [boolean, boolean];
  /** A partition lies between the two: nothing gets through. */
  blocked: boolean;
  /** Sides that nothing reaches, though what they send arrives. */
  readonly deaf: [boolean, boolean];
  /** What arrived while the link was blocked, or before the side knew of it, in order. */
  readonly stalled: (() => void)[];
  /** When the last gossip to each side arrives: messages on one connection arrive in order. */
  readonly gossipUs: [VirtualUs, VirtualUs];
  /** Since when the side refuses the other. */
  readonly bannedUntilUs: [VirtualUs, VirtualUs];
}

export interface LinkEvents {
  isUp(node: number): boolean;
  connected(node: number, other: number): void;
  /** Streams end before `disconnected`. */
  streamsLost(node: number, link: Link): void;
  disconnected(node: number, other: number): void;
}

const LATENCY_US_MIN = 200;
const LATENCY_US_MAX = 40 * MS;
const DIAL_US_MIN = 20 * MS;
const DIAL_US_MAX = 2 * SECOND;
const NOTICE_US_MAX = 50 * MS;

export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

export class Links {
  readonly all: readonly Link[];
  readonly #byNodes = new Map<number, Link>();
  readonly #ofNode = new Map<number, Link[]>();
  readonly #schedule: Schedule;
  readonly #dice: Dice;
  readonly #events: LinkEvents;

  constructor(pairs: readonly (readonly [number, number])[], schedule: Schedule, dice: Dice, events: LinkEvents) {
    this.#schedule = schedule;
    this.#dice = dice;
    this.#events = events;
    this.all = pairs.map((nodes) => ({
      nodes,
      latencyUs: dice.between(LATENCY_US_MIN, LATENCY_US_MAX),
      state: 'down',
      epoch: 0,
      told: [false, false],
      blocked: false,
      deaf: [false, false],
      stalled: [],
      gossipUs: [0, 0],
      bannedUntilUs: [0, 0],
    }));
    for (const link of this.all) {
      const [a, b] = link.nodes;
      this.#byNodes.set(pairKey(a, b), link);
      this.#ofNode.set(a, [...this.ofNode(a), link]);
      this.#ofNode.set(b, [...this.ofNode(b), link]);
      this.#dialLater(link);
    }
  }

  between(a: number, b: number): Link | undefined {
    return this.#byNodes.get(pairKey(Math.min(a, b), Math.max(a, b)));
  }

  ofNode(node: number): readonly Link[] {
    return this.#ofNode.get(node) ?? [];
  }

  /** The connection breaks; each side notices in its own time, and dials again. */
  drop(link: Link, noticeUsMax: number = NOTICE_US_MAX): void {
    if (link.state !== 'up') return;
    link.state = 'closing';
    link.epoch += 1;
    link.stalled.length = 0;
    this.#noticeLater(link, 0, noticeUsMax);
    this.#noticeLater(link, 1, noticeUsMax);
  }

  ban(node: number, other: number, untilUs: VirtualUs): void {
    const link = this.between(node, other);
    if (link === undefined) return;
    const side = sideOf(link, node);
    link.bannedUntilUs[side] = Math.max(link.bannedUntilUs[side], untilUs);
    this.drop(link);
  }

  /** A node is gone: it hears nothing more, and its peers notice later. */
  nodeDown(node: number): void {
    for (const link of this.ofNode(node)) {
      const side = sideOf(link, node);
      link.told[side] = false;
      link.bannedUntilUs[side] = 0;
      this.drop(link, 2 * SECOND);
    }
  }

  block(link: Link): void {
    link.blocked = true;
  }

  /** From now on nothing reaches this side. */
  deafen(link: Link, side: Side): void {
    link.deaf[side] = true;
  }

  unblock(link: Link): void {
    link.blocked = false;
    link.deaf.fill(false);
    release(link);
  }

  #noticeLater(link: Link, side: Side, noticeUsMax: number): void {
    const { epoch } = link;
    const node = link.nodes[side];
    const notice = () => {
      if (link.epoch !== epoch) return;
      if (link.told[side]) {
        link.told[side] = false;
        this.#events.streamsLost(node, link);
        this.#events.disconnected(node, link.nodes[otherSide(side)]);
      }
      if (link.told[0] || link.told[1] || link.state !== 'closing') return;
      link.state = 'down';
      this.#dialLater(link);
    };
    this.#schedule.after(this.#dice.between(0, noticeUsMax), notice);
  }

  #dialLater(link: Link): void {
    this.#schedule.after(this.#dice.between(DIAL_US_MIN, DIAL_US_MAX), () => this.#dial(link));
  }

  #dial(link: Link): void {
    const [a, b] = link.nodes;
    const { nowUs } = this.#schedule;
    const banned = link.bannedUntilUs.some((untilUs) => untilUs > nowUs);
    if (banned || link.blocked || link.deaf.some(Boolean) || !this.#events.isUp(a) || !this.#events.isUp(b)) {
      this.#dialLater(link);
      return;
    }
    link.state = 'up';
    link.epoch += 1;
    const { epoch } = link;
    for (const side of [0, 1] as const) {
      this.#schedule.after(this.#dice.between(0, 2 * link.latencyUs), () => {
        if (link.epoch !== epoch) return;
        link.told[side] = true;
        this.#events.connected(link.nodes[side], link.nodes[otherSide(side)]);
        release(link);
      });
    }
  }
}

export function sideOf(link: Link, node: number): Side {
  return link.nodes[0] === node ? 0 : 1;
}

/** Whether what is on its way to this side gets there. */
export function isOpenTo(link: Link, side: Side): boolean {
  return link.told[side] && !link.blocked && !link.deaf[side];
}

/** What still cannot arrive waits again, in the same order. */
function release(link: Link): void {
  for (const arrive of link.stalled.splice(0)) arrive();
}

function pairKey(a: number, b: number): number {
  return a * 1024 + b;
}
