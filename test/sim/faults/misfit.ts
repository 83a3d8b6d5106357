/** An origin signs an entry that does not continue its own feed: another predecessor, a nonce that does not rise, a time that goes back. */
import { authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import { ZERO_NONCE } from '../../../src/core/entry/header.ts';
import { EVERYONE } from '../../../src/core/entry/types.ts';
import { syncEventDraft } from '../../../src/core/sync/delta.ts';
import { decodeMessage } from '../../../src/core/sync/messages.ts';
import type { Dice } from '../dice.ts';
import type { SimNode } from '../sim-node.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';
import { type Delta, resigned } from './resigned.ts';

const PROBABILITY_MAX = 0.5;
const RECEIPT = { type: 'RECEIPT', body: { payload: { misfit: true } } };

export const misfit: Fault = {
  kind: 'misfit',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (effect.kind !== 'publish' || effect.topic !== 'entries' || !dice.chance(probability)) return undefined;
      const push = decodeMessage(bytes);
      const changed = push.kind === 'delta' ? withMisfit(push, node, dice) : undefined;
      if (changed !== undefined) fired();
      return changed;
    });
  },
};

/** The push with its first entry replaced. The first of a feed has nothing before it that it could contradict: undefined. */
function withMisfit(push: Delta, node: SimNode, dice: Dice): Uint8Array | undefined {
  const [run] = push.runs;
  const [first] = run?.entries ?? [];
  if (run === undefined || first === undefined || run.from === 0) return undefined;
  const { timestampMs, nonce } = first;
  const fitting: ChainTip = { origin: run.origin, log: 'ledger', size: run.from, hash: run.prev, timestampMs, nonce };
  const tip = dice.pick<ChainTip>([
    { ...fitting, hash: dice.bytes(32) },
    { ...fitting, nonce: ZERO_NONCE },
    { ...fitting, timestampMs: 0 },
  ]);
  // Without dice the nonce is the tip's and one: 1 after none, which is below every other.
  const author = { ...node.author, random: (count: number) => new Uint8Array(count) };
  const entry = authorEntry(author, tip, RECEIPT, Math.max(1, tip.timestampMs));
  const runs = [{ ...run, prev: tip.hash, entries: [entry] }];
  return resigned(push, runs, syncEventDraft(EVERYONE, [[entry]]), node);
}
