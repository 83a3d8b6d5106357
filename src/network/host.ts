/** The libp2p node: TCP, Noise, Yamux, identify, ping, and the services of the other files of this room. */
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys';
import type { GossipSub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { ping } from '@libp2p/ping';
import { preSharedKey } from '@libp2p/pnet';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p, type Libp2pOptions } from 'libp2p';
import { TessraxError } from '../core/errors.ts';
import {
  CONNECTIONS_COUNT_MAX,
  CONNECTIONS_PENDING_MAX,
  CONNECTIONS_PER_HOST_SECOND_MAX,
  DIAL_MS_MAX,
  IDENTIFY_MS_MAX,
  MUXED_STREAMS_MAX,
  STREAM_OPEN_MS_MAX,
} from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { federationDht, mdnsDiscovery } from './discovery.ts';
import { gossipService } from './gossip.ts';
import { memberProtocol, PROTOCOL_PREFIX } from './names.ts';
import type { DhtMode } from './options.ts';
import { BoundedRecords } from './records.ts';
import { gatheringTcp } from './tcp.ts';
import type { TrafficCounter } from './traffic.ts';

/** https://github.com/libp2p/specs/blob/master/pnet/Private-Networks-PSK-V1.md, in its only encoding that libp2p for JavaScript reads. */
const SWARM_KEY = /^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n[0-9a-f]{64}$/i;

export interface HostOptions {
  readonly privateKey: PrivateKey;
  readonly federation: string;
  readonly listen: readonly string[];
  readonly mdns: boolean;
  readonly dht: DhtMode;
  readonly psk?: Uint8Array;
  readonly agent: string;
  readonly gater: ConnectionGater;
  /** For the handshake of an inbound connection. */
  readonly handshakeMs: number;
  readonly traffic: TrafficCounter;
}

export type HostServices = { gossip: GossipSub };
export type Host = Libp2p<HostServices>;

/** Throws `key_invalid` when the bytes are not a libp2p private key of type Ed25519. */
export function readPrivateKey(protobuf: Uint8Array): { privateKey: PrivateKey; self: PeerIdText } {
  let privateKey: PrivateKey;
  try {
    privateKey = privateKeyFromProtobuf(protobuf);
  } catch (cause) {
    throw new TessraxError('key_invalid', 'the node key is not a libp2p private key', { cause });
  }
  if (privateKey.type !== 'Ed25519') {
    throw new TessraxError('key_invalid', `the node key is of type ${privateKey.type}, not Ed25519`);
  }
  return { privateKey, self: peerIdFromPrivateKey(privateKey).toString() };
}

/** Made, not started: handlers must be in place before anybody can connect. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { privateKey } = options;
  const base = {
    start: false,
    privateKey,
    addresses: { listen: checkedListen(options.listen) },
    nodeInfo: { name: 'tessrax', userAgent: options.agent },
    transports: [gatheringTcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxInboundStreams: MUXED_STREAMS_MAX, maxOutboundStreams: MUXED_STREAMS_MAX })],
    connectionGater: options.gater,
    connectionManager: {
      maxConnections: CONNECTIONS_COUNT_MAX,
      // libp2p's 5 a second and 10 pending refuse most of a dozen nodes started together on one machine.
      inboundConnectionThreshold: CONNECTIONS_PER_HOST_SECOND_MAX,
      maxIncomingPendingConnections: CONNECTIONS_PENDING_MAX,
      dialTimeout: DIAL_MS_MAX,
      inboundUpgradeTimeout: options.handshakeMs,
      inboundStreamProtocolNegotiationTimeout: STREAM_OPEN_MS_MAX,
      outboundStreamProtocolNegotiationTimeout: STREAM_OPEN_MS_MAX,
      // The dialer reconnects; two of them would dial the same peer at the same time.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      protocolPrefix: PROTOCOL_PREFIX,
      // A node that verifies at full load answers late; libp2p's five seconds drop good connections.
      pingTimeout: { minTimeout: 15_000 },
    },
    datastore: new BoundedRecords(`/peers/${peerIdFromPrivateKey(privateKey).toCID().toString()}`),
    // The DHT answers with addresses from libp2p's store, which drops them after an hour, while we are still connected.
    peerStore: { maxAddressAge: 30 * 24 * 3_600_000 },
    metrics: () => options.traffic,
    ...(options.psk === undefined ? {} : { connectionProtector: preSharedKey({ psk: checkedPsk(options.psk) }) }),
    peerDiscovery: options.mdns ? [mdnsDiscovery(options.federation)] : [],
  } satisfies Libp2pOptions;
  const services = {
    identify: identify({ protocolPrefix: PROTOCOL_PREFIX, timeout: IDENTIFY_MS_MAX }),
    ping: ping({ protocolPrefix: PROTOCOL_PREFIX }),
    gossip: gossipService(options.federation),
  };
  const node: Host =
    options.dht === 'off'
      ? await createLibp2p({ ...base, services })
      : await createLibp2p({ ...base, services: { ...services, dht: federationDht(options.dht) } });
  // Listed in identify; nobody has a reason to speak it.
  await node.handle(memberProtocol(options.federation), (stream) => stream.abort(new Error('not spoken')));
  return node;
}

/** libp2p reads the key at the first connection, and would fail each one: look at it before. */
function checkedPsk(psk: Uint8Array): Uint8Array {
  if (SWARM_KEY.test(new TextDecoder().decode(psk).trimEnd())) return psk;
  throw new TessraxError('psk_invalid', 'the pre-shared key is not a libp2p swarm key', {
    remedy: 'its three lines are /key/swarm/psk/1.0.0/, /base16/, and 64 hexadecimal digits',
  });
}

/** Starts listening. Throws `port_in_use` or `listen_failed`. */
export async function startHost(node: Host, listen: readonly string[]): Promise<void> {
  try {
    await node.start();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const fields = { listen: listen.join(' ') };
    if (message.includes('EADDRINUSE')) {
      throw new TessraxError('port_in_use', `another program listens on ${listen.join(' or ')}`, {
        remedy: 'stop it, or give this node another port with --listen; /tcp/0 takes any free one',
        fields,
        cause,
      });
    }
    throw new TessraxError('listen_failed', `cannot listen on ${listen.join(', ')}`, {
      remedy: 'give an address of this machine with --listen, and a port above 1023',
      fields,
      cause,
    });
  }
}

function checkedListen(listen: readonly string[]): string[] {
  for (const text of listen) {
    let valid: boolean;
    try {
      valid = multiaddr(text)
        .getComponents()
        .some(({ name }) => name === 'tcp');
    } catch {
      valid = false; // not a multiaddr: reported below, like one without TCP
    }
    if (!valid) {
      throw new TessraxError('listen_invalid', `${text} is not an address to listen on`, {
        remedy: 'write it as /ip4/0.0.0.0/tcp/4001',
        fields: { listen: text },
      });
    }
  }
  return [...listen];
}
