/** Accountability: an equivocation that honest nodes have seen on both sides is on every honest ledger in the end, with its proof. */
import { toHex } from '../../../src/core/bytes.ts';
import { isRevoked } from '../../../src/core/sync/revoking.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { isRecord, readDiskEntry } from './disk-entry.ts';

const ZERO_HASH = '00'.repeat(32);

export function accountability(): Checker {
  /** The first entry that an honest node stored at each place. */
  const seen = new Map<string, string>();
  const accused = new Set<string>();
  return {
    stepped(world, node, _event, effects) {
      if (node.hostile) return;
      for (const effect of effects) {
        if (effect.kind !== 'note') continue;
        if (effect.note.name === 'feed_sealed') expectGuilty(world, node, effect.note.origin);
        if (effect.note.name !== 'entries_stored') continue;
        for (const { origin, seq, hash } of effect.note.entries) {
          const place = `${origin} ${seq}`;
          const first = seen.get(place) ?? toHex(hash);
          seen.set(place, first);
          if (first !== toHex(hash)) accused.add(origin);
        }
      }
    },
    conclude(world) {
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
          if (node.state !== undefined && isRevoked(node.state, origin)) continue; // sealed already: nobody looks for its forks
          if (!scars.has(origin))
            world.fail('accountability', `node ${node.index} has no scar of the equivocation of ${origin}`);
        }
      }
    },
  };
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
