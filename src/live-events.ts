/** What happens in a node, for those who watch it: over HTTP, or in the same program. */
import type { LiveEvent } from './contract/operation.ts';
import { BinaryReader } from './core/binary.ts';
import { toHex } from './core/bytes.ts';
import { readEntry } from './core/entry/codec.ts';
import type { Note } from './core/events.ts';
import type { NodeHandle } from './ports.ts';

/** The events that a note is worth; none for many. */
export function liveEvents(node: Pick<NodeHandle, 'status'>, note: Note): LiveEvent[] {
  if (note.name !== 'entries_stored') return standingEvents(note);
  const entries = note.entries.map(({ hash, origin, seq, bytes }): LiveEvent => {
    const { type, timestampMs } = readEntry(new BinaryReader(bytes));
    return { name: 'entry', hash: toHex(hash), origin, seq, type, timestamp: timestampMs };
  });
  return [...entries, statusEvent(node)];
}

/** What changes how a peer, a feed or an entry stands. */
function standingEvents(note: Note): LiveEvent[] {
  switch (note.name) {
    case 'sync_confirmed': {
      const { peer, entries, pushed, latencyMs } = note;
      return [{ name: 'sync', peer, entries, pushed, latency_ms: latencyMs }];
    }
    case 'heartbeat_received': {
      const { node: peer, height, root, agrees } = note;
      return [{ name: 'heartbeat', peer, height, root: toHex(root), agrees }];
    }
    case 'entries_certified':
      return [{ name: 'certified', feeds: note.feeds }];
    case 'feed_sealed':
      return [{ name: 'sealed', origin: note.origin, seq: note.seq, revoked: note.revoked }];
    case 'entries_quarantined':
      return [{ name: 'quarantined', origin: note.origin, from: note.from, to: note.to }];
    case 'entry_rejected':
      return [{ name: 'rejected', origin: note.origin, seq: note.seq, reason: note.reason, peer: note.peer }];
    case 'peer_misbehaved':
      return [{ name: 'misbehaved', peer: note.peer, code: note.code }];
    default:
      return [];
  }
}

export function statusEvent(node: Pick<NodeHandle, 'status'>): LiveEvent {
  const { height, root, peersConnected } = node.status();
  return { name: 'status', height, root: toHex(root), peers: peersConnected };
}
