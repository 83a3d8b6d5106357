/** Governance: how the federation stands, and this node's proposals and votes. */
import { z } from 'zod';
import { API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX, GOVERNANCE_EPOCH_MAX } from '../core/limits.ts';
import { endpoint, plain } from './endpoint.ts';
import { anyObject, count, examples, hash, peerId, wholeNumber } from './values.ts';

const choice = z.enum(['yes', 'no']);
/** What a proposal would change: members by kind. */
const change = {
  kind: z.enum(['admit', 'remove', 'threshold', 'policy', 'decision']),
  peer: z.string().optional(),
  organisation: z.string().optional(),
  threshold: z.number().optional(),
  name: z.string().optional(),
  value: z.unknown().optional(),
  title: z.string().optional(),
};
const proposal = z.object({ hash, origin: peerId, ballot: count, ...change }).meta({ id: 'Proposal' });

export const governance = z
  .object({
    epoch: count,
    elected_in: count.meta({ description: 'The epoch in which these witnesses and this threshold came into force.' }),
    ballot: count.meta({ description: 'The newest ballot that is open.' }),
    threshold: count,
    needed: count.meta({
      description:
        'Yes votes that a proposal needs to be adopted; and as many witnesses must declare that, to end the epoch.',
    }),
    adopted: z
      .object({ proposal: hash, ballot: count, declared: count })
      .nullable()
      .meta({ description: 'What this epoch has adopted. Witnesses declare it by themselves; then the epoch ends.' }),
    witnesses: z.array(z.object({ peer: peerId, organisation: z.string() })),
    policies: z.array(z.object({ name: z.string(), value: z.unknown(), since: count })),
    ballots: z.array(
      z.object({
        ballot: count,
        only: hash.nullable(),
        votes: z.array(z.object({ witness: peerId, proposal: hash, choice })),
        remaining: z.array(peerId),
      }),
    ),
    proposals: z.array(
      z.object({
        ...proposal.shape,
        refusal: z.string().nullable(),
        yes: count,
        no: count,
        own_ballot: count.nullable().meta({ description: 'The ballot in which this node may vote on it.' }),
      }),
    ),
    history: z.array(
      z.object({
        epoch: count,
        proposal,
        votes: z.array(z.object({ witness: peerId, ballot: count, hash })),
        witness_count: count,
        threshold: count,
      }),
    ),
  })
  .meta({ id: 'Governance' });

const place = { hash, seq: count, origin: peerId, epoch: count, ballot: count };
const existing = z.boolean().optional().meta({ description: 'This node had said so already: nothing was appended.' });
const proposalEntry = z.object({
  ...place,
  action: z.literal('proposal'),
  ...change,
  text: z.string().optional(),
  existing,
});
const voteEntry = z.object({ ...place, action: z.literal('vote'), proposal: hash, choice, existing });
/** The node gives the body as it stands in the entry. */
const proposed: z.ZodType<z.output<typeof proposalEntry>, object> = proposalEntry;
const voted: z.ZodType<z.output<typeof voteEntry>, object> = voteEntry;
const exampleStored = { hash: examples.hash, seq: 8, origin: examples.peer, epoch: 0, ballot: 0 };
const exampleProposed = { ...exampleStored, action: 'proposal', kind: 'policy', name: 'retention', value: 'P10Y' };
const exampleVoted = { ...exampleStored, action: 'vote', proposal: examples.hash, choice: 'yes' };

export const governanceEndpoints = {
  governance: endpoint({
    ...plain,
    id: 'getGovernance',
    method: 'GET',
    path: '/v1/governance',
    tag: 'federation',
    summary: 'Witnesses, threshold, policies, what is being voted on, and how earlier epochs ended',
    query: z.strictObject({
      limit: wholeNumber(0, API_PAGE_ENTRIES_MAX)
        .optional()
        .meta({ description: `Epochs of history, ${API_PAGE_ENTRIES} unless told otherwise.`, examples: [10] }),
      before: wholeNumber(0, Number.MAX_SAFE_INTEGER)
        .optional()
        .meta({ description: `Only epochs before this one, of at most ${GOVERNANCE_EPOCH_MAX}.`, examples: [12] }),
    }),
    answers: {
      200: {
        description: 'What the certified governance entries give.',
        schema: governance,
        example: {
          epoch: 0,
          elected_in: 0,
          ballot: 0,
          threshold: 1,
          needed: 1,
          adopted: null,
          witnesses: [{ peer: examples.peer, organisation: 'Harbour' }],
          policies: [],
          ballots: [],
          proposals: [],
          history: [],
        },
      },
    },
  }),
  propose: endpoint({
    ...plain,
    id: 'propose',
    method: 'POST',
    path: '/v1/governance/proposals',
    tag: 'federation',
    summary: 'Propose a change; epoch and ballot are filled in by the node',
    body: {
      description: 'The kind of change, and the members that it has.',
      schema: anyObject,
      example: { kind: 'policy', name: 'retention', value: 'P10Y' },
    },
    answers: {
      200: {
        description: 'This node had said so already, in this epoch and ballot: the entry that says it.',
        schema: proposed,
        example: { ...exampleProposed, existing: true },
      },
      201: { description: 'Durable: it counts when it is final.', schema: proposed, example: exampleProposed },
    },
    problems: [401, 403, 409, 413, 415],
  }),
  vote: endpoint({
    ...plain,
    id: 'vote',
    method: 'POST',
    path: '/v1/governance/votes',
    tag: 'federation',
    summary: 'Vote on a proposal, as this node',
    body: {
      description: 'The proposal, by its receipt hash, and the choice.',
      schema: z.strictObject({
        proposal: hash,
        choice,
        again: z.boolean().optional().meta({ description: 'Vote although a vote of the same choice still counts.' }),
      }),
      example: { proposal: examples.hash, choice: 'yes' },
    },
    answers: {
      200: {
        description: 'This node had said so already, in this epoch and ballot: the entry that says it.',
        schema: voted,
        example: { ...exampleVoted, existing: true },
      },
      201: { description: 'Durable: it counts when it is final.', schema: voted, example: exampleVoted },
    },
    problems: [401, 403, 404, 409, 413, 415],
  }),
};
