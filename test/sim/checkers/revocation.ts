/** Revocation: what honest ledgers revoke is sealed on every honest node, with nothing but certified content. */
import { isRevocation } from '../../../src/core/ledger/seal-reason.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { readDiskEntry, readParts } from './disk-entry.ts';
import { electoratesOf } from './electorates.ts';
import { begunElectorates } from './governance.ts';

const ZERO_HASH = '00'.repeat(32);

export function revocation(): Checker {
  /** Who was called revoked, and by whom. What speaks for it may be on its way to the disk then, so it is looked for in the end. */
  const revoked = new Map<string, Set<SimNode>>();
  return {
    looksAt: ['note'],
    saw(_world, node, effect) {
      if (effect.kind !== 'note' || node.hostile) return;
      if (effect.note.name !== 'feed_sealed' || effect.note.revoked !== true) return;
      const { origin } = effect.note;
      revoked.set(origin, (revoked.get(origin) ?? new Set()).add(node));
    },
    conclude(world) {
      for (const [origin, by] of revoked) {
        // What one alone had heard went with its disk.
        const node = [...by].find(({ lapsed }) => !lapsed);
        if (node !== undefined && !isSpoken(world, origin))
          world.fail('revocation', `node ${node.index} revokes ${origin}, and too few have said so`);
      }
      for (const node of world.honest) {
        for (const target of revokedOn(world, node)) {
          const size = node.disk.feed('ledger', target).length;
          const certified = node.disk.certified.get(target) ?? 0;
          if (target !== node.peer && node.state?.peers.has(target) === true)
            world.fail('revocation', `node ${node.index} is connected to ${target}, which is revoked`);
          if (!node.disk.seals.has(target)) world.fail('revocation', `node ${node.index} did not seal ${target}`);
          else if (size > Math.max(certified, heldAgain(node, target))) {
            world.fail(
              'revocation',
              `node ${node.index} keeps ${size} entries of ${target}, ${certified} are certified`,
            );
          }
        }
      }
    },
  };
}

/** What a node may hold again by a certificate that counts no more: one in which its own vote stands. */
function heldAgain({ disk, peer }: SimNode, target: string): number {
  const certificate = [...disk.seals.values()].find(({ proof }) => proof.origin === target)?.certificate;
  const isOwn = certificate?.votes.some(({ vote }) => vote.witness === peer) === true;
  return isOwn ? certificate.checkpoint.size : 0;
}

/**
 * Whether enough have said it on their own disks: one node may have heard them all before it has stored what it heard. Whose disk was
 * lost, or whose word is of a branch that was cut off, is heard of in the proofs of others.
 */
function isSpoken(world: World, target: string): boolean {
  const signers = world.nodes.filter(({ peer, disk }) =>
    disk.feed('ledger', peer).some(({ bytes }) => {
      const { type, bodyBytes } = readParts(bytes);
      return type === 'REVOCATION' && bodyBytes.includes(`"target":"${target}"`);
    }),
  );
  const spoken = new Set([...signers, ...quotedBy(world, target)].map(({ peer }) => peer));
  const isQuorum = electoratesOf(world).all.some(
    ({ witnesses, threshold }) => [...witnesses].filter((peer) => spoken.has(peer)).length >= threshold,
  );
  return isQuorum || spoken.has(target);
}

/** Those who cannot be asked any more what they said, and are quoted by honest nodes. */
function quotedBy(world: World, target: string): SimNode[] {
  const quoted = new Set(
    world.honest.flatMap(({ disk }) => {
      const proof = disk.seals.get(target)?.proof;
      return proof !== undefined && isRevocation(proof) ? proof.statements.map(({ origin }) => String(origin)) : [];
    }),
  );
  return world.nodes.filter(({ peer, lapsed }) => quoted.has(peer) && (lapsed || peer === target));
}

/** Who is revoked by what is on the disk: by themselves, or by a threshold of witnesses. */
function revokedOn(world: World, node: SimNode): string[] {
  const signers = new Map<string, Set<string>>();
  for (const feed of node.disk.feeds.values()) {
    let prev = ZERO_HASH;
    for (const placed of feed) {
      const { type, body, hash } = readDiskEntry(placed, world.federation.id, prev);
      prev = hash;
      if (type !== 'REVOCATION') continue;
      const target = String(body.target);
      signers.set(target, (signers.get(target) ?? new Set()).add(placed.origin));
    }
  }
  // That all honest nodes are in the epoch they can know of is for the checker of governance to see.
  const all = begunElectorates(world);
  return [...signers].flatMap(([target, by]) => {
    const isQuorum = all.some(
      ({ witnesses, threshold }) => [...by].filter((peer) => witnesses.has(peer)).length >= threshold,
    );
    return by.has(target) || isQuorum ? [target] : [];
  });
}
