/** What happened, counted from the node's notes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Note } from '../core/events.ts';

/** From a push that takes milliseconds to a catch-up that takes minutes. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Returns what to call with each note. */
export function registerNotes(registry: Registry): (note: Note) => void {
  const observers = [countEntries(registry), countSyncs(registry), countPeers(registry), countEvidence(registry)];
  return (note) => {
    for (const observe of observers) observe(note);
  };
}

type Observer = (note: Note) => void;

function countEntries(registry: Registry): Observer {
  const stored = counter(registry, 'entries_stored', 'Entries appended, by where they came from', 'source');
  const rejected = counter(registry, 'entries_rejected', 'Entries refused, by reason', 'reason');
  const duplicates = counter(registry, 'entries_duplicate', 'Entries received that were held already');
  return (note) => {
    if (note.name === 'entries_stored') stored.inc({ source: note.local ? 'own' : 'peer' }, note.entries.length);
    else if (note.name === 'entry_rejected') rejected.inc({ reason: note.reason });
    else if (note.name === 'entries_duplicate') duplicates.inc(note.count);
  };
}

function countSyncs(registry: Registry): Observer {
  const confirmed = counter(registry, 'sync', 'Synchronisations confirmed with a SYNC_CONFIRMED');
  const served = counter(registry, 'sync_served', 'Deltas to peers that they confirmed');
  const failed = counter(registry, 'sessions_failed', 'Sync sessions that ended early, by reason', 'reason');
  const registers = [registry];
  // A gauge by type, a counter by nature: the name is given, and a counter's name would have to end in _total.
  const conflicts = new Gauge({
    name: 'federation_conflicts_detected',
    help: 'Mismatched roots between this node and a peer that were resolved, since the start',
    registers,
  });
  const latency = new Histogram({
    name: 'federation_latency_seconds',
    help: 'From a mismatch seen to the SYNC_CONFIRMED that is durable',
    buckets: LATENCY_BUCKETS_SECONDS,
    registers,
  });
  return (note) => {
    if (note.name === 'sync_confirmed') {
      confirmed.inc();
      latency.observe(note.latencyMs / 1000);
    } else if (note.name === 'sync_served') served.inc();
    else if (note.name === 'session_failed') failed.inc({ reason: note.code });
    else if (note.name === 'conflict_resolved') conflicts.inc();
  };
}

function countPeers(registry: Registry): Observer {
  const heartbeats = counter(registry, 'heartbeats', 'Heartbeats sent and received', 'direction');
  const misbehaved = counter(registry, 'peers_misbehaved', 'Peers dropped for breaking the protocol', 'reason');
  return (note) => {
    if (note.name === 'heartbeat_sent') heartbeats.inc({ direction: 'sent' });
    else if (note.name === 'heartbeat_received') heartbeats.inc({ direction: 'received' });
    else if (note.name === 'peer_misbehaved') misbehaved.inc({ reason: note.code });
  };
}

function countEvidence(registry: Registry): Observer {
  const sealed = counter(registry, 'feeds_sealed', 'Feeds sealed, by reason', 'reason');
  const quarantined = counter(registry, 'entries_quarantined', 'Entries cut off sealed feeds, kept as evidence');
  const disagreeing = counter(registry, 'votes_disagreeing', 'Votes of witnesses for another root than ours');
  // From 0: of a counter that begins at 1 nobody sees the step, and the alert on it would stay silent.
  for (const reason of ['equivocation', 'revoked']) sealed.inc({ reason }, 0);
  return (note) => {
    if (note.name === 'feed_sealed') sealed.inc({ reason: note.revoked ? 'revoked' : 'equivocation' });
    else if (note.name === 'entries_quarantined') quarantined.inc(note.to - note.from);
    else if (note.name === 'vote_disagrees') disagreeing.inc();
  };
}

function counter(registry: Registry, what: string, help: string, label?: string): Counter {
  const labelNames = label === undefined ? [] : [label];
  return new Counter({ name: `federation_${what}_total`, help, labelNames, registers: [registry] });
}
