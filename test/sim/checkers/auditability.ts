/**
 * Auditability: every entry that came from another node is covered by exactly one SYNC_CONFIRMED in the receiver's journal, and each
 * SYNC_CONFIRMED names a SYNC_EVENT that the receiver keeps, signed, over what it confirmed.
 */
import { toHex } from '../../../src/core/bytes.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { entryMessage, isRecord, readDiskEntry, readParts, sha256Hex } from './disk-entry.ts';

interface Range {
  readonly origin: string;
  readonly from: number;
  readonly to: number;
}

const ZERO_HASH = '00'.repeat(32);

export function auditability(): Checker {
  return {
    conclude(world) {
      for (const node of world.honest) {
        const fault = coverageFault(world, node) ?? (world.fired.size === 0 ? answerFault(node) : undefined);
        if (fault !== undefined) world.fail('auditability', `node ${node.index}: ${fault}`);
      }
    },
  };
}

function coverageFault(world: World, node: SimNode): string | undefined {
  const covered = new Map<string, number>();
  let prev = ZERO_HASH;
  for (const placed of node.disk.feed('journal', node.peer)) {
    const { type, body, hash } = readDiskEntry(placed, world.federation.id, prev);
    prev = hash;
    if (type !== 'SYNC_CONFIRMED') continue;
    const ranges = rangesOf(body);
    const fault = eventFault(world, node, body, ranges);
    if (fault !== undefined) return `SYNC_CONFIRMED ${placed.seq}: ${fault}`;
    for (const { origin, from, to } of ranges) {
      for (let seq = from; seq < to; seq++) covered.set(`${origin} ${seq}`, (covered.get(`${origin} ${seq}`) ?? 0) + 1);
    }
  }
  for (const feed of node.disk.feeds.values()) {
    for (const { log, origin, seq } of feed) {
      if (log !== 'ledger') continue;
      const times = covered.get(`${origin} ${seq}`) ?? 0;
      if (origin === node.peer) {
        // Its own it has from others only when its disk was lost.
        if (node.lapsed) covered.delete(`${origin} ${seq}`);
        continue;
      }
      // What was cut off a sealed feed and came back was received twice, and is confirmed twice.
      const again = node.disk.seals.has(origin) && times > 1;
      if (times !== 1 && !again) return `entry ${seq} of ${origin} is covered by ${times} SYNC_CONFIRMED`;
      covered.delete(`${origin} ${seq}`);
    }
  }
  for (const place of covered.keys()) if (node.disk.seals.has(place.split(' ')[0] ?? '')) covered.delete(place);
  const [left] = covered.keys();
  return left === undefined ? undefined : `a SYNC_CONFIRMED covers ${left}, which the node does not hold`;
}

/** Where nothing ever went wrong, the provider of each delta to a peer keeps the receiver's answer. */
function answerFault(node: SimNode): string | undefined {
  const answered = new Set<unknown>();
  for (const json of node.disk.statements.values()) {
    const statement: unknown = JSON.parse(json);
    if (isRecord(statement) && statement.type === 'SYNC_CONFIRMED') answered.add(statement.event);
  }
  for (const { hash, bytes, seq } of node.disk.feed('journal', node.peer)) {
    const { type, bodyBytes } = readParts(bytes);
    if (type !== 'SYNC_EVENT' || bodyBytes.includes('"target":"*"')) continue;
    if (!answered.has(toHex(hash))) return `SYNC_EVENT ${seq} is not answered by a SYNC_CONFIRMED`;
  }
  return undefined;
}

/** What is wrong with the SYNC_EVENT that a confirmation names. */
function eventFault(
  world: World,
  node: SimNode,
  confirmed: Record<string, unknown>,
  ranges: readonly Range[],
): string | undefined {
  const json = node.disk.statements.get(String(confirmed.event));
  if (json === undefined) return 'its SYNC_EVENT is not kept';
  const event: unknown = JSON.parse(json);
  if (!isRecord(event)) return 'its SYNC_EVENT is no object';
  if (event.type !== 'SYNC_EVENT' || event.origin !== confirmed.source) return 'its SYNC_EVENT is another statement';
  if (event.target !== node.peer && event.target !== '*') return 'its SYNC_EVENT is meant for another node';
  if (!isSigned(world, event)) return 'its SYNC_EVENT is not signed';
  const sent = rangesOf(event);
  const inside = ranges.every((range) =>
    sent.some(({ origin, from, to }) => origin === range.origin && from <= range.from && range.to <= to),
  );
  if (!inside) return 'it confirms more than its SYNC_EVENT sent';
  // Of what the node held already it neither checks nor confirms the copy: the root then says nothing about its own entries.
  if (sizeOf(ranges) < sizeOf(sent)) return undefined;
  // Nor does the feed of an origin that equivocated: it may hold the other branch by now.
  if (sent.some(({ origin }) => node.disk.seals.has(origin))) return undefined;
  const leaves = sent.flatMap(({ origin, from, to }) =>
    node.disk
      .feed('ledger', origin)
      .slice(from, to)
      .map(({ hash }) => hash),
  );
  return toHex(mth(leaves)) === event.delta_merkle_root
    ? undefined
    : 'the Merkle root of its SYNC_EVENT is not that of the entries';
}

/** Whether a statement in flat JSON hashes to its hash, body included, and is signed by its origin. */
function isSigned(world: World, flat: Record<string, unknown>): boolean {
  const {
    body_hash,
    body_size,
    federation,
    log,
    nonce,
    origin,
    prev,
    seq,
    timestamp,
    type,
    v,
    hash,
    signature,
    ...body
  } = flat;
  const text = JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))));
  if (sha256Hex(text) !== body_hash || text.length !== body_size) return false;
  const header = JSON.stringify({
    body_hash,
    body_size,
    federation,
    log,
    nonce,
    origin,
    prev,
    seq,
    timestamp,
    type,
    v,
  });
  const key = world.table.keys.find(({ peer }) => peer === origin)?.publicKey;
  if (sha256Hex(header) !== hash || key === undefined || federation !== world.federation.id) return false;
  return world.table.verify(key, entryMessage(sha256Hex(header)), Buffer.from(String(signature), 'hex'));
}

function sizeOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

function rangesOf(body: Record<string, unknown>): Range[] {
  const { ranges } = body;
  if (!Array.isArray(ranges)) return [];
  return ranges.map((range: unknown) => {
    const [origin, from, to]: unknown[] = Array.isArray(range) ? range : [];
    return { origin: String(origin), from: Number(from), to: Number(to) };
  });
}
