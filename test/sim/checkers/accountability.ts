/** Accountability: an equivocation that honest nodes have seen on both sides is on every honest ledger in the end, with its proof. */
import { toHex } from '../../../src/core/bytes.ts';
import { isRevoked } from '../../../src/core/sync/revoking.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { isRecord, readDiskEntry } from './disk-entry.ts';

const ZERO_HASH = '00'.repeat(32);

export function accountability(): Checker {
  /** By place, the entries that honest nodes stored there, and which nodes. */
  const seen = new Map<string, Map<string, Set<SimNode>>>();
  return {
    looksAt: ['note'],
    saw(world, node, effect) {
      if (effect.kind !== 'note' || node.hostile) return;
      if (effect.note.name === 'feed_sealed') expectGuilty(world, node, effect.note.origin);
      if (effect.note.name !== 'entries_stored') return;
      for (const entry of effect.note.entries) {
        const place = `${entry.origin} ${entry.seq}`;
        const hash = toHex(entry.hash);
        const entries = seen.get(place) ?? new Map<string, Set<SimNode>>();
        const holders = entries.get(hash) ?? new Set();
        seen.set(place, entries.set(hash, holders.add(node)));
      }
    },
    // What it alone had seen nobody can prove any more.
    forgot(_world, node) {
      for (const entries of seen.values()) for (const holders of entries.values()) holders.delete(node);
    },
    conclude(world) {
      const accused = accusedBy(seen);
      for (const node of world.honest) {
        const scars = scarredOrigins(world, node);
        for (const [origin, seq] of scars) {
          const sealed = [node.disk.seals.get(origin), node.state?.seals.get(origin)];
          if (sealed.some((seal) => seal === undefined || seal.proof.seq > seq))
            world.fail(
              'accountability',
              `node ${node.index} has a scar of ${origin}, and its feed is not sealed there`,
            );
        }
        for (const origin of accused) {
          if (isRevokedSomewhere(world, origin)) continue; // sealed already: nobody who could tell looks for its forks
          if (!scars.has(origin))
            world.fail('accountability', `node ${node.index} has no scar of the equivocation of ${origin}`);
        }
      }
    },
  };
}

/** Origins of which honest nodes hold, or held and did not forget, two entries at one place. */
function accusedBy(seen: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<SimNode>>>): Set<string> {
  const accused = new Set<string>();
  for (const [place, entries] of seen) {
    if ([...entries.values()].filter((holders) => holders.size > 0).length > 1) accused.add(place.split(' ')[0] ?? '');
  }
  return accused;
}

/** A node that lost its disk need not have heard of it again: the word of one that revoked itself is in the seals of the others only. */
function isRevokedSomewhere({ honest }: World, origin: string): boolean {
  return honest.some(({ state }) => state !== undefined && isRevoked(state, origin));
}

/** Honest nodes sign one branch: none of them may be sealed, whoever accuses them. */
function expectGuilty(world: World, node: SimNode, origin: string): void {
  if (world.honest.some(({ peer }) => peer === origin))
    world.fail('accountability', `node ${node.index} sealed the feed of ${origin}, which signed one branch only`);
}

/** Origins that a scar on this disk accuses, and the lowest place it does for. */
function scarredOrigins(world: World, node: SimNode): Map<string, number> {
  const origins = new Map<string, number>();
  for (const feed of node.disk.feeds.values()) {
    let prev = ZERO_HASH;
    for (const placed of feed) {
      const { type, body, hash } = readDiskEntry(placed, world.federation.id, prev);
      prev = hash;
      if (type !== 'SCAR' || !isRecord(body.payload) || body.payload.kind !== 'equivocation') continue;
      const origin = String(body.payload.origin);
      origins.set(origin, Math.min(Number(body.payload.seq), origins.get(origin) ?? Number.POSITIVE_INFINITY));
    }
  }
  return origins;
}
