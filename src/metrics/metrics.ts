/** Every metric, once. Metrics are made of notes and of what the node shows; nothing else in the program counts. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Note } from '../core/events.ts';
import type { NodeHandle } from '../ports.ts';

/** From a push that takes milliseconds to a catch-up that takes minutes. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface Metrics {
  observe(note: Note): void;
  /** Text exposition format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(node: () => NodeHandle | undefined): Metrics {
  const registry = new Registry();
  registerProcess(registry);
  registerNode(registry, node);
  const observe = registerNotes(registry);
  return { observe, text: () => registry.metrics(), contentType: registry.contentType };
}

/** prom-client's own: those whose names say counter and whose type says gauge are left out. */
function registerProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']) {
    registry.removeSingleMetric(name);
  }
}

function registerNode(registry: Registry, node: () => NodeHandle | undefined): void {
  const gauge = (name: string, help: string, read: (handle: NodeHandle) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const handle = node();
        if (handle !== undefined) this.set(read(handle));
      },
    });
  };
  gauge('federation_ledger_height', 'Entries of all ledger feeds, durable', (handle) => handle.status().height);
  gauge('federation_certified_height', 'Ledger entries that are final', (handle) => handle.status().certifiedHeight);
  gauge('federation_certified_lag', 'Ledger entries that are not final yet', (handle) => {
    const { height, certifiedHeight } = handle.status();
    return height - certifiedHeight;
  });
  gauge('federation_journal_entries', 'Entries of this node’s own journal', (handle) => handle.status().journalSize);
  gauge('federation_feeds', 'Ledger feeds held', (handle) => handle.heads().length);
  gauge('federation_peers', 'Connected peers of this federation', (handle) => handle.status().peersConnected);
  gauge(
    'federation_peers_agreeing',
    'Connected peers whose last heartbeat named our root',
    (handle) => handle.status().peersAgreeing,
  );
  gauge(
    'federation_entries_behind',
    'Entries that connected peers claim to hold and this node lacks',
    (handle) => handle.status().behind,
  );
}

function registerNotes(registry: Registry): (note: Note) => void {
  const registers = [registry];
  const syncs = new Counter({
    name: 'federation_sync_total',
    help: 'Synchronisations confirmed with a SYNC_CONFIRMED',
    registers,
  });
  const conflicts = new Counter({
    name: 'federation_conflicts_detected',
    help: 'Mismatched roots between this node and a peer that were resolved',
    registers,
  });
  const latency = new Histogram({
    name: 'federation_latency_seconds',
    help: 'From a mismatch seen to the SYNC_CONFIRMED that is durable',
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  });
  const stored = new Counter({
    name: 'federation_entries_stored_total',
    help: 'Entries appended to the ledger, by where they came from',
    labelNames: ['source'],
    registers,
  });
  const rejected = new Counter({
    name: 'federation_entries_rejected_total',
    help: 'Entries refused, by reason',
    labelNames: ['reason'],
    registers,
  });
  const duplicates = new Counter({
    name: 'federation_entries_duplicate_total',
    help: 'Entries received that were held already',
    registers,
  });
  const served = new Counter({
    name: 'federation_sync_served_total',
    help: 'Deltas to peers that they confirmed',
    registers,
  });
  const failed = new Counter({
    name: 'federation_sessions_failed_total',
    help: 'Sync sessions that ended early, by reason',
    labelNames: ['reason'],
    registers,
  });
  const heartbeats = new Counter({
    name: 'federation_heartbeats_total',
    help: 'Heartbeats sent and received',
    labelNames: ['direction'],
    registers,
  });
  const misbehaved = new Counter({
    name: 'federation_peers_misbehaved_total',
    help: 'Peers dropped for breaking the protocol, by reason',
    labelNames: ['reason'],
    registers,
  });
  const sealed = new Counter({
    name: 'federation_feeds_sealed_total',
    help: 'Feeds sealed, by reason',
    labelNames: ['reason'],
    registers,
  });
  const quarantined = new Counter({
    name: 'federation_entries_quarantined_total',
    help: 'Entries cut off sealed feeds and kept as evidence',
    registers,
  });
  const disagreeing = new Counter({
    name: 'federation_votes_disagreeing_total',
    help: 'Votes of witnesses for another root than ours',
    registers,
  });
  return (note) => {
    switch (note.name) {
      case 'entries_stored':
        return stored.inc({ source: note.local ? 'own' : 'peer' }, note.entries.length);
      case 'entries_certified':
        return;
      case 'feed_sealed':
        return sealed.inc({ reason: note.revoked ? 'revoked' : 'equivocation' });
      case 'entries_quarantined':
        return quarantined.inc(note.to - note.from);
      case 'may_write':
      case 'entries_adopted':
        return;
      case 'vote_disagrees':
        return disagreeing.inc();
      case 'entry_rejected':
        return rejected.inc({ reason: note.reason });
      case 'entries_duplicate':
        return duplicates.inc(note.count);
      case 'sync_confirmed':
        syncs.inc();
        return latency.observe(note.latencyMs / 1000);
      case 'sync_served':
        return served.inc();
      case 'conflict_seen':
        return;
      case 'conflict_resolved':
        return conflicts.inc();
      case 'heartbeat_sent':
        return heartbeats.inc({ direction: 'sent' });
      case 'heartbeat_received':
        return heartbeats.inc({ direction: 'received' });
      case 'session_failed':
        return failed.inc({ reason: note.code });
      case 'peer_misbehaved':
        return misbehaved.inc({ reason: note.code });
    }
  };
}
