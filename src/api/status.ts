/** How the node stands: status, peers, feeds, health, metrics. */

import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { toHex } from '../core/bytes.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { checkpointOf } from '../core/ledger/ledger.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { rootStatementHash } from '../core/proof.ts';
import { signedMessage } from '../core/signature.ts';
import type { LastCheckpoint, NodeHandle } from '../ports.ts';
import { VERSION } from '../version.ts';
import type { ApiOptions } from './server.ts';

export function statusRoutes(app: FastifyInstance, { node, metrics, federationFile }: ApiOptions): void {
  app.get('/v1/status', async () => statusJson(node));
  app.get('/v1/peers', async () => ({
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
  app.get('/v1/feeds', async () => ({ feeds: feedsJson(node).map(withCertified(node)) }));
  app.get('/v1/export/header', async () => exportHeader(node, federationFile));
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { behind } = node.status();
    if (behind === 0) return { ready: true };
    return reply.code(503).send({ ready: false, reason: `behind by ${behind} entries` });
  });
}

function lastCheckpointJson(checkpoint: LastCheckpoint | undefined): object | null {
  if (checkpoint === undefined) return null;
  return { height: checkpoint.height, root: toHex(checkpoint.root), heard_ms: checkpoint.heardMs };
}

function statusJson(node: NodeHandle): object {
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
    received_per_second: Math.round(status.receivedPerSecond),
    unreachable: node.troubles().map(({ target, reason, atMs }) => ({ target, reason, at_ms: atMs })),
    journal_entries: status.journalSize,
    addresses: node.addresses(),
    started_ms: status.startedMs,
    uptime_seconds: Math.round((node.wallMs() - status.startedMs) / 1000),
  };
}

function withCertified(node: NodeHandle): (feed: FeedJson) => FeedJson & { readonly certified: number } {
  return (feed) => ({ ...feed, certified: node.certifiedSize(feed.origin) });
}

interface FeedJson {
  readonly origin: PeerIdText;
  readonly size: number;
  readonly root: string;
}

function feedsJson(node: NodeHandle): FeedJson[] {
  return node.heads().map((head) => {
    const { origin, size, root } = checkpointOf(head);
    return { origin, size, root: toHex(root) };
  });
}

/** What an export begins with: the federation file itself, the feeds at one moment, and this node's signature under their root. */
async function exportHeader(node: NodeHandle, federationFile: string): Promise<object> {
  const federation = parseStrict(await readFile(federationFile, 'utf8'));
  const feeds = feedsJson(node);
  const { height, root } = node.status();
  const statement = {
    federation: node.federation.id,
    node: node.peerId,
    height,
    feeds: feeds.length,
    root,
    timestampMs: node.wallMs(),
  };
  const signature = node.signer.sign(signedMessage('root', rootStatementHash(statement)));
  return {
    federation,
    feeds,
    statement: {
      federation: statement.federation,
      node: node.peerId,
      height,
      feeds: feeds.length,
      root: toHex(root),
      timestamp: statement.timestampMs,
    },
    signature: toHex(signature),
  };
}
