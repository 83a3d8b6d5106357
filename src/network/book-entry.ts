/** What is known of one peer, in memory and as it is kept over restarts. */
import { z } from 'zod';
import { fromHex, toHex } from '../core/bytes.ts';
import { HASH_BYTES } from '../core/entry/header.ts';
import { PEER_ADDRESSES_MAX, PEER_AGENT_LENGTH_MAX } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';
import type { LastCheckpoint } from '../ports.ts';
import { addressOf } from './address.ts';

export interface BookEntry {
  readonly peer: PeerIdText;
  /** Without `/p2p/`; the one that worked last comes first. */
  readonly addresses: readonly string[];
  /** Has been seen as a member of this federation. */
  readonly member: boolean;
  readonly agent: string;
  /** Wall time, milliseconds; 0 when never. */
  readonly lastSeenMs: number;
  /** Failed dials since the last good connection. */
  readonly failures: number;
  readonly bannedUntilMs: number;
  /** Not of this federation: not dialled until then. */
  readonly strangerUntilMs: number;
  /** What it said last that it holds. */
  readonly lastCheckpoint: LastCheckpoint | undefined;
}

const SAVED_CHECKPOINT = z.object({
  height: z.number(),
  root: z.string(),
  heard_ms: z.number(),
});

const SAVED = z.object({
  v: z.literal(1),
  peers: z.array(
    z.object({
      peer: z.string(),
      addresses: z.array(z.string()),
      agent: z.string(),
      last_seen_ms: z.number(),
      failures: z.number(),
      banned_until_ms: z.number(),
      checkpoint: SAVED_CHECKPOINT.optional(),
    }),
  ),
});

/** Throws on a text that is no peer book. Peers whose name is none are left out. */
export function readBook(text: string): BookEntry[] {
  return SAVED.parse(JSON.parse(text)).peers.flatMap((saved): BookEntry[] => {
    if (publicKeyOf(saved.peer) === undefined) return [];
    return [
      {
        ...unknownPeer(saved.peer),
        addresses: mergeAddresses(saved.peer, saved.addresses, []),
        member: true,
        agent: saved.agent.slice(0, PEER_AGENT_LENGTH_MAX),
        lastSeenMs: saved.last_seen_ms,
        failures: saved.failures,
        bannedUntilMs: saved.banned_until_ms,
        lastCheckpoint: readCheckpoint(saved.checkpoint),
      },
    ];
  });
}

export function writeBook(entries: readonly BookEntry[]): string {
  const peers = entries.map((entry) => ({
    peer: entry.peer,
    addresses: entry.addresses,
    agent: entry.agent,
    last_seen_ms: entry.lastSeenMs,
    failures: entry.failures,
    banned_until_ms: entry.bannedUntilMs,
    ...(entry.lastCheckpoint === undefined ? {} : { checkpoint: checkpointJson(entry.lastCheckpoint) }),
  }));
  return JSON.stringify({ v: 1, peers });
}

export function unknownPeer(peer: PeerIdText): BookEntry {
  return {
    peer,
    addresses: [],
    member: false,
    agent: '',
    lastSeenMs: 0,
    failures: 0,
    bannedUntilMs: 0,
    strangerUntilMs: 0,
    lastCheckpoint: undefined,
  };
}

function checkpointJson({ height, root, heardMs }: LastCheckpoint): z.infer<typeof SAVED_CHECKPOINT> {
  return { height, root: toHex(root), heard_ms: heardMs };
}

function readCheckpoint(saved: z.infer<typeof SAVED_CHECKPOINT> | undefined): LastCheckpoint | undefined {
  const root = fromHex(saved?.root ?? '', HASH_BYTES);
  return saved === undefined || root === undefined
    ? undefined
    : { height: saved.height, root, heardMs: saved.heard_ms };
}

export function isKept(entry: BookEntry): boolean {
  return entry.member;
}

/** Members above all others, then who was seen last. Bans and the terms of strangers must outlive a flood of hearsay. */
export function usefulness(entry: BookEntry): number {
  return (
    (entry.member ? Number.MAX_SAFE_INTEGER / 2 : 0) +
    Math.max(entry.lastSeenMs, entry.bannedUntilMs, entry.strangerUntilMs)
  );
}

export function mergeAddresses(peer: PeerIdText, first: readonly string[], then: readonly string[]): string[] {
  const merged = new Set<string>();
  for (const text of [...first, ...then]) {
    if (merged.size >= PEER_ADDRESSES_MAX) break;
    const address = addressOf(peer, text);
    if (address !== undefined) merged.add(address);
  }
  return [...merged];
}
