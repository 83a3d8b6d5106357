/**
 * Decisions that nobody took, told to everyone who asks: with too few declarations, with one in the place of all, or with some that others
 * never signed. Who believes one counts with witnesses of the hostile node's choice.
 */

import { toHex } from '../../../src/core/bytes.ts';
import { authorEntry, type ChainTip } from '../../../src/core/entry/author.ts';
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import { votesNeeded } from '../../../src/core/federation/epochs.ts';
import { emptyHead } from '../../../src/core/ledger/admission.ts';
import { decodeMessage, encodeMessage } from '../../../src/core/sync/messages.ts';
import type { WireStatement } from '../../../src/core/sync/statement.ts';
import { BEGIN_WALL_MS, type SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.5;

export const usurper: Fault = {
  kind: 'usurper',
  install(world, fired) {
    const { dice } = world;
    const node = hostileNode(world);
    const probability = dice.between(0.1, PROBABILITY_MAX);
    tamperWith(node, (effect, bytes) => {
      if (effect.kind !== 'send' || !dice.chance(probability)) return undefined;
      const message = decodeMessage(bytes);
      if (message.kind !== 'frontier') return undefined;
      fired();
      return encodeMessage({ ...message, decisions: [forgedDecision(world, node)] });
    });
  },
};

/** It ends the epoch that an honest node is in. */
function forgedDecision({ dice, honest }: World, node: SimNode) {
  const known = dice.pick(honest).state?.epochs;
  const epoch = known?.epoch ?? 0;
  const needed = known === undefined ? 1 : votesNeeded(known.now);
  const value = dice.uint32();
  const body = { action: 'proposal', epoch, ballot: 0, kind: 'policy', name: 'throne', value };
  const proposal = statementOf(node, node.peer, body);
  const declaration = { action: 'decision', epoch, ballot: 0, proposal: toHex(proposal.entry.hash) };
  const witnesses = [...(known?.now.witnesses.keys() ?? [])].filter((peer) => peer !== node.peer);
  const signers = dice.pick([
    [node.peer],
    Array.from({ length: needed }, () => node.peer),
    [node.peer, ...witnesses].slice(0, needed),
  ]);
  return { proposal, declarations: signers.map((peer) => statementOf(node, peer, declaration)) };
}

/** An entry of whomever, signed by the hostile node, at the beginning of a feed. */
function statementOf(node: SimNode, origin: string, body: JsonObject): WireStatement & { readonly entry: Candidate } {
  const tip: ChainTip = emptyHead(origin, 'ledger');
  const entry = authorEntry(node.author, tip, { type: 'GOVERNANCE', body }, BEGIN_WALL_MS);
  return { origin, seq: entry.seq, prev: entry.prev, entry };
}
