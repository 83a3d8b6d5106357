/** One sync stream: frames in, frames out, and an end that is reported once. */
import type { Stream } from '@libp2p/interface';
import { SEND_BATCH_BYTES, STREAM_QUEUE_BYTES_MAX } from '../core/limits.ts';
import { Deadline } from './deadline.ts';
import { encodeFrames, FrameReader, frameError } from './frames.ts';
import { SYNC_PROTOCOL_COMPRESSED } from './names.ts';

export interface StreamDeadlines {
  /** For one frame to arrive whole, or to leave whole. */
  readonly frameMs: number;
  /** For the other side to close its end after ours is closed. */
  readonly closeMs: number;
}

export interface SyncStreamEvents {
  frame(frame: Uint8Array): void;
  /** Once. `closed` when both sides ended it in order; otherwise what went wrong. */
  ended(reason: string): void;
}

export class SyncStream {
  readonly #events: SyncStreamEvents;
  readonly #closeMs: number;
  #reader: FrameReader;
  #compressing = false;
  readonly #arrival: Deadline;
  readonly #departure: Deadline;
  #stream: Stream | undefined;
  #queue: Uint8Array[] = [];
  #queueBytes = 0;
  #flushPlanned = false;
  #closing = false;
  #ended = false;

  constructor(deadlines: StreamDeadlines, events: SyncStreamEvents) {
    this.#events = events;
    this.#closeMs = deadlines.closeMs;
    this.#reader = this.#newReader();
    this.#arrival = new Deadline(deadlines.frameMs, () => this.abort('frame_late'));
    this.#departure = new Deadline(deadlines.frameMs, () => this.abort('send_stalled'));
  }

  /** Ties the libp2p stream to this one. `inbound`: its first frame is due now. */
  attach(stream: Stream, inbound: boolean): void {
    if (this.#ended) {
      stream.abort(new Error('stream_unwanted'));
      return;
    }
    this.#stream = stream;
    this.#compressing = stream.protocol === SYNC_PROTOCOL_COMPRESSED;
    this.#reader = this.#newReader();
    stream.addEventListener('close', (event) => this.#end(event.error === undefined ? 'closed' : 'reset'));
    stream.addEventListener('remoteCloseWrite', () => queueMicrotask(() => this.#remoteEnded()));
    // `drain`: libp2p takes more. `idle`: what it had taken has left.
    stream.addEventListener('drain', () => this.#planFlush());
    stream.addEventListener('idle', () => this.#planFlush());
    if (inbound) this.#arrival.arm();
    // Last: without this listener libp2p keeps the data back, with it the data flows at once.
    stream.addEventListener('message', (event) => this.#read(event.data));
    if (stream.status !== 'open') {
      this.#end('reset');
      return;
    }
    if (stream.remoteWriteStatus === 'closed') queueMicrotask(() => this.#remoteEnded());
    this.#flush();
  }

  send(frame: Uint8Array): void {
    if (this.#ended || this.#closing) return;
    const error = frameError(frame.length);
    if (error !== undefined) {
      this.abort(error);
      return;
    }
    this.#queue.push(frame);
    this.#queueBytes += frame.length;
    if (this.#queueBytes + (this.#stream?.writeBufferLength ?? 0) > STREAM_QUEUE_BYTES_MAX) {
      this.abort('send_queue_full');
      return;
    }
    this.#planFlush();
  }

  /** Ends the stream after what was sent. */
  close(): void {
    if (this.#ended || this.#closing) return;
    this.#closing = true;
    this.#planFlush();
  }

  /** Ends it at once, on both sides. */
  abort(code: string): void {
    if (this.#ended) return;
    // First, so that the `close` event this causes finds the reason already given.
    this.#end(code);
    this.#stream?.abort(new Error(code));
  }

  #newReader(): FrameReader {
    return new FrameReader(this.#compressing, (frame) => {
      this.#events.frame(frame);
      return !this.#ended; // the handler may have aborted: then the rest of the chunk is not wanted any more
    });
  }

  #read(data: Uint8Array | Iterable<Uint8Array>): void {
    if (this.#ended) return;
    for (const chunk of data instanceof Uint8Array ? [data] : data) {
      const error = this.#reader.push(chunk);
      if (this.#ended) return;
      if (error !== undefined) {
        this.abort(error);
        return;
      }
    }
    // Counted from the frame's first byte: a peer that sends one byte now and then gains nothing.
    if (!this.#reader.partial) this.#arrival.disarm();
    else if (!this.#arrival.armed) this.#arrival.arm();
  }

  #remoteEnded(): void {
    if (this.#ended) return;
    if (this.#reader.partial) this.abort('frame_truncated');
    else this.close();
  }

  /** Frames of one turn of the event loop leave together. */
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    queueMicrotask(() => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#ended) return;
    // `send` never refuses: it buffers without bound. So we wait both for its drain signal and for its buffer to be nearly empty.
    while (this.#queue.length > 0 && !stream.writableNeedsDrain && stream.writeBufferLength < SEND_BATCH_BYTES) {
      if (stream.writeStatus !== 'writable') {
        this.abort('reset');
        return;
      }
      this.#departure.arm();
      stream.send(this.#takeBatch());
    }
    if (this.#queue.length > 0 || stream.writeBufferLength > 0) {
      if (!this.#departure.armed) this.#departure.arm();
      return;
    }
    this.#departure.disarm();
    if (this.#closing) this.#endWriting(stream);
  }

  #takeBatch(): Uint8Array {
    let count = 0;
    let bytes = 0;
    while (count < this.#queue.length && bytes < SEND_BATCH_BYTES) {
      bytes += this.#queue[count]?.length ?? 0;
      count++;
    }
    this.#queueBytes -= bytes;
    return encodeFrames(this.#queue.splice(0, count), this.#compressing);
  }

  #endWriting(stream: Stream): void {
    if (stream.writeStatus !== 'writable') return;
    this.#arrival.disarm();
    const late = setTimeout(() => this.abort('close_late'), this.#closeMs).unref();
    stream.addEventListener('close', () => clearTimeout(late));
    stream.close({ signal: AbortSignal.timeout(this.#closeMs) }).catch(() => this.abort('close_late'));
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#arrival.disarm();
    this.#departure.disarm();
    this.#queue = [];
    this.#queueBytes = 0;
    this.#events.ended(reason === 'closed' && this.#reader.partial ? 'frame_truncated' : reason);
  }
}
