/** How peers are found: mDNS on the LAN, and a DHT of our own. (Bootstrap addresses belong to the dialer.) */

import type { Libp2p } from '@libp2p/interface';
import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht';
import { mdns } from '@libp2p/mdns';
import { DHT_WALK_MS, DHT_WALK_MS_MAX, DHT_WALK_TIMEOUT_MS } from '../core/limits.ts';
import { DHT_PROTOCOL, serviceTag } from './names.ts';

/**
 * mDNS announces every private address the node listens on, loopback among them. Harmless: a dial to somebody else's loopback address
 * ends at the wrong peer ID or at nobody, and the next address is tried.
 */
export function mdnsDiscovery(federation: string): ReturnType<typeof mdns> {
  return mdns({ serviceTag: serviceTag(federation) });
}

/** The federation's own DHT: on its own protocol, serving from the start; on a LAN or in a closed network with private addresses kept. */
export function federationDht(mode: 'lan' | 'public'): ReturnType<typeof kadDHT> {
  return kadDHT({
    protocol: DHT_PROTOCOL,
    clientMode: false,
    peerInfoMapper: mode === 'lan' ? passthroughMapper : removePrivateAddressesMapper,
    // A federation of two or three: a query that meets nobody must end, not wait.
    allowQueryWithZeroPeers: true,
    // Nobody of ours stores values in the DHT, so nobody else may store them in our memory.
    validators: { pk: refuseRecord },
  });
}

async function refuseRecord(): Promise<void> {
  throw new Error('this DHT stores no records');
}

/** Looks around in the DHT from time to time: soon after something changed, ever more seldom when nothing does. */
export class DhtWalker {
  readonly #node: Libp2p;
  readonly #random: () => number;
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = DHT_WALK_MS;
  #walk: AbortController | undefined;
  #running = false;

  constructor(node: Libp2p, random: () => number) {
    this.#node = node;
    this.#random = random;
  }

  start(): void {
    this.#running = true;
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#walk?.abort();
  }

  /** Somebody joined or left: who they know, or who knows them, may be new. */
  changed(): void {
    this.#intervalMs = DHT_WALK_MS;
    if (this.#running && this.#walk === undefined) this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    // Half fixed, half random: nodes started together do not walk together.
    const delayMs = this.#intervalMs * (0.5 + this.#random() / 2);
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #look(): Promise<void> {
    this.#intervalMs = Math.min(2 * this.#intervalMs, DHT_WALK_MS_MAX);
    const walk = new AbortController();
    this.#walk = walk;
    const signal = AbortSignal.any([walk.signal, AbortSignal.timeout(DHT_WALK_TIMEOUT_MS)]);
    try {
      const key = Uint8Array.from({ length: 32 }, () => Math.floor(this.#random() * 256));
      // Whoever the answers name reaches the peer book as a libp2p `peer:update`; the result itself is not needed.
      const peers = this.#node.peerRouting.getClosestPeers(key, { signal })[Symbol.asyncIterator]();
      while ((await peers.next()).done !== true);
    } catch {
      // A walk that finds nobody, or is cut off, fails: the next one is planned either way.
    }
    this.#walk = undefined;
    if (this.#running) this.#plan();
  }
}
