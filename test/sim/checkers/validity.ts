/** Validity: every entry on every honest disk verifies from the beginning of its feed, and heads say what the entries say. */
import { toHex } from '../../../src/core/bytes.ts';
import type { PlacedEntry } from '../../../src/core/events.ts';
import type { FeedHead } from '../../../src/core/ledger/feed.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { type DiskEntry, entryMessage, readDiskEntry, sha256Hex } from './disk-entry.ts';
import { type FeedRoots, feedRoot } from './ledger-root.ts';

const ZERO_HASH = '00'.repeat(32);
const ZERO_NONCE = '00'.repeat(16);

export function validity(): Checker {
  const signed = new WeakSet<DiskEntry>();
  const roots: FeedRoots = new Map();
  return {
    conclude(world) {
      for (const node of world.honest) {
        for (const [name, feed] of node.disk.feeds) {
          const wrong = feedFault(world, feed, signed) ?? headFault(name, node.disk.heads.get(name), feed, roots);
          if (wrong !== undefined) world.fail('validity', `node ${node.index}, ${name}: ${wrong}`);
        }
        if (rootOfPeaksFault(node)) world.fail('validity', `node ${node.index} has heads of feeds it does not hold`);
      }
    },
  };
}

/** What is wrong with the first wrong entry. */
function feedFault(world: World, feed: readonly PlacedEntry[], signed: WeakSet<DiskEntry>): string | undefined {
  let prev = ZERO_HASH;
  let nonce = ZERO_NONCE;
  let timestampMs = 0;
  for (const [seq, placed] of feed.entries()) {
    let entry: DiskEntry;
    try {
      entry = readDiskEntry(placed, world.federation.id, prev);
    } catch (error) {
      return `entry ${seq}: ${String(error)}`;
    }
    if (placed.seq !== seq) return `entry ${placed.seq} lies at ${seq}`;
    if (entry.hash !== toHex(placed.hash)) return `entry ${seq} has another hash than it is kept under`;
    if (
      !signed.has(entry) &&
      !world.table.verify(keyOf(world, placed.origin), entryMessage(entry.hash), entry.signature)
    )
      return `entry ${seq} is not signed by its origin`;
    signed.add(entry);
    if (entry.nonce <= nonce) return `entry ${seq}: the nonce does not rise`;
    if (entry.timestampMs < timestampMs) return `entry ${seq}: the time goes back`;
    if ((placed.log === 'journal') !== entry.type.startsWith('SYNC_'))
      return `entry ${seq}: a ${entry.type} in a ${placed.log}`;
    ({ hash: prev, nonce, timestampMs } = entry);
  }
  return undefined;
}

/** A head must be the one that its entries give. */
function headFault(
  name: string,
  head: FeedHead | undefined,
  feed: readonly PlacedEntry[],
  roots: FeedRoots,
): string | undefined {
  const last = feed.at(-1);
  if (head === undefined || last === undefined) return 'a feed without a head';
  if (head.size !== feed.length) return `the head says ${head.size} entries, there are ${feed.length}`;
  if (toHex(head.hash) !== toHex(last.hash)) return 'the head names another last entry';
  const root = feedRoot(name, feed, roots); // the chain was checked: the last entry names all before it
  return toHex(foldPeaks(head.peaks)) === toHex(root)
    ? undefined
    : 'the peaks of the head do not give the root of the entries';
}

/** RFC 9162: the right edge folds into the root from the right. */
function foldPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  return peaks.reduceRight((right, left) =>
    Buffer.from(sha256Hex(Buffer.concat([Uint8Array.of(1), left, right])), 'hex'),
  );
}

function rootOfPeaksFault(node: SimNode): boolean {
  return [...node.disk.heads.keys()].some((name) => !node.disk.feeds.has(name));
}

function keyOf(world: World, origin: string): Uint8Array {
  return world.table.keys.find(({ peer }) => peer === origin)?.publicKey ?? new Uint8Array();
}
