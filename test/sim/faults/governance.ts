/** The members change their witnesses: one is removed, perhaps the hostile one, one admitted, the threshold moved, a policy adopted. */
import type { JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { ballotFor, ballotToPropose, proposalRefusal } from '../../../src/core/federation/governance-state.ts';
import type { Change, GovernanceState } from '../../../src/core/federation/governance-types.ts';
import type { Dice } from '../dice.ts';
import { SECOND } from '../schedule.ts';
import type { SimNode } from '../sim-node.ts';
import type { World } from '../world.ts';
import type { Fault } from './fault.ts';
import { recurring } from './recurring.ts';

const LOOK_US_MEAN = 4 * SECOND;
const NO_CHANCE = 0.03;
const WITNESSES_MIN = 3;

export const governance: Fault = {
  kind: 'governance',
  install(world, fired) {
    world.changesWitnesses = true;
    for (const node of world.nodes) {
      recurring(world, LOOK_US_MEAN * world.slowness, () => {
        if (node.state === undefined || node.state.seals.has(node.peer)) return;
        if (node.state.epochs.writerRefusal(node.peer, node.state.ledger.size(node.peer)) !== undefined) return;
        const body = speak(world, node, node.state.governing.fold.state());
        if (body === undefined) return;
        fired();
        if (isUnlisted(world, node)) world.see('elected_spoke');
        world.append(node, [{ type: 'GOVERNANCE', body }]);
      });
    }
  },
};

/** No writer by the federation file: a decision has made it a witness. */
function isUnlisted({ federation: { writers } }: World, { peer, hostile }: SimNode): boolean {
  return !hostile && writers.mode === 'list' && !writers.peers.has(peer);
}

/** What a member says when it looks: a vote for the first proposal that can pass, or a proposal when there is none. */
function speak(world: World, node: SimNode, state: GovernanceState): JsonObject | undefined {
  const { dice } = world;
  const { epoch } = state;
  for (const { hash } of state.proposals) {
    const ballot = ballotFor(state, node.peer, hash);
    const last = node.state?.governing.signed.vote;
    if (ballot === undefined) continue;
    if (last !== undefined && (last.epoch > epoch || (last.epoch === epoch && last.ballot >= ballot))) return undefined;
    return { action: 'vote', epoch, ballot, proposal: hash, choice: dice.chance(NO_CHANCE) ? 'no' : 'yes' };
  }
  const isOpen = state.proposals.some(({ refusal }) => refusal === null);
  if (isOpen || !state.witnesses.some(({ peer }) => peer === node.peer) || !dice.chance(0.4)) return undefined;
  const change = drawChange(world, state, dice);
  if (proposalRefusal(state, change) !== undefined) return undefined;
  return { action: 'proposal', epoch, ballot: ballotToPropose(state, node.peer), ...bodyOf(change) };
}

function drawChange(world: World, { witnesses, threshold }: GovernanceState, dice: Dice): Change {
  const members = new Set(witnesses.map(({ peer }) => peer));
  const hostile = world.nodes.find((node) => node.hostile && members.has(node.peer));
  const outside = world.nodes.filter(({ peer }) => !members.has(peer));
  const roll = dice.unit();
  if (roll < 0.1) return { kind: 'policy', name: 'tone', value: dice.int(0, 9) };
  const willing = members.size - (hostile === undefined ? 0 : 1);
  if (roll < 0.2) {
    const other = Math.min(willing, Math.max(1, threshold + (dice.chance(0.5) ? 1 : -1)));
    // Where one is hostile, two thresholds must meet in an honest one: nothing is promised otherwise.
    if (hostile === undefined || 2 * other > members.size + 1) return { kind: 'threshold', threshold: other };
  }
  if (outside.length > 0 && (members.size <= WITNESSES_MIN || dice.chance(0.5)))
    return { kind: 'admit', peer: dice.pick(outside).peer, organisation: '' };
  if (members.size <= WITNESSES_MIN) return { kind: 'policy', name: 'tone', value: dice.int(0, 9) };
  // Of four, one of them hostile, the hostile one goes: the honest must be able to go on.
  const leaving =
    hostile !== undefined && (members.size <= WITNESSES_MIN + 1 || dice.chance(0.5))
      ? hostile.peer
      : dice.pick([...members]);
  return { kind: 'remove', peer: leaving };
}

function bodyOf(change: Change): JsonObject {
  switch (change.kind) {
    case 'admit':
      return { kind: change.kind, peer: change.peer, organisation: change.organisation };
    case 'remove':
      return { kind: change.kind, peer: change.peer };
    case 'threshold':
      return { kind: change.kind, threshold: change.threshold };
    case 'policy':
      return { kind: change.kind, name: change.name, value: change.value };
    case 'decision':
      return { kind: change.kind, title: change.title, text: '' };
  }
}
