/** How the node stands: status, peers, feeds, health, metrics. */
import type { FastifyInstance } from 'fastify';
import { nodeEndpoints } from '../contract/node.ts';
import { operationEndpoints } from '../contract/operation.ts';
import { toHex } from '../core/bytes.ts';
import { checkpointOf } from '../core/ledger/ledger.ts';
import type { LastCheckpoint, NodeHandle } from '../ports.ts';
import { VERSION } from '../version.ts';
import { serve, serveRaw } from './serve.ts';
import type { ApiOptions } from './server.ts';

export function statusRoutes(app: FastifyInstance, { node, metrics }: ApiOptions): void {
  serve(app, nodeEndpoints.status, () => statusJson(node));
  serve(app, nodeEndpoints.peers, () => ({
    peers: node.peers().map((peer) => ({
      peer_id: peer.peer,
      connected: peer.connected,
      addresses: peer.addresses,
      agent: peer.agent,
      last_seen_ms: peer.lastSeenMs,
      height: peer.height,
      root: peer.root === undefined ? null : toHex(peer.root),
      agrees: peer.agrees,
      last_checkpoint: lastCheckpointJson(peer.lastCheckpoint),
      standing: peer.standing,
      points: peer.points,
      why: peer.why,
      banned_until_ms: peer.bannedUntilMs,
    })),
  }));
  serve(app, nodeEndpoints.feeds, () => ({
    feeds: feedsJson(node).map((feed) => ({ ...feed, certified: node.certifiedSize(feed.origin) })),
  }));
  serveRaw(app, operationEndpoints.metrics, async (_input, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
  serve(app, operationEndpoints.health, () => ({ status: 'ok' as const }));
  serve(app, operationEndpoints.ready, (_input, reply) => {
    const { behind } = node.status();
    if (behind === 0) return { ready: true };
    reply.code(503);
    return { ready: false, reason: `behind by ${behind} entries` };
  });
}

function lastCheckpointJson(checkpoint: LastCheckpoint | undefined) {
  if (checkpoint === undefined) return null;
  return { height: checkpoint.height, root: toHex(checkpoint.root), heard_ms: checkpoint.heardMs };
}

function statusJson(node: NodeHandle) {
  const status = node.status();
  return {
    peer_id: node.peerId,
    federation: { id: node.federation.id, name: node.federation.name },
    version: VERSION,
    height: status.height,
    certified_height: status.certifiedHeight,
    root: toHex(status.root),
    feeds: node.heads().length,
    peers: status.peersConnected,
    peers_agreeing: status.peersAgreeing,
    syncing: status.syncing,
    behind: status.behind,
    witnesses: witnessesJson(node),
    held: {
      entries: status.held.entries,
      feeds: status.held.origins.length,
      origin: status.held.origins[0] ?? null,
      until_ms: status.held.untilMs,
      ahead_ms: status.held.aheadMs,
    },
    received_per_second: Math.round(status.receivedPerSecond),
    unreachable: node.troubles().map(({ target, reason, atMs }) => ({ target, reason, at_ms: atMs })),
    journal_entries: status.journalSize,
    addresses: node.addresses(),
    started_ms: status.startedMs,
    uptime_seconds: Math.round((node.wallMs() - status.startedMs) / 1000),
  };
}

function witnessesJson(node: NodeHandle) {
  const { threshold = 0, witnesses = new Set<string>() } = node.electorates().at(-1) ?? {};
  const here = node.peers().filter(({ peer, connected }) => connected && witnesses.has(peer)).length;
  return { threshold, all: witnesses.size, here: here + (witnesses.has(node.peerId) ? 1 : 0) };
}

export function feedsJson(node: NodeHandle): { origin: string; size: number; root: string }[] {
  return node.heads().map((head) => {
    const { origin, size, root } = checkpointOf(head);
    return { origin, size, root: toHex(root) };
  });
}
