/** Two nodes in this process with a wire between them: every frame and every gossip message arrives, in order, a turn later. */
import type { GossipTopic } from '../../src/core/events.ts';
import type { PeerIdText } from '../../src/core/peer-id.ts';
import type { Network, NetworkHandlers } from '../../src/ports.ts';

interface Far {
  readonly end: WireEnd;
  readonly stream: number;
}

export class WireEnd implements Network {
  readonly #self: PeerIdText;
  #other: WireEnd | undefined;
  #handlers: NetworkHandlers | undefined;
  readonly #streams = new Map<number, Far>();
  #inbound = 0;
  #messages = 0;

  private constructor(self: PeerIdText) {
    this.#self = self;
  }

  static pair(one: PeerIdText, other: PeerIdText): readonly [WireEnd, WireEnd] {
    const ends = [new WireEnd(one), new WireEnd(other)] as const;
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  /** The second to start meets the first. */
  async start(handlers: NetworkHandlers): Promise<void> {
    this.#handlers = handlers;
    const other = this.#other;
    if (other === undefined || other.#handlers === undefined) return;
    this.#tell((mine) => mine.peerConnected(other.#self, 'wire'));
    other.#tell((theirs) => theirs.peerConnected(this.#self, 'wire'));
  }

  open(stream: number, _peer: PeerIdText, frame: Uint8Array): void {
    const end = this.#other;
    if (end === undefined) return;
    end.#inbound += 2;
    const far = end.#inbound;
    this.#streams.set(stream, { end, stream: far });
    end.#streams.set(far, { end: this, stream });
    end.#tell((theirs) => theirs.streamOpened(far, this.#self));
    this.send(stream, frame);
  }

  send(stream: number, frame: Uint8Array): void {
    const far = this.#streams.get(stream);
    if (far !== undefined) far.end.#tell((theirs) => theirs.frame(far.stream, frame));
  }

  close(stream: number): void {
    this.#end(stream, 'done');
  }

  abort(stream: number, code: string): void {
    this.#end(stream, code);
  }

  publish(topic: GossipTopic, data: Uint8Array): void {
    const id = `${this.#self} ${this.#messages++}`;
    const other = this.#other;
    if (other !== undefined) other.#tell((theirs) => theirs.gossip(topic, this.#self, id, data));
  }

  gossipVerdict(): void {}

  heard(): void {}

  disconnect(): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#tell((mine) => mine.peerDisconnected(other.#self));
    other.#tell((theirs) => theirs.peerDisconnected(this.#self));
  }

  addresses(): string[] {
    return [];
  }

  peers(): [] {
    return [];
  }

  traffic(): [] {
    return [];
  }

  topics(): [] {
    return [];
  }

  troubles(): [] {
    return [];
  }

  async stop(): Promise<void> {
    this.#handlers = undefined;
  }

  #end(stream: number, reason: string): void {
    const far = this.#streams.get(stream);
    if (far === undefined) return;
    this.#streams.delete(stream);
    far.end.#streams.delete(far.stream);
    this.#tell((mine) => mine.streamClosed(stream, reason));
    far.end.#tell((theirs) => theirs.streamClosed(far.stream, reason));
  }

  /** A turn later, as from a real wire; microtasks keep their order. */
  #tell(say: (handlers: NetworkHandlers) => void): void {
    queueMicrotask(() => {
      if (this.#handlers !== undefined) say(this.#handlers);
    });
  }
}
