/** What happens in a node, for those who watch it: over HTTP, or in the same program. */
import type { LiveEvent } from './contract/operation.ts';
import { BinaryReader } from './core/binary.ts';
import { toHex } from './core/bytes.ts';
import { readEntry } from './core/entry/codec.ts';
import type { Note } from './core/events.ts';
import type { NodeHandle } from './ports.ts';

/** The events that a note is worth; none for most. */
export function liveEvents(node: Pick<NodeHandle, 'status'>, note: Note): LiveEvent[] {
  if (note.name === 'sync_confirmed') {
    const { peer, entries, pushed, latencyMs } = note;
    return [{ name: 'sync', peer, entries, pushed, latency_ms: latencyMs }];
  }
  if (note.name !== 'entries_stored') return [];
  const entries = note.entries.map(({ hash, origin, seq, bytes }): LiveEvent => {
    const { type, timestampMs } = readEntry(new BinaryReader(bytes));
    return { name: 'entry', hash: toHex(hash), origin, seq, type, timestamp: timestampMs };
  });
  return [...entries, statusEvent(node)];
}

export function statusEvent(node: Pick<NodeHandle, 'status'>): LiveEvent {
  const { height, root, peersConnected } = node.status();
  return { name: 'status', height, root: toHex(root), peers: peersConnected };
}
