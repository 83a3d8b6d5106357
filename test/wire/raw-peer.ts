/** A member of the federation that speaks libp2p in order and everything above it as the test wants. */
import { connect, type Socket } from 'node:net';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { memberProtocol, PROTOCOL_PREFIX, SYNC_PROTOCOL } from '../../src/network/names.ts';
import { FEDERATION, LOOPBACK } from '../net/node.ts';

export class RawPeer {
  readonly #node: Libp2p;
  /** Streams the node under test has opened to us. */
  readonly inbound: Stream[] = [];
  #waiting: ((stream: Stream) => void) | undefined;

  private constructor(node: Libp2p) {
    this.#node = node;
  }

  /** `identifies: false`: stays silent when asked who it is. */
  static async start(options: { identifies?: boolean; federation?: string } = {}): Promise<RawPeer> {
    const services = options.identifies === false ? {} : { identify: identify({ protocolPrefix: PROTOCOL_PREFIX }) };
    const node = await createLibp2p({
      addresses: { listen: LOOPBACK },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
      services,
      start: false,
    });
    const peer = new RawPeer(node);
    await node.handle(memberProtocol(options.federation ?? FEDERATION), () => {});
    await node.handle(SYNC_PROTOCOL, (stream) => peer.#opened(stream), { maxInboundStreams: 1000 });
    await node.start();
    return peer;
  }

  get peer(): string {
    return this.#node.peerId.toString();
  }

  dial(address: string): Promise<Connection> {
    return this.#node.dial(multiaddr(address));
  }

  isConnected(): boolean {
    return this.#node.getConnections().length > 0;
  }

  syncStream(connection: Connection, protocol = SYNC_PROTOCOL): Promise<Stream> {
    return connection.newStream([protocol], { maxOutboundStreams: 1000 });
  }

  nextInbound(): Promise<Stream> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  async stop(): Promise<void> {
    await this.#node.stop();
  }

  #opened(stream: Stream): void {
    this.inbound.push(stream);
    this.#waiting?.(stream);
  }
}

/** Resolves with the status a stream ended in. */
export function ended(stream: Stream): Promise<string> {
  if (stream.status !== 'open') return Promise.resolve(stream.status);
  return new Promise((resolve) => stream.addEventListener('close', () => resolve(stream.status)));
}

/** Length prefix of a frame. */
export function header(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** A bare TCP connection to a node. */
export function socketTo(address: string): Promise<Socket> {
  const port = Number(address.split('/')[4]);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}
