/** The journal of a connected peer, asked of it by this node and verified here. */
import { API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';
import type { NodeHandle } from '../ports.ts';
import { flatEntry } from '../queries.ts';
import { badRequest } from './problem.ts';

/** Entries from `after` on; without it the newest, by what the peer signed in its last heartbeat. */
export async function peerJournalPage(node: NodeHandle, query: Readonly<Record<string, unknown>>): Promise<object> {
  const { node: origin, after } = query;
  if (typeof origin !== 'string' || publicKeyOf(origin) === undefined)
    throw badRequest('"node" must be the peer ID of an Ed25519 key');
  const limit = readNumber(query['limit'] ?? query['tail'], 'limit', 1, API_PAGE_ENTRIES_MAX) ?? API_PAGE_ENTRIES;
  const size = node.peerJournalSize(origin);
  const from = readNumber(after, 'after', 0, Number.MAX_SAFE_INTEGER - limit) ?? Math.max(0, (size ?? 0) - limit);
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

function readNumber(text: unknown, name: string, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (typeof text === 'string' && /^\d+$/.test(text) && value >= min && value <= max) return value;
  throw badRequest(`"${name}" must be a whole number from ${min} to ${max}`);
}
