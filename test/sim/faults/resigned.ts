/** A SYNC_EVENT of the hostile node's own making in the place of the one its core made. */
import { authorEntry } from '../../../src/core/entry/author.ts';
import { parseCanonical } from '../../../src/core/entry/canonical-json.ts';
import { ZERO_NONCE } from '../../../src/core/entry/header.ts';
import { syncEventBody } from '../../../src/core/entry/types.ts';
import type { Draft } from '../../../src/core/events.ts';
import { encodeMessage, type Message, type WireRun } from '../../../src/core/sync/messages.ts';
import type { SimNode } from '../sim-node.ts';

export type Delta = Extract<Message, { kind: 'delta' }>;

/** The delta with other entries, and a valid signature over an event about them. */
export function resigned(delta: Delta, runs: readonly WireRun[], event: Draft, node: SimNode): Uint8Array {
  const { origin, seq, prev, entry } = delta.event;
  const { timestampMs } = entry;
  const tip = { origin, log: 'journal' as const, size: seq, hash: prev, timestampMs, nonce: ZERO_NONCE };
  const signed = authorEntry(node.author, tip, event, timestampMs);
  return encodeMessage({ kind: 'delta', event: { origin, seq, prev, entry: signed }, runs });
}

/** Whom a delta is for. */
export function targetOf(delta: Delta): string {
  const body = parseCanonical(delta.event.entry.body);
  const event = typeof body === 'string' ? undefined : syncEventBody(body);
  if (event === undefined) throw new Error('the node sent a delta without a SYNC_EVENT');
  return event.target;
}
