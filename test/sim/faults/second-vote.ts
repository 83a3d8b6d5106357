/**
 * More than one vote in a ballot: honest nodes are asked for a second one, the other way, or to declare what was not adopted; the hostile
 * one votes yes as often as it likes.
 */
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';
import { recurring } from './recurring.ts';

const LOOK_US_MEAN = 3 * SECOND;
const DECLARE_CHANCE = 0.2;

/** There is something to vote on only where the members govern. */
export const secondVote: Fault = {
  kind: 'second_vote',
  install(world, fired) {
    const hostile = hostileNode(world);
    for (const node of world.nodes) {
      recurring(world, LOOK_US_MEAN, () => {
        if (world.changesWitnesses && voteAgain(world, node, node === hostile)) fired();
      });
    }
  },
};

function voteAgain(world: World, node: SimNode, hostile: boolean): boolean {
  const { state } = node;
  if (state === undefined || state.seals.has(node.peer)) return false;
  if (state.epochs.writerRefusal(node.peer, state.ledger.size(node.peer)) !== undefined) return false;
  const { epoch, proposals, ballots } = state.governing.fold.state();
  const standing = proposals.filter(({ refusal }) => refusal === null);
  const [open] = ballots;
  if (standing.length === 0 || open === undefined) return false;
  const proposal = world.dice.pick(standing);
  if (proposal.ballot > open.ballot) return false;
  if (!hostile && world.dice.chance(DECLARE_CHANCE)) {
    const body = { action: 'decision', epoch, ballot: open.ballot, proposal: proposal.hash };
    world.append(node, [{ type: 'GOVERNANCE', body }]);
    return true;
  }
  const last = state.governing.signed.vote;
  const hasVoted = last !== undefined && last.epoch === epoch && last.ballot >= open.ballot;
  if (!hasVoted && !hostile) return false;
  if (hostile) state.governing.signed = { ...state.governing.signed, vote: undefined }; // it does not mind its own ballot box
  const choice = hostile || world.dice.chance(0.5) ? 'yes' : 'no';
  const body = { action: 'vote', epoch, ballot: open.ballot, proposal: proposal.hash, choice };
  world.append(node, [{ type: 'GOVERNANCE', body }]);
  return true;
}
