/** What the node's API answers, read with care: a member that is missing or of another kind gives its empty value. */
import type { JsonObject, JsonValue } from '../../src/core/entry/canonical-json.ts';
import { isObject } from '../../src/core/entry/types.ts';

export interface Status {
  readonly peerId: string;
  readonly federationId: string;
  readonly federationName: string;
  readonly version: string;
  readonly height: number;
  readonly certified: number;
  readonly root: string;
  readonly syncing: boolean;
  /** Entries that peers claim to hold and this node lacks. */
  readonly behind: number;
  /** Entries that wait until this node's clock is where theirs was. */
  readonly held: Held;
  readonly receivedPerSecond: number;
  /** Addresses that could not be reached, and why. */
  readonly unreachable: readonly { readonly target: string; readonly reason: string }[];
  readonly journalEntries: number;
  readonly startedMs: number;
}

export interface Held {
  readonly entries: number;
  readonly feeds: number;
  readonly origin: string;
  readonly untilMs: number;
  readonly aheadMs: number;
}

export interface Peer {
  readonly peer: string;
  readonly connected: boolean;
  readonly agent: string;
  readonly lastSeenMs: number;
  readonly height: number;
  readonly root: string;
  readonly agrees: boolean;
  readonly bannedUntilMs: number;
  /** What this node thinks of the peer's conduct, and the fault that weighed most. */
  readonly conduct: string;
  readonly why: string;
}

export interface Feed {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly certified: number;
}

export interface Witness {
  readonly peer: string;
  readonly organisation: string;
}

export interface Revocation {
  readonly target: string;
  readonly signers: readonly string[];
  readonly inForce: boolean;
}

/** A feed that ends early: why, from where on, and what is left. */
export interface SealedFeed {
  readonly origin: string;
  readonly reason: string;
  readonly from: number;
  readonly kept: number;
  readonly quarantined: string;
}

/** From an answer of /v1/scars. Where there is much in quarantine it is counted up to a bound. */
export function readSealed(json: JsonValue): SealedFeed[] {
  return asList(asObject(json)['sealed']).map((item) => {
    const { origin, reason, from, kept, quarantined, quarantined_at_least: atLeast } = asObject(item);
    const amount = typeof quarantined === 'number' ? String(quarantined) : `at least ${asNumber(atLeast)}`;
    return {
      origin: asText(origin),
      reason: asText(reason),
      from: asNumber(from),
      kept: asNumber(kept),
      quarantined: amount,
    };
  });
}

export function readStatus(json: JsonValue): Status {
  const status = asObject(json);
  const federation = asObject(status['federation']);
  return {
    peerId: asText(status['peer_id']),
    federationId: asText(federation['id']),
    federationName: asText(federation['name']),
    version: asText(status['version']),
    height: asNumber(status['height']),
    certified: asNumber(status['certified_height']),
    root: asText(status['root']),
    syncing: status['syncing'] === true,
    behind: asNumber(status['behind']),
    held: readHeld(asObject(status['held'])),
    receivedPerSecond: asNumber(status['received_per_second']),
    unreachable: asList(status['unreachable']).map((item) => {
      const { target, reason } = asObject(item);
      return { target: asText(target), reason: asText(reason) };
    }),
    journalEntries: asNumber(status['journal_entries']),
    startedMs: asNumber(status['started_ms']),
  };
}

function readHeld(held: JsonObject): Held {
  return {
    entries: asNumber(held['entries']),
    feeds: asNumber(held['feeds']),
    origin: asText(held['origin']),
    untilMs: asNumber(held['until_ms']),
    aheadMs: asNumber(held['ahead_ms']),
  };
}

export function readPeers(json: JsonValue): Peer[] {
  return asList(asObject(json)['peers']).map((item) => {
    const peer = asObject(item);
    return {
      peer: asText(peer['peer_id']),
      connected: peer['connected'] === true,
      agent: asText(peer['agent']),
      lastSeenMs: asNumber(peer['last_seen_ms']),
      height: asNumber(peer['height']),
      root: asText(peer['root']),
      agrees: peer['agrees'] === true,
      bannedUntilMs: asNumber(peer['banned_until_ms']),
      conduct: asText(peer['standing']),
      why: asText(peer['why']),
    };
  });
}

export function readFeeds(json: JsonValue): Feed[] {
  return asList(asObject(json)['feeds']).map((item) => {
    const { origin, size, root, certified } = asObject(item);
    return { origin: asText(origin), size: asNumber(size), root: asText(root), certified: asNumber(certified) };
  });
}

export function readRevocations(json: JsonValue): Revocation[] {
  return asList(asObject(json)['revocations']).map((item) => {
    const { target, signers, in_force: inForce } = asObject(item);
    return { target: asText(target), signers: asList(signers).map(asText), inForce: inForce === true };
  });
}

export function readWitnesses(governance: JsonValue | undefined): Witness[] {
  return asList(asObject(governance)['witnesses']).map((item) => {
    const { peer, organisation } = asObject(item);
    return { peer: asText(peer), organisation: asText(organisation) };
  });
}

/** Entries of a page, and the cursor that goes on. */
export interface EntryPage {
  readonly entries: readonly JsonObject[];
  readonly next: string | undefined;
}

export function readPage(json: JsonValue): EntryPage {
  const { entries, next } = asObject(json);
  return { entries: asList(entries).filter(isObject), next: typeof next === 'string' ? next : undefined };
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function asNumber(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
