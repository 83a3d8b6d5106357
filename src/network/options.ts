/** What the network is made with. */
import { TessraxError } from '../core/errors.ts';
import { FRAME_MS_MAX, GOSSIP_SILENCE_MS_MAX, IDENTIFY_MS_MAX, STREAM_CLOSE_MS_MAX } from '../core/limits.ts';
import { type DialAddress, parseAddress } from './address.ts';
import type { PeerBookStorage } from './peer-book.ts';
import type { StreamDeadlines } from './sync-stream.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Whose addresses the DHT passes on: all, as on a LAN or in a closed network; those that are reachable from anywhere; or none. */
export type DhtMode = 'lan' | 'public' | 'off';

export interface NetworkOptions {
  /** The node's key, a libp2p private key in protobuf. */
  readonly privateKeyProtobuf: Uint8Array;
  /** Federation ID, hex. */
  readonly federation: string;
  /** Multiaddrs to listen on; `/tcp/0` takes a free port. Empty: the node only dials. */
  readonly listen: readonly string[];
  /** Multiaddrs of peers to begin with, with or without `/p2p/…`. */
  readonly bootstrap: readonly string[];
  readonly mdns: boolean;
  readonly dht: DhtMode;
  /** A libp2p swarm key: only who has it gets as far as a handshake. */
  readonly psk?: Uint8Array;
  readonly book: PeerBookStorage;
  readonly agent: string;
  log(level: LogLevel, message: string, fields: LogFields): void;
  /** In [0, 1). */
  random(): number;
  wallMs(): number;
  /** Other than those of limits.ts: shorter, in tests of peers that stall. */
  readonly deadlines?: Partial<Deadlines>;
}

export interface Deadlines extends StreamDeadlines {
  /** For a new connection to finish its handshake, and then to identify. */
  readonly identifyMs: number;
  /** For a member's gossip subscription to arrive. */
  readonly silenceMs: number;
}

export const DEADLINES: Deadlines = {
  frameMs: FRAME_MS_MAX,
  closeMs: STREAM_CLOSE_MS_MAX,
  identifyMs: IDENTIFY_MS_MAX,
  silenceMs: GOSSIP_SILENCE_MS_MAX,
};

/** Throws `bootstrap_invalid`. */
export function parseBootstrap(text: string): DialAddress {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new TessraxError('bootstrap_invalid', `${text} is not the address of a peer`, {
      remedy: 'write it as /ip4/192.0.2.1/tcp/4001/p2p/12D3KooW… or /dns4/node.example/tcp/4001',
      fields: { bootstrap: text },
    });
  }
  return address;
}
