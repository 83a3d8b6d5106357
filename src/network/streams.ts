/** All sync streams of the node, under the numbers the core knows them by. */
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { STREAM_OPEN_MS_MAX, SYNC_STREAMS_INBOUND_MAX, SYNC_STREAMS_OUTBOUND_MAX } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { NetworkHandlers } from '../ports.ts';
import type { Mailbox } from './mailbox.ts';
import { SYNC_PROTOCOL, SYNC_PROTOCOL_COMPRESSED } from './names.ts';
import { type StreamDeadlines, SyncStream } from './sync-stream.ts';

/** The better one first: whoever opens a stream takes the first that the other side speaks too. */
const SYNC_PROTOCOLS = [SYNC_PROTOCOL_COMPRESSED, SYNC_PROTOCOL];

const LOOPBACK = /^\/ip(?:4\/127\.|6\/::1\/)/;

/** What the streams need of the rest of the adapter. */
export interface StreamsContext {
  readonly node: Libp2p;
  readonly mailbox: Mailbox;
  readonly handlers: NetworkHandlers;
  readonly deadlines: StreamDeadlines;
  /** The peer has been reported connected, and not yet disconnected. */
  isMember(peer: PeerIdText): boolean;
  /** The open connection to a peer. */
  connectionTo(peer: PeerIdText): Connection | undefined;
}

interface Entry {
  readonly peer: PeerIdText;
  readonly stream: SyncStream;
}

export class Streams {
  readonly #context: StreamsContext;
  readonly #entries = new Map<number, Entry>();
  /** Streams of peers that are not identified yet, paused; libp2p bounds them per connection, identification in time. */
  readonly #early = new Map<PeerIdText, Stream[]>();
  #nextInbound = 2;
  #stopping = false;
  #drained: (() => void) | undefined;

  constructor(context: StreamsContext) {
    this.#context = context;
  }

  /** Before the node listens: a peer that identifies us earlier would not see that we speak the protocol. */
  async register(): Promise<void> {
    await this.#context.node.handle(SYNC_PROTOCOLS, (stream, connection) => this.#inbound(stream, connection), {
      maxInboundStreams: SYNC_STREAMS_INBOUND_MAX,
      maxOutboundStreams: SYNC_STREAMS_OUTBOUND_MAX,
      runOnLimitedConnection: true,
    });
  }

  open(number: number, peer: PeerIdText, frame: Uint8Array): void {
    const entry = this.#add(number, peer);
    const connection = this.#context.connectionTo(peer);
    if (connection === undefined || !this.#context.isMember(peer)) {
      entry.stream.abort('not_connected');
      return;
    }
    entry.stream.send(frame);
    const options = { signal: AbortSignal.timeout(STREAM_OPEN_MS_MAX), runOnLimitedConnection: true };
    connection.newStream(protocolsFor(connection), options).then(
      (stream) => entry.stream.attach(stream, false),
      () => entry.stream.abort('open_failed'),
    );
  }

  send(number: number, frame: Uint8Array): void {
    this.#entries.get(number)?.stream.send(frame);
  }

  close(number: number): void {
    this.#entries.get(number)?.stream.close();
  }

  abort(number: number, code: string): void {
    this.#entries.get(number)?.stream.abort(code);
  }

  /** The peer was just reported connected: what it opened before goes on now. */
  peerJoined(peer: PeerIdText): void {
    const early = this.#early.get(peer) ?? [];
    this.#early.delete(peer);
    for (const stream of early) {
      if (stream.status !== 'open' || stream.readStatus !== 'paused') {
        stream.abort(new Error('stream_unwanted'));
        continue;
      }
      stream.resume();
      this.#accept(stream, peer);
    }
  }

  /** Its last connection is gone: every stream ends before the peer is reported disconnected. */
  peerLeft(peer: PeerIdText, reason: string): void {
    for (const stream of this.#early.get(peer) ?? []) stream.abort(new Error(reason));
    this.#early.delete(peer);
    for (const entry of [...this.#entries.values()]) if (entry.peer === peer) entry.stream.abort(reason);
  }

  /** Takes no new streams, ends the others after what they have to send, and resolves when they are gone or `ms` have passed. */
  async drain(ms: number): Promise<void> {
    this.#stopping = true;
    for (const entry of [...this.#entries.values()]) entry.stream.close();
    if (this.#entries.size > 0) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, ms);
        this.#drained = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    for (const entry of [...this.#entries.values()]) entry.stream.abort('stopped');
  }

  #inbound(stream: Stream, connection: Connection): void {
    const peer = connection.remotePeer.toString();
    if (this.#stopping) {
      stream.abort(new Error('stopping'));
      return;
    }
    if (this.#context.isMember(peer)) {
      this.#accept(stream, peer);
      return;
    }
    // The peer has identified us before we have identified it. Its stream waits, and takes no data meanwhile.
    stream.pause();
    const early = this.#early.get(peer);
    if (early === undefined) this.#early.set(peer, [stream]);
    else early.push(stream);
  }

  #accept(stream: Stream, peer: PeerIdText): void {
    const number = this.#nextInbound;
    this.#nextInbound += 2;
    this.#context.mailbox.post(() => this.#context.handlers.streamOpened(number, peer));
    this.#add(number, peer).stream.attach(stream, true);
  }

  #add(number: number, peer: PeerIdText): Entry {
    const { mailbox, handlers, deadlines } = this.#context;
    const stream = new SyncStream(deadlines, {
      frame: (frame) => mailbox.post(() => handlers.frame(number, frame)),
      ended: (reason) => {
        this.#entries.delete(number);
        mailbox.post(() => handlers.streamClosed(number, reason));
        if (this.#entries.size === 0) this.#drained?.();
      },
    });
    const entry = { peer, stream };
    this.#entries.set(number, entry);
    return entry;
  }
}

/** Between processes of one machine bytes cost nothing, and compressing them costs more than it saves. */
function protocolsFor({ remoteAddr }: Connection): string[] {
  return LOOPBACK.test(remoteAddr.toString()) ? [SYNC_PROTOCOL] : SYNC_PROTOCOLS;
}
