/** A declaration of our own when the fold adopts a proposal. Those of enough witnesses end the epoch, and prove how it ended. */
import { append } from './append.ts';
import { NOBODY } from './scars.ts';
import type { NodeState } from './state.ts';

/** Declares what the present epoch has adopted: once, where this node is one of its witnesses. */
export function declareAdopted(state: NodeState): void {
  const { governing, rejoin, seals, epochs, ledger, self } = state;
  const { adopted, epoch } = governing.fold;
  if (adopted === undefined || !governing.fold.witnesses(epoch).has(self)) return;
  if (epoch <= (governing.signed.declared ?? -1) || !rejoin.open || seals.has(self)) return;
  if (epochs.writerRefusal(self, ledger.size(self)) !== undefined) return;
  const body = { action: 'decision', epoch, ballot: adopted.ballot, proposal: adopted.proposal };
  append(state, { request: NOBODY, drafts: [{ type: 'GOVERNANCE', body }] });
}
