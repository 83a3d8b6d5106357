/**
 * Who is connected. A peer counts once it has identified as a member of this federation, and until its last connection is gone. One
 * connection a peer: where there are two, both are dropped and one is made anew (see `#opened`).
 */
import type { Connection, IdentifyResult, Libp2p } from '@libp2p/interface';
import type { PeerIdText } from '../core/peer-id.ts';

export interface LinkEvents {
  /** The peer is a member. `reachedAt`: the address we dialled, if we did. */
  joined(peer: PeerIdText, identity: IdentifyResult, reachedAt: string | undefined): void;
  /** A joined peer's last connection is gone after `livedMs`. */
  left(peer: PeerIdText, livedMs: number): void;
  /** A connection ended before its peer was known: refused there, say, or silent. */
  failed(peer: PeerIdText): void;
  /** The peer belongs to another federation, or to none. */
  stranger(peer: PeerIdText): void;
  /** The connection was dropped to be made anew. */
  redial(peer: PeerIdText, reason: string): void;
}

export interface LinkDeadlines {
  readonly identifyMs: number;
  readonly silenceMs: number;
}

interface Link {
  readonly connections: Set<Connection>;
  readonly identifyTimer: NodeJS.Timeout;
  sinceMs: number;
  joined: boolean;
}

export class Links {
  /** What a member lists in identify. */
  readonly #memberProtocols: readonly string[];
  readonly #deadlines: LinkDeadlines;
  readonly #events: LinkEvents;
  readonly #links = new Map<PeerIdText, Link>();

  constructor(memberProtocols: readonly string[], deadlines: LinkDeadlines, events: LinkEvents) {
    this.#memberProtocols = memberProtocols;
    this.#deadlines = deadlines;
    this.#events = events;
  }

  /** Before the node starts: no connection may be missed. */
  attach(node: Libp2p): void {
    node.addEventListener('connection:open', (event) => this.#opened(event.detail));
    node.addEventListener('connection:close', (event) => this.#closed(event.detail));
    node.addEventListener('peer:identify', (event) => this.#identified(event.detail));
  }

  isMember(peer: PeerIdText): boolean {
    return this.#links.get(peer)?.joined === true;
  }

  members(): PeerIdText[] {
    return [...this.#links].filter(([, link]) => link.joined).map(([peer]) => peer);
  }

  connectionTo(peer: PeerIdText): Connection | undefined {
    for (const connection of this.#links.get(peer)?.connections ?? [])
      if (connection.status === 'open') return connection;
    return undefined;
  }

  /** Milliseconds since the peer's connection was opened; undefined without one. */
  ageMs(peer: PeerIdText): number | undefined {
    const link = this.#links.get(peer);
    return link === undefined ? undefined : performance.now() - link.sinceMs;
  }

  /** Drops every connection to the peer at once. */
  drop(peer: PeerIdText, reason: string): void {
    for (const connection of [...(this.#links.get(peer)?.connections ?? [])]) connection.abort(new Error(reason));
  }

  /**
   * Members connected for a while whose gossip subscription is not here: one direction of gossip is dead although the connection is
   * open. Both sides look, so either direction is found by the side that misses something.
   */
  dropSilent(hears: ReadonlySet<PeerIdText>): void {
    for (const [peer, link] of [...this.#links]) {
      if (!link.joined || hears.has(peer) || performance.now() - link.sinceMs < this.#deadlines.silenceMs) continue;
      this.drop(peer, 'gossip_silent');
      this.#events.redial(peer, 'gossip_silent');
    }
  }

  #opened(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const link = this.#links.get(peer);
    if (link !== undefined && link.connections.size > 0) {
      // Restart deafness: gossipsub keeps one outgoing stream a peer and makes no second one on a new connection. When the old
      // connection dies later (its peer was restarted), the peer hears nothing for good, though the mesh counts it. Dropping all and
      // dialling again leaves no stream behind; the gater prevents most of these cases before they get here.
      link.connections.add(connection);
      this.drop(peer, 'second_connection');
      this.#events.redial(peer, 'second_connection');
      return;
    }
    const identifyTimer = setTimeout(() => this.drop(peer, 'identify_late'), this.#deadlines.identifyMs).unref();
    this.#links.set(peer, {
      connections: new Set([connection]),
      identifyTimer,
      sinceMs: performance.now(),
      joined: false,
    });
  }

  #closed(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const link = this.#links.get(peer);
    if (link === undefined || !link.connections.delete(connection) || link.connections.size > 0) return;
    clearTimeout(link.identifyTimer);
    this.#links.delete(peer);
    if (link.joined) this.#events.left(peer, performance.now() - link.sinceMs);
    else this.#events.failed(peer);
  }

  #identified(identity: IdentifyResult): void {
    const peer = identity.peerId.toString();
    const link = this.#links.get(peer);
    if (link === undefined || link.joined || !link.connections.has(identity.connection)) return;
    if (identity.connection.status !== 'open') return;
    clearTimeout(link.identifyTimer);
    if (!this.#memberProtocols.every((protocol) => identity.protocols.includes(protocol))) {
      this.#events.stranger(peer);
      return;
    }
    link.joined = true;
    const dialled = identity.connection.direction === 'outbound';
    this.#events.joined(peer, identity, dialled ? identity.connection.remoteAddr.toString() : undefined);
  }
}
