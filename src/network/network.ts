/** The Network port on libp2p: puts the parts of this room together and turns their events into the handlers' calls. */
import type { GossipTopic, GossipVerdict } from '../core/events.ts';
import { STOP_DRAIN_MS_MAX, STRANGER_MS } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { Network, NetworkHandlers, PeerInfo, TopicPeers, Traffic, Trouble } from '../ports.ts';
import type { DialAddress } from './address.ts';
import { Dialer } from './dialer.ts';
import { DhtWalker } from './discovery.ts';
import { createGater, RecentDials } from './gater.ts';
import { Gossip } from './gossip.ts';
import { createHost, type Host, readPrivateKey, startHost } from './host.ts';
import { Links } from './links.ts';
import { Mailbox } from './mailbox.ts';
import { memberProtocol, SYNC_PROTOCOL } from './names.ts';
import { DEADLINES, type Deadlines, type NetworkOptions, parseBootstrap } from './options.ts';
import { PeerBook } from './peer-book.ts';
import { Streams } from './streams.ts';
import { TrafficCounter } from './traffic.ts';
import { Troubles } from './troubles.ts';

/** Throws `key_invalid`, `bootstrap_invalid`; `start` throws `listen_invalid`, `port_in_use`, `listen_failed`. */
export function createNetwork(options: NetworkOptions): Network {
  return new Libp2pNetwork(options);
}

/** The parts that exist while the node runs. */
interface Running {
  readonly node: Host;
  readonly handlers: NetworkHandlers;
  readonly streams: Streams;
  readonly gossip: Gossip;
  readonly dialer: Dialer;
  readonly walker: DhtWalker | undefined;
  readonly silenceTimer: NodeJS.Timeout;
}

class Libp2pNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #key: ReturnType<typeof readPrivateKey>;
  readonly #bootstrap: readonly DialAddress[];
  readonly #book: PeerBook;
  readonly #links: Links;
  readonly #deadlines: Deadlines;
  readonly #mailbox = new Mailbox();
  readonly #dials = new RecentDials();
  readonly #traffic = new TrafficCounter();
  readonly #troubles: Troubles;
  #running: Running | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    this.#troubles = new Troubles(() => options.wallMs());
    this.#key = readPrivateKey(options.privateKeyProtobuf);
    this.#bootstrap = options.bootstrap.map(parseBootstrap);
    this.#book = new PeerBook({
      storage: options.book,
      wallMs: () => options.wallMs(),
      failed: (action, error) => options.log('warn', `peer book: ${action} failed`, { error: String(error) }),
    });
    this.#links = new Links([memberProtocol(options.federation), SYNC_PROTOCOL], this.#deadlines, {
      joined: (peer, identity, reachedAt) => {
        const agent = identity.agentVersion ?? '';
        this.#book.met(peer, identity.listenAddrs.map(String), agent, reachedAt);
        this.#joined(peer, agent);
      },
      left: (peer, livedMs) => this.#left(peer, livedMs),
      failed: (peer) => {
        // With Noise's early choice of the muxer, the dialler's side is open before the other side's refusal arrives.
        this.#dials.failed(peer);
        this.#options.log('debug', 'connection came to nothing', { peer });
      },
      stranger: (peer) => this.#stranger(peer),
      redial: (peer, reason) => {
        this.#options.log('info', 'connection made anew', { peer, reason });
        this.#running?.dialer.redial(peer);
      },
    });
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    const { federation, listen, mdns, dht, psk, agent } = this.#options;
    await this.#book.load();
    const { privateKey, self } = this.#key;
    const gater = createGater({
      self,
      dials: this.#dials,
      isBanned: (peer) => this.#book.isBanned(peer),
      isBarred: (peer) => this.#book.isBarred(peer),
      connectionAgeMs: (peer) => this.#links.ageMs(peer),
      dropStale: (peer) => this.#dropStale(peer),
    });
    const node = await createHost({
      privateKey,
      federation,
      listen,
      mdns,
      dht,
      ...(psk === undefined ? {} : { psk }),
      agent,
      gater,
      handshakeMs: this.#deadlines.identifyMs,
      traffic: this.#traffic,
    });
    this.#links.attach(node);
    const streams = this.#createStreams(node, handlers);
    await streams.register();
    node.addEventListener('peer:update', ({ detail: { peer } }) => {
      // Everything libp2p finds (mDNS, DHT) ends up here, and also a known peer's new address, which `peer:discovery` keeps silent about.
      const name = peer.id.toString();
      if (name === self || this.#links.isMember(name)) return;
      this.#book.learn(
        name,
        peer.addresses.map(({ multiaddr }) => multiaddr.toString()),
      );
      this.#running?.dialer.wake();
    });
    const gossip = this.#createGossip(node, handlers);
    const dialer = this.#createDialer(node);
    const walker = dht !== 'off' ? new DhtWalker(node, () => this.#options.random()) : undefined;
    const silenceTimer = setInterval(() => this.#checkSilence(), this.#deadlines.silenceMs / 4).unref();
    this.#running = { node, handlers, streams, gossip, dialer, walker, silenceTimer };
    try {
      await startHost(node, listen);
    } catch (error) {
      clearInterval(silenceTimer);
      this.#running = undefined;
      throw error;
    }
    gossip.start();
    dialer.start();
    walker?.start();
  }

  open(stream: number, peer: PeerIdText, frame: Uint8Array): void {
    this.#mailbox.hold(() => this.#running?.streams.open(stream, peer, frame));
  }

  send(stream: number, frame: Uint8Array): void {
    this.#mailbox.hold(() => this.#running?.streams.send(stream, frame));
  }

  close(stream: number): void {
    this.#mailbox.hold(() => this.#running?.streams.close(stream));
  }

  abort(stream: number, code: string): void {
    this.#mailbox.hold(() => this.#running?.streams.abort(stream, code));
  }

  publish(topic: GossipTopic, data: Uint8Array): void {
    this.#running?.gossip.publish(topic, data);
  }

  gossipVerdict(id: string, from: PeerIdText, verdict: GossipVerdict): void {
    this.#running?.gossip.verdict(id, from, verdict);
  }

  disconnect(peer: PeerIdText, banMs: number): void {
    if (banMs > 0) this.#book.ban(peer, banMs);
    this.#mailbox.hold(() => this.#links.drop(peer, 'disconnected'));
  }

  heard(peer: PeerIdText, height: number, root: Uint8Array): void {
    this.#book.heard(peer, height, root);
  }

  addresses(): string[] {
    return this.#running?.node.getMultiaddrs().map(String) ?? [];
  }

  peers(): PeerInfo[] {
    const nowMs = this.#options.wallMs();
    return [...this.#book.entries()].map(({ peer, addresses, agent, lastSeenMs, bannedUntilMs, lastCheckpoint }) => {
      const connected = this.#links.isMember(peer);
      return {
        peer,
        connected,
        addresses,
        agent,
        lastSeenMs: connected ? nowMs : lastSeenMs,
        bannedUntilMs: this.#book.isBanned(peer) ? bannedUntilMs : 0,
        lastCheckpoint,
      };
    });
  }

  traffic(): Traffic[] {
    return this.#traffic.read();
  }

  topics(): TopicPeers[] {
    return this.#running?.gossip.topics() ?? [];
  }

  troubles(): Trouble[] {
    return this.#troubles.list();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    clearInterval(running.silenceTimer);
    running.dialer.stop();
    running.walker?.stop();
    // libp2p's own stop aborts every connection after half a second, and inbound ones at once, with what was still to be sent.
    await running.streams.drain(STOP_DRAIN_MS_MAX);
    for (const peer of this.#links.members()) this.#book.seen(peer);
    await running.node.stop();
    this.#running = undefined;
    await this.#book.flush();
  }

  #createStreams(node: Host, handlers: NetworkHandlers): Streams {
    return new Streams({
      node,
      handlers,
      mailbox: this.#mailbox,
      deadlines: this.#deadlines,
      isMember: (peer) => this.#links.isMember(peer),
      connectionTo: (peer) => this.#links.connectionTo(peer),
    });
  }

  #createGossip(node: Host, handlers: NetworkHandlers): Gossip {
    return new Gossip(node.services.gossip, this.#options.federation, {
      message: (topic, from, id, data) => this.#mailbox.post(() => handlers.gossip(topic, from, id, data)),
      flooded: (peer) => {
        this.#options.log('warn', 'peer floods gossip', { peer });
        this.#mailbox.post(() => handlers.peerFlooded(peer));
      },
      publishFailed: (topic, error) =>
        this.#options.log('warn', 'gossip not published', { topic, error: String(error) }),
    });
  }

  #createDialer(node: Host): Dialer {
    return new Dialer({
      node,
      self: this.#key.self,
      book: this.#book,
      bootstrap: this.#bootstrap,
      random: () => this.#options.random(),
      isConnected: (peer) => this.#links.ageMs(peer) !== undefined,
      memberCount: () => this.#links.members().length,
      failedDial: (peer) => this.#dials.failed(peer),
      failed: (target, error) => {
        this.#troubles.failed(target, error);
        this.#options.log('debug', 'dial failed', { target, error: String(error) });
      },
    });
  }

  #joined(peer: PeerIdText, agent: string): void {
    this.#troubles.reached(peer);
    this.#mailbox.post(() => this.#running?.handlers.peerConnected(peer, agent));
    this.#running?.streams.peerJoined(peer);
    this.#running?.walker?.changed();
  }

  #left(peer: PeerIdText, livedMs: number): void {
    this.#running?.streams.peerLeft(peer, 'peer_disconnected');
    this.#mailbox.post(() => this.#running?.handlers.peerDisconnected(peer));
    this.#book.seen(peer);
    this.#running?.dialer.left(peer, livedMs);
    this.#running?.walker?.changed();
  }

  /** Not of this federation: no harm done, but no use for each other either. */
  #stranger(peer: PeerIdText): void {
    this.#book.stranger(peer, STRANGER_MS);
    this.#troubles.stranger(peer);
    this.#running?.streams.peerLeft(peer, 'stranger');
    this.#links.drop(peer, 'stranger');
  }

  #checkSilence(): void {
    const gossip = this.#running?.gossip;
    if (gossip !== undefined) this.#links.dropSilent(gossip.hears());
  }

  async #dropStale(peer: PeerIdText): Promise<void> {
    this.#links.drop(peer, 'replaced');
    await this.#running?.gossip.forgotten(peer);
  }
}
