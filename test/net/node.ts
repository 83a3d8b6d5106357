/** A real network node on loopback, with what it reported kept in order, and a way to wait for it. */
import { createServer } from 'node:net';
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import type { GossipTopic } from '../../src/core/events.ts';
import { createNetwork } from '../../src/network/network.ts';
import type { NetworkOptions } from '../../src/network/options.ts';
import type { Network, NetworkHandlers } from '../../src/ports.ts';

export const FEDERATION = 'a1'.repeat(32);
export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0'];
const WAIT_MS = 20_000;

export type Report =
  | { kind: 'connected'; peer: string; agent: string }
  | { kind: 'disconnected'; peer: string }
  | { kind: 'gossip'; topic: GossipTopic; from: string; id: string; data: Uint8Array }
  | { kind: 'flooded'; peer: string }
  | { kind: 'opened'; stream: number; peer: string }
  | { kind: 'frame'; stream: number; data: Uint8Array }
  | { kind: 'closed'; stream: number; reason: string };

export interface Key {
  readonly protobuf: Uint8Array;
  readonly peer: string;
}

export async function newKey(): Promise<Key> {
  const key = await generateKeyPair('Ed25519');
  return { protobuf: privateKeyToProtobuf(key), peer: peerIdFromPrivateKey(key).toString() };
}

export class TestNode {
  readonly key: Key;
  readonly network: Network;
  readonly reports: Report[] = [];
  readonly logs: string[] = [];
  saved: string | undefined;
  /** What to do with a report beside keeping it. */
  react: (report: Report) => void = () => {};
  #watchers: (() => void)[] = [];
  #nextStream = 1;

  constructor(key: Key, options: Partial<NetworkOptions> = {}, saved?: string) {
    this.key = key;
    this.saved = saved;
    this.network = createNetwork({
      privateKeyProtobuf: key.protobuf,
      federation: FEDERATION,
      listen: LOOPBACK,
      bootstrap: [],
      mdns: false,
      dht: 'off',
      book: {
        load: async () => this.saved,
        save: async (json) => {
          this.saved = json;
        },
      },
      agent: 'tessrax-test/1',
      log: (level, message, fields) => {
        this.logs.push(`${level} ${message} ${JSON.stringify(fields)}`);
        this.#look();
      },
      random: Math.random,
      wallMs: Date.now,
      ...options,
    });
  }

  get peer(): string {
    return this.key.peer;
  }

  async start(): Promise<this> {
    await this.network.start(this.#handlers());
    return this;
  }

  address(): string {
    const [address] = this.network.addresses();
    if (address === undefined) throw new Error('no address');
    return address;
  }

  /** Opens a stream under the next odd number. */
  open(peer: string, frame: Uint8Array): number {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.network.open(stream, peer, frame);
    return stream;
  }

  /** Resolves with the first report, past or to come, that `accepts`. */
  until<T extends Report>(accepts: (report: Report) => report is T, from?: number): Promise<T>;
  until(accepts: (report: Report) => boolean, from?: number): Promise<Report>;
  async until(accepts: (report: Report) => boolean, from = 0): Promise<Report> {
    let found: Report | undefined;
    await this.eventually(() => {
      found = this.reports.slice(from).find(accepts);
      return found !== undefined;
    }, accepts.toString());
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  /** Resolves when `holds`, looked at after every report and every log line. */
  async eventually(holds: () => boolean, what = holds.toString()): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        const last = this.reports.slice(-5).map(({ kind }) => kind);
        reject(
          new Error(
            `waited ${WAIT_MS} ms in vain for ${what}; last reports: ${last}; logs:\n${this.logs.slice(-20).join('\n')}`,
          ),
        );
      }, WAIT_MS);
      const watcher = (): void => {
        if (!holds()) return;
        clearTimeout(late);
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
        resolve();
      };
      this.#watchers.push(watcher);
    });
  }

  async connected(...peers: readonly string[]): Promise<void> {
    await this.eventually(() => peers.every((peer) => this.isConnected(peer)), `connections to ${peers}`);
  }

  isConnected(peer: string): boolean {
    const last = this.reports.findLast(
      (report) => (report.kind === 'connected' || report.kind === 'disconnected') && report.peer === peer,
    );
    return last?.kind === 'connected';
  }

  #handlers(): NetworkHandlers {
    return {
      peerConnected: (peer, agent) => this.#report({ kind: 'connected', peer, agent }),
      peerDisconnected: (peer) => this.#report({ kind: 'disconnected', peer }),
      gossip: (topic, from, id, data) => this.#report({ kind: 'gossip', topic, from, id, data }),
      peerFlooded: (peer) => this.#report({ kind: 'flooded', peer }),
      streamOpened: (stream, peer) => this.#report({ kind: 'opened', stream, peer }),
      frame: (stream, data) => this.#report({ kind: 'frame', stream, data }),
      streamClosed: (stream, reason) => this.#report({ kind: 'closed', stream, reason }),
    };
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #report(report: Report): void {
    this.reports.push(report);
    this.react(report);
    this.#look();
  }
}

/** Starts and stops nodes; `stopAll` belongs into `afterEach`. */
export class Nodes {
  #nodes: TestNode[] = [];

  async start(options: Partial<NetworkOptions> = {}, key?: Key, saved?: string): Promise<TestNode> {
    const node = new TestNode(key ?? (await newKey()), options, saved);
    this.#nodes.push(node);
    return node.start();
  }

  /** Two nodes, connected. */
  async pair(options: Partial<NetworkOptions> = {}): Promise<[TestNode, TestNode]> {
    const a = await this.start(options);
    const b = await this.start({ ...options, bootstrap: [a.address()] });
    await Promise.all([a.connected(b.peer), b.connected(a.peer)]);
    return [a, b];
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.network.stop()));
    this.#nodes = [];
  }
}

/** A port of loopback nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Gossip goes to subscribers; a publication before the subscription has arrived is heard by nobody. So: until both are heard. */
export async function subscribed(a: TestNode, b: TestNode): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    let round = 0;
    const knock = setInterval(() => from.network.publish('entries', Buffer.from(`knock ${round++}`)), 50);
    const before = to.reports.length;
    try {
      await to.until((r) => r.kind === 'gossip' && r.topic === 'entries', before);
    } finally {
      clearInterval(knock);
    }
  }
}
