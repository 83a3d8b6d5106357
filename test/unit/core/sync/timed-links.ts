/** A node that fetches from others over lines that take time: each peer sends so many bytes a millisecond, one frame after the other. */
import type { Effect, Event } from '../../../../src/core/events.ts';
import type { PeerIdText } from '../../../../src/core/peer-id.ts';
import type { Harness } from './harness.ts';

const LATENCY_MS = 1;
const BYTES_PER_MS = 400;
const MINUTES_MAX = 10;

/** What a peer makes of a frame that it is about to send; undefined: it does not send it. */
export type Conduct = (frame: Uint8Array) => Uint8Array | undefined;

export interface Provider {
  readonly node: Harness;
  readonly conduct: Conduct;
}

interface Due {
  readonly atMs: number;
  readonly node: Harness;
  readonly event: Event;
}

export class TimedLinks {
  readonly #fetcher: Harness;
  readonly #providers: ReadonlyMap<PeerIdText, Provider>;
  readonly #due: Due[] = [];
  /** Until when each node's line is taken. */
  readonly #takenMs = new Map<Harness, number>();
  /** By the fetcher's number of a stream, which is odd; its provider has twice the number. */
  readonly #provider = new Map<number, Provider>();
  readonly #beganMs: number;
  #nowMs: number;

  constructor(fetcher: Harness, providers: readonly Provider[]) {
    this.#fetcher = fetcher;
    this.#providers = new Map(providers.map((provider) => [provider.node.state.self, provider]));
    this.#beganMs = fetcher.monoMs;
    this.#nowMs = fetcher.monoMs;
    for (const { node } of providers) {
      this.#post(node, { kind: 'peer_connected', peer: fetcher.state.self });
      this.#post(fetcher, { kind: 'peer_connected', peer: node.state.self });
    }
  }

  /** Milliseconds until something held; undefined when it did not for minutes. */
  runUntil(holds: () => boolean): number | undefined {
    while (!holds()) {
      const next = this.#next();
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      if (this.#nowMs - this.#beganMs > MINUTES_MAX * 60_000) return undefined;
      next.node.advance(this.#nowMs - next.node.monoMs);
      for (const effect of next.node.run(next.event)) this.#carry(next.node, effect);
    }
    return this.#nowMs - this.#beganMs;
  }

  #next(): Due {
    const wake: Due = { atMs: this.#fetcher.wakeMs, node: this.#fetcher, event: { kind: 'tick' } };
    const earliest = this.#due.reduce((first, due) => (due.atMs < first.atMs ? due : first), wake);
    if (earliest !== wake) this.#due.splice(this.#due.indexOf(earliest), 1);
    return earliest;
  }

  #post(node: Harness, event: Event, atMs = this.#nowMs + LATENCY_MS): void {
    this.#due.push({ atMs, node, event });
  }

  #carry(from: Harness, effect: Effect): void {
    if (effect.kind === 'open') {
      const provider = this.#providers.get(effect.peer);
      if (provider === undefined) return;
      const { stream, frame: data } = effect;
      this.#provider.set(stream, provider);
      this.#post(provider.node, { kind: 'stream_opened', stream: 2 * stream, peer: from.state.self });
      this.#post(provider.node, { kind: 'frame', stream: 2 * stream, data });
    } else if (effect.kind === 'send') {
      this.#send(from, this.#numberOf(from, effect.stream), effect.frame);
    } else if (effect.kind === 'close' || effect.kind === 'abort') {
      this.#end(this.#numberOf(from, effect.stream), effect.kind === 'abort' ? effect.code : 'closed');
    } else if (effect.kind === 'disconnect') {
      for (const [stream, { node }] of this.#provider)
        if (node.state.self === effect.peer) this.#end(stream, 'disconnected');
      this.#post(this.#fetcher, { kind: 'peer_disconnected', peer: effect.peer });
    }
  }

  #send(from: Harness, stream: number, frame: Uint8Array): void {
    const provider = this.#provider.get(stream);
    if (provider === undefined) return;
    const data = from === provider.node ? provider.conduct(frame) : frame;
    if (data === undefined) return;
    const takenMs = Math.max(this.#nowMs, this.#takenMs.get(from) ?? 0) + Math.ceil(data.length / BYTES_PER_MS);
    this.#takenMs.set(from, takenMs);
    const to = from === provider.node ? this.#fetcher : provider.node;
    this.#post(to, { kind: 'frame', stream: to === this.#fetcher ? stream : 2 * stream, data }, takenMs + LATENCY_MS);
  }

  #numberOf(node: Harness, stream: number): number {
    return node === this.#fetcher ? stream : stream / 2;
  }

  #end(stream: number, reason: string): void {
    const provider = this.#provider.get(stream);
    if (provider === undefined) return;
    this.#provider.delete(stream);
    const atMs = Math.max(this.#nowMs, this.#takenMs.get(provider.node) ?? 0) + LATENCY_MS; // behind what is on its way
    this.#post(this.#fetcher, { kind: 'stream_closed', stream, reason }, atMs);
    this.#post(provider.node, { kind: 'stream_closed', stream: 2 * stream, reason }, atMs);
  }
}
