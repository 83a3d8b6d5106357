/** Nodes of the core that talk to each other: frames arrive whole and in order, gossip reaches everybody, time goes on when all is said. */
import type { Effect, Event } from '../../../../src/core/events.ts';
import type { PeerIdText } from '../../../../src/core/peer-id.ts';
import type { Harness } from './harness.ts';

/** From one wake-up to the next; far more than two nodes need to become equal. */
const ROUNDS_MAX = 400;

interface End {
  readonly node: Harness;
  readonly stream: number;
}

export class Linked {
  readonly #nodes: ReadonlyMap<PeerIdText, Harness>;
  readonly #events: (readonly [Harness, Event])[] = [];
  /** The other end of each end. */
  readonly #ends = new Map<string, End>();
  #numbers = 1_000_000; // even, and above what the tests open themselves
  #messages = 0;

  constructor(nodes: readonly Harness[]) {
    this.#nodes = new Map(nodes.map((node) => [node.state.self, node]));
    for (const node of nodes) {
      for (const peer of this.#nodes.keys()) {
        if (peer !== node.state.self) this.#events.push([node, { kind: 'peer_connected', peer }]);
      }
    }
  }

  /** Lets time go on until something holds when nothing is under way. Gives back whether it came to hold. */
  runUntil(holds: () => boolean): boolean {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const [node, event] = next;
        for (const effect of node.run(event)) this.#carry(node, effect);
      }
      if (holds()) return true;
      const nodes = [...this.#nodes.values()];
      const ms = Math.max(1, Math.min(...nodes.map((node) => node.wakeMs - node.monoMs)));
      for (const node of nodes) {
        node.advance(ms);
        this.#events.push([node, { kind: 'tick' }]);
      }
    }
    return false;
  }

  #carry(from: Harness, effect: Effect): void {
    switch (effect.kind) {
      case 'open':
        this.#open(from, effect);
        break;
      case 'send':
        this.#toOther(from, effect.stream, (stream) => ({ kind: 'frame', stream, data: effect.frame }));
        break;
      case 'close':
      case 'abort':
        this.#over(from, effect.stream, effect.kind === 'abort' ? effect.code : 'closed');
        break;
      case 'publish':
        for (const node of this.#nodes.values()) {
          const { topic, data } = effect;
          const id = `linked ${this.#messages++}`;
          if (node !== from) this.#events.push([node, { kind: 'gossip', topic, from: from.state.self, id, data }]);
        }
        break;
      default:
        break; // nothing for the network, or carried out by the harness
    }
  }

  #open(from: Harness, { stream, peer, frame }: Extract<Effect, { kind: 'open' }>): void {
    const node = this.#nodes.get(peer);
    if (node === undefined) {
      this.#events.push([from, { kind: 'stream_closed', stream, reason: 'not_connected' }]);
      return;
    }
    this.#numbers += 2;
    const far = this.#numbers;
    this.#ends.set(nameOf({ node: from, stream }), { node, stream: far });
    this.#ends.set(nameOf({ node, stream: far }), { node: from, stream });
    this.#events.push([node, { kind: 'stream_opened', stream: far, peer: from.state.self }]);
    this.#events.push([node, { kind: 'frame', stream: far, data: frame }]);
  }

  #toOther(from: Harness, stream: number, event: (stream: number) => Event): void {
    const end = this.#ends.get(nameOf({ node: from, stream }));
    if (end !== undefined) this.#events.push([end.node, event(end.stream)]);
  }

  #over(from: Harness, stream: number, reason: string): void {
    const near = { node: from, stream };
    const far = this.#ends.get(nameOf(near));
    if (far === undefined) return;
    for (const end of [far, near]) {
      this.#ends.delete(nameOf(end));
      this.#events.push([end.node, { kind: 'stream_closed', stream: end.stream, reason }]);
    }
  }
}

function nameOf({ node, stream }: End): string {
  return `${node.state.self} ${stream}`;
}
