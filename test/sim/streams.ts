/** Sync streams: frames arrive whole and in order, or the stream breaks; both ends learn once that it is over. */
import type { Event } from '../../src/core/events.ts';
import { STREAM_CLOSE_MS_MAX } from '../../src/core/limits.ts';
import type { Fates } from './fate.ts';
import { isOpenTo, type Link, otherSide, type Side, sideOf } from './links.ts';
import { MS, type Schedule, type VirtualUs } from './schedule.ts';

interface End {
  readonly node: number;
  /** What the node calls it; an inbound end gets its number when the stream arrives. */
  number: number | undefined;
  /** Its last frame is on its way. */
  closing: boolean;
  remoteClosed: boolean;
  over: boolean;
  /** When the last item sent to this end arrives. */
  lastArrivalUs: VirtualUs;
}

interface Stream {
  readonly link: Link;
  readonly epoch: number;
  readonly ends: readonly [End, End];
}

export interface StreamsContext {
  readonly schedule: Schedule;
  readonly fates: Fates;
  linkBetween(a: number, b: number): Link | undefined;
  peerOf(node: number): string;
  deliver(node: number, event: Event): void;
}

export class Streams {
  readonly #context: StreamsContext;
  /** By node, then by the number the node knows it by. */
  readonly #open = new Map<number, Map<number, Stream>>();
  readonly #nextInbound = new Map<number, number>();

  constructor(context: StreamsContext) {
    this.#context = context;
  }

  open(node: number, number: number, other: number, frame: Uint8Array): void {
    const link = this.#context.linkBetween(node, other);
    if (link === undefined || link.state !== 'up' || !link.told[sideOf(link, node)]) {
      this.#context.schedule.after(0, () =>
        this.#context.deliver(node, { kind: 'stream_closed', stream: number, reason: 'not_connected' }),
      );
      return;
    }
    const end = (of: number): End => ({
      node: of,
      number: of === node ? number : undefined,
      closing: false,
      remoteClosed: false,
      over: false,
      lastArrivalUs: 0,
    });
    const stream: Stream = { link, epoch: link.epoch, ends: [end(link.nodes[0]), end(link.nodes[1])] };
    this.#register(stream, sideOf(link, node), number);
    this.#frame(stream, sideOf(link, node), frame);
  }

  send(node: number, number: number, frame: Uint8Array): void {
    this.#find(node, number, (stream, side) => {
      if (!stream.ends[side].closing) this.#frame(stream, side, frame);
    });
  }

  close(node: number, number: number): void {
    this.#find(node, number, (stream, side) => this.#close(stream, side));
  }

  abort(node: number, number: number, code: string): void {
    this.#find(node, number, (stream, side) => this.#break(stream, side, code));
  }

  /** The connection is gone on this node's side. */
  lost(node: number, link: Link): void {
    for (const stream of [...(this.#open.get(node)?.values() ?? [])]) {
      if (stream.link === link) this.#over(stream, sideOf(link, node), 'reset');
    }
  }

  /** The node is gone, and so are its ends: nobody is told. */
  nodeDown(node: number): void {
    for (const stream of this.#open.get(node)?.values() ?? []) stream.ends[sideOf(stream.link, node)].over = true;
    this.#open.delete(node);
    this.#nextInbound.delete(node);
  }

  #frame(stream: Stream, from: Side, frame: Uint8Array): void {
    const fate = this.#context.fates.draw('frame');
    if (fate.lost) {
      this.#break(stream, from, 'reset');
      return;
    }
    this.#transmit(stream, from, fate.extraUs, (side) => {
      const number = this.#arrived(stream, side);
      this.#context.deliver(stream.ends[side].node, { kind: 'frame', stream: number, data: frame });
    });
  }

  /** The number at this end; the first arrival opens it. */
  #arrived(stream: Stream, side: Side): number {
    const end = stream.ends[side];
    if (end.number !== undefined) return end.number;
    const number = this.#nextInbound.get(end.node) ?? 2;
    this.#nextInbound.set(end.node, number + 2);
    end.number = number;
    this.#register(stream, side, number);
    this.#context.deliver(end.node, {
      kind: 'stream_opened',
      stream: number,
      peer: this.#context.peerOf(stream.link.nodes[otherSide(side)]),
    });
    return number;
  }

  #close(stream: Stream, side: Side): void {
    const end = stream.ends[side];
    if (end.closing) return;
    end.closing = true;
    this.#transmit(stream, side, 0, (far) => {
      stream.ends[far].remoteClosed = true;
      this.#close(stream, far); // as src/network does: what the other side has ended we end too, after what we have sent
      this.#overWhenClosed(stream, far);
    });
    this.#overWhenClosed(stream, side);
    this.#context.schedule.after(STREAM_CLOSE_MS_MAX * MS, () => this.#break(stream, side, 'close_late'));
  }

  #overWhenClosed(stream: Stream, side: Side): void {
    const end = stream.ends[side];
    if (end.closing && end.remoteClosed) this.#over(stream, side, 'closed');
  }

  #break(stream: Stream, side: Side, code: string): void {
    if (stream.ends[side].over) return;
    this.#over(stream, side, code);
    this.#transmit(stream, side, 0, (far) => this.#over(stream, far, 'reset'));
  }

  /** Once for each end. */
  #over(stream: Stream, side: Side, reason: string): void {
    const end = stream.ends[side];
    if (end.over) return;
    end.over = true;
    const { number, node } = end;
    if (number === undefined) return;
    this.#open.get(node)?.delete(number);
    // Not in the middle of the step that caused it.
    this.#context.schedule.after(0, () =>
      this.#context.deliver(node, { kind: 'stream_closed', stream: number, reason }),
    );
  }

  /** Brings something to the other end: in order, and only while stream and connection stand. */
  #transmit(stream: Stream, from: Side, extraUs: number, arrive: (side: Side) => void): void {
    const { link, epoch } = stream;
    const far = otherSide(from);
    const end = stream.ends[far];
    const { schedule } = this.#context;
    end.lastArrivalUs = Math.max(end.lastArrivalUs, schedule.nowUs + Math.round(link.latencyUs + extraUs));
    const land = (): void => {
      if (end.over || link.epoch !== epoch) return;
      // Behind a partition, or before the other side knows of the connection, it waits.
      if (isOpenTo(link, far)) arrive(far);
      else link.stalled.push(land);
    };
    schedule.at(end.lastArrivalUs, land);
  }

  #find(node: number, number: number, found: (stream: Stream, side: Side) => void): void {
    const stream = this.#open.get(node)?.get(number);
    if (stream !== undefined) found(stream, sideOf(stream.link, node));
  }

  #register(stream: Stream, side: Side, number: number): void {
    const { node } = stream.ends[side];
    const open = this.#open.get(node) ?? new Map<number, Stream>();
    open.set(number, stream);
    this.#open.set(node, open);
  }
}
