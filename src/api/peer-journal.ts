/** The journal of a connected peer, asked of it by this node and verified here. */
import { API_PAGE_ENTRIES } from '../core/limits.ts';
import type { NodeHandle } from '../ports.ts';
import { flatEntry } from '../queries.ts';
import { badRequest } from './problem.ts';

interface PeerJournalQuery {
  /** Peer ID. */
  readonly node: string;
  /** Sequence number, in decimal digits. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly tail?: number | undefined;
}

/** Entries from `after` on; without it the newest, by what the peer signed in its last heartbeat. */
export async function peerJournalPage(node: NodeHandle, query: PeerJournalQuery) {
  const { node: origin, after } = query;
  const limit = query.limit ?? query.tail ?? API_PAGE_ENTRIES;
  const size = node.peerJournalSize(origin);
  const from = after === undefined ? Math.max(0, (size ?? 0) - limit) : readSeq(after, limit);
  const { entries, rootChecked } = await node.peerJournal({ origin, from, to: from + limit });
  const end = from + entries.length;
  return {
    node: origin,
    signed_size: size ?? null,
    root_checked: rootChecked,
    entries: entries.map((entry) => flatEntry(node.federation.id, entry, entry.prev)),
    next: size !== undefined && end < size && entries.length > 0 ? String(end) : null,
  };
}

function readSeq(text: string, limit: number): number {
  const value = Number(text);
  const max = Number.MAX_SAFE_INTEGER - limit;
  if (/^\d+$/.test(text) && value <= max) return value;
  throw badRequest(`"after" must be a whole number from 0 to ${max} when "node" is given`);
}
