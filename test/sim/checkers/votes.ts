/** Finality rests on votes: what a node keeps as one is that of a witness, for what the node itself holds. */
import { toHex } from '../../../src/core/bytes.ts';
import type { Vote } from '../../../src/core/federation/vote.ts';
import { mth } from '../../reference/merkle.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { type Electorate, electedWith } from './electorates.ts';

export function votes(): Checker {
  /** Roots by size and last entry, which is bound to all before it. */
  const roots = new Map<string, string>();
  const electorates = new Map<number, Electorate>();
  return {
    looksAt: ['store'],
    saw(world, node, effect) {
      if (effect.kind !== 'store' || node.hostile) return;
      for (const vote of effect.write.votes ?? []) expectGenuine(world, node, vote);
    },
  };

  function expectGenuine(world: World, node: SimNode, { witness, checkpoint, core }: Vote): void {
    const { origin, size, root } = checkpoint;
    const { epoch, closed } = placeOf(core);
    const electorate = electorates.get(epoch) ?? electedWith(world, epoch);
    if (electorate !== undefined) electorates.set(epoch, electorate);
    if (closed || electorate?.witnesses.has(witness) !== true)
      world.fail('finality', `node ${node.index} counts the vote of ${witness}, which is no witness of epoch ${epoch}`);
    const hashes = node.disk
      .feed('ledger', origin)
      .slice(0, size)
      .map(({ hash }) => hash);
    const last = hashes.at(-1);
    if (hashes.length !== size || last === undefined) return; // cut off meanwhile
    const place = `${size} ${toHex(last)}`;
    const own = roots.get(place) ?? toHex(mth(hashes));
    roots.set(place, own);
    if (toHex(root) !== own)
      world.fail('finality', `node ${node.index} counts a vote of ${witness} for another branch of ${origin}`);
  }
}

export function epochOfVote(core: Uint8Array): number {
  return placeOf(core).epoch;
}

/** Epoch and flag in the signed part of a heartbeat, behind version, federation and node. */
function placeOf(core: Uint8Array): { readonly epoch: number; readonly closed: boolean } {
  let at = 1 + 32 + 32;
  let epoch = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = core[at++] ?? 0;
    epoch += (byte & 127) * unit;
    if (byte < 128) break;
  }
  return { epoch, closed: core[at] !== 0 };
}
