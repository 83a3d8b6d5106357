/** Which connections are let in and out. */
import type { ConnectionGater } from '@libp2p/interface';
import { DIALS_CROSSING_MS } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';

export interface GaterContext {
  readonly self: PeerIdText;
  isBanned(peer: PeerIdText): boolean;
  isBarred(peer: PeerIdText): boolean;
  /** Milliseconds since the connection to the peer was opened; undefined without one. */
  connectionAgeMs(peer: PeerIdText): number | undefined;
  /** Drops the connections to the peer; resolves when the rest of the node has taken notice. */
  dropStale(peer: PeerIdText): Promise<void>;
  readonly dials: RecentDials;
}

/**
 * Refuses banned peers both ways, and keeps it at one connection a peer:
 * - Two nodes that dial each other at once end with one connection, the one dialled by the smaller peer ID. Both sides know both IDs,
 *   so both choose the same.
 * - A peer that dials although we are connected to it does not know of that connection: it was restarted, or the line broke. The old
 *   connection is dropped before the new one is let in, so that gossip starts anew on it (see links.ts).
 */
export function createGater(context: GaterContext): ConnectionGater {
  const { dials } = context;

  return {
    denyDialPeer(peerId) {
      const peer = peerId.toString();
      if (context.isBarred(peer)) return true;
      dials.begun(peer);
      return false;
    },

    async denyInboundEncryptedConnection(peerId) {
      const peer = peerId.toString();
      if (context.isBanned(peer)) return true;
      const ours = context.self < peer;
      const ageMs = context.connectionAgeMs(peer);
      if (ageMs === undefined) return ours && dials.crossing(peer);
      if (ours && ageMs < DIALS_CROSSING_MS && dials.crossing(peer)) return true;
      await context.dropStale(peer);
      return false;
    },

    denyOutboundEncryptedConnection(peerId) {
      const peer = peerId.toString();
      // A connection came in while we dialled: it is the one to keep, or the peer would have refused it.
      return context.isBanned(peer) || context.connectionAgeMs(peer) !== undefined;
    },
  };
}

/** When each peer was last dialled, unless that failed. Entries older than a crossing say nothing and are removed. */
export class RecentDials {
  readonly #begunMs = new Map<PeerIdText, number>();

  begun(peer: PeerIdText): void {
    const nowMs = performance.now();
    for (const [other, begunMs] of this.#begunMs) {
      if (nowMs - begunMs < DIALS_CROSSING_MS) break;
      this.#begunMs.delete(other);
    }
    this.#begunMs.delete(peer);
    this.#begunMs.set(peer, nowMs);
  }

  failed(peer: PeerIdText): void {
    this.#begunMs.delete(peer);
  }

  crossing(peer: PeerIdText): boolean {
    const begunMs = this.#begunMs.get(peer);
    return begunMs !== undefined && performance.now() - begunMs < DIALS_CROSSING_MS;
  }
}
