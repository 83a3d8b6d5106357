/** Governance: how the federation stands, and this node's proposals and votes. They count when they are final. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { governanceEndpoints } from '../contract/governance.ts';
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { TessraxError } from '../core/errors.ts';
import { governanceRefusal, readGovernanceBody } from '../core/federation/governance-body.ts';
import { ballotFor, ballotToPropose, proposalRefusal } from '../core/federation/governance-state.ts';
import type { Choice, GovernanceState, Outcome, Proposal } from '../core/federation/governance-types.ts';
import { API_PAGE_ENTRIES, PROPOSALS_PER_WITNESS_MAX, PROPOSALS_PER_WRITER_MAX } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import type { NodeHandle } from '../ports.ts';
import { type OwnEntry, OwnGovernance } from './own-governance.ts';
import { badRequest, notFound } from './problem.ts';
import { serve } from './serve.ts';

/** What these routes need of a node. */
export type GovernanceNode = Pick<NodeHandle, 'peerId' | 'append' | 'governance' | 'heads'> & {
  readonly store: Pick<NodeHandle['store'], 'governanceEntries'>;
};

export function governanceRoutes(app: FastifyInstance, node: GovernanceNode): void {
  serve(app, governanceEndpoints.governance, ({ query }) => stateJson(node.governance(), node.peerId, query));
  const own = new OwnGovernance(node);
  serve(app, governanceEndpoints.propose, async ({ body }, reply) =>
    answer(reply, await own.inTurn(() => propose(node, own, body))),
  );
  serve(app, governanceEndpoints.vote, async ({ body }, reply) =>
    answer(reply, await own.inTurn(() => vote(node, own, body))),
  );
}

/** What was said already is no second entry: the answer names the first one. */
function answer(reply: FastifyReply, { json, existing }: OwnEntry): JsonObject {
  reply.code(existing ? 200 : 201);
  return json;
}

/** A change; epoch and ballot are those that are open. Refuses what could never be adopted. */
async function propose(node: GovernanceNode, own: OwnGovernance, json: JsonObject): Promise<OwnEntry> {
  const state = node.governance();
  const { epoch } = state;
  const ballot = ballotToPropose(state, node.peerId);
  for (const name of ['action', 'epoch', 'ballot']) {
    if (Object.hasOwn(json, name)) throw badRequest(`leave "${name}" out: the node fills it in`);
  }
  const body = { ...json, action: 'proposal' as const, epoch, ballot };
  const typed = readGovernanceBody(body);
  if (typed?.action !== 'proposal') throw badRequest(governanceRefusal(body) ?? 'this is not a proposal');
  const refusal = proposalRefusal(state, typed.change);
  if (refusal !== undefined) {
    throw new TessraxError('proposal_refused', `this could not be adopted: ${refusal}`, {
      remedy: 'propose something else',
      fields: { epoch },
    });
  }
  const said = await own.find(body);
  if (said !== undefined) return said;
  const isWitness = state.witnesses.some(({ peer }) => peer === node.peerId);
  const max = isWitness ? PROPOSALS_PER_WITNESS_MAX : PROPOSALS_PER_WRITER_MAX;
  if (state.proposals.filter(({ origin }) => origin === node.peerId).length >= max) {
    throw new TessraxError(
      'proposals_used_up',
      `of one ${isWitness ? 'witness' : 'writer'} ${max} proposals count in an epoch`,
      {
        remedy: 'wait until one is adopted, or ask another member to propose it',
        fields: { epoch, max },
      },
    );
  }
  return await own.append(body);
}

interface VoteJson {
  readonly proposal: string;
  readonly choice: Choice;
  readonly again?: boolean | undefined;
}

async function vote(
  node: GovernanceNode,
  own: OwnGovernance,
  { proposal, choice, again = false }: VoteJson,
): Promise<OwnEntry> {
  const state = node.governance();
  const standing = state.proposals.find(({ hash }) => hash === proposal);
  if (standing === undefined)
    throw notFound(`proposal ${proposal}, among those of epoch ${state.epoch} that are final,`);
  if (standing.refusal !== null) {
    throw new TessraxError('proposal_refused', `this cannot be adopted: ${standing.refusal}`, {
      remedy: 'vote on another one',
    });
  }
  if (!state.witnesses.some(({ peer }) => peer === node.peerId)) {
    throw new TessraxError(
      'not_a_witness',
      `this node is not a witness in epoch ${state.epoch}: its vote would not count`,
      {
        remedy: 'a witness votes with its own node',
      },
    );
  }
  const ballot = ballotFor(state, node.peerId, proposal);
  const fields = { epoch: state.epoch, ballot: state.ballot };
  if (ballot === undefined) {
    throw new TessraxError('vote_closed', 'this node has voted, or another proposal may still be adopted', {
      remedy: 'the next ballot opens when it cannot: tessrax governance show',
      fields,
    });
  }
  if (!again && hasVoted(state, node.peerId, proposal, choice)) {
    throw new TessraxError('vote_repeated', `this node has voted ${choice} already, and its vote still counts`, {
      remedy: 'vote again, in the next ballot, when a witness who voted otherwise will join: "again": true, or --again',
      fields,
    });
  }
  const body: JsonObject = { action: 'vote', epoch: state.epoch, ballot, proposal, choice };
  return (await own.find(body)) ?? (await own.append(body));
}

function hasVoted({ ballots }: GovernanceState, self: PeerIdText, hash: string, own: Choice): boolean {
  return ballots.some(({ votes }) =>
    votes.some(({ witness, proposal, choice }) => witness === self && proposal === hash && choice === own),
  );
}

interface Page {
  readonly limit?: number | undefined;
  readonly before?: number | undefined;
}

/** Of what is over, the newest come first asked. */
function stateJson(state: GovernanceState, self: PeerIdText, { limit = API_PAGE_ENTRIES, before }: Page) {
  const { epoch, electedIn, witnesses, threshold, needed, adopted, policies, ballot, ballots, proposals } = state;
  const past = state.history.slice(0, before);
  return {
    epoch,
    elected_in: electedIn,
    ballot,
    threshold,
    needed,
    adopted,
    witnesses,
    policies,
    ballots,
    proposals: proposals.map((proposal) => ({
      ...proposalJson(proposal),
      refusal: proposal.refusal,
      yes: proposal.yes,
      no: proposal.no,
      own_ballot: ballotFor(state, self, proposal.hash) ?? null,
    })),
    history: past.slice(Math.max(0, past.length - limit)).map(outcomeJson),
  };
}

function outcomeJson({ epoch, proposal, votes, witnessCount, threshold }: Outcome) {
  return { epoch, proposal: proposalJson(proposal), votes, witness_count: witnessCount, threshold };
}

function proposalJson({ hash, origin, ballot, change }: Proposal) {
  return { hash, origin, ballot, ...change };
}
