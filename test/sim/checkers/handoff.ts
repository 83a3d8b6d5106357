/** Handoff: who begins to vote with new witnesses holds all that earlier ones have made final, or ever will. */
import type { SimNode } from '../sim-node.ts';
import type { Checker } from './checker.ts';
import { epochOfVote } from './votes.ts';

/** What a node held when it took over. */
interface Beginning {
  readonly node: SimNode;
  readonly since: number;
  readonly sizes: ReadonlyMap<string, number>;
}

/** What the witnesses of an epoch certified of a feed. */
interface Certified {
  readonly epoch: number;
  readonly origin: string;
  readonly size: number;
}

export function handoff(): Checker {
  const beginnings: Beginning[] = [];
  const certified = new Map<string, Certified>();
  return {
    looksAt: ['store'],
    saw(_world, node, effect) {
      if (effect.kind !== 'store' || node.hostile) return;
      const { votes = [], votingSince } = effect.write;
      if (votingSince !== undefined) beginnings.push({ node, since: votingSince, sizes: sizesOf(node) });
      for (const { checkpoint, core } of votes) {
        const epoch = epochOfVote(core);
        const name = `${epoch} ${checkpoint.origin}`;
        // Several sizes are certified by the votes of one write: each of them by all that reach it.
        const size = effect.write.certified?.find(({ origin }) => origin === checkpoint.origin)?.size ?? 0;
        if (size > (certified.get(name)?.size ?? 0)) certified.set(name, { epoch, origin: checkpoint.origin, size });
      }
    },
    conclude(world) {
      const sealed = new Set(world.honest.flatMap(({ disk }) => [...disk.seals.keys()]));
      for (const { node, since, sizes } of beginnings) {
        if (node.hostile || node.lapsed) continue;
        for (const { epoch, origin, size } of certified.values()) {
          if (epoch >= since || sealed.has(origin) || (sizes.get(origin) ?? 0) >= size) continue;
          world.fail(
            'finality',
            `node ${node.index} votes with the witnesses of epoch ${since} and holds ${sizes.get(origin) ?? 0} entries of ${origin}, of which those of epoch ${epoch} certify ${size}`,
          );
        }
      }
    },
  };
}

function sizesOf({ disk }: SimNode): ReadonlyMap<string, number> {
  return new Map(
    [...disk.feeds.values()].flatMap((feed) => {
      const [first] = feed;
      return first?.log === 'ledger' ? [[first.origin, feed.length]] : [];
    }),
  );
}
