/** Revocation: who is revoked or about to be, and this node's own statement. */
import { z } from 'zod';
import { REVOCATION_REASON_LENGTH_MAX } from '../core/limits.ts';
import { endpoint, plain } from './endpoint.ts';
import { count, examples, hash, idempotencyKey, peerId } from './values.ts';

const preview = z
  .object({ entries: count, kept: count, quarantined: count })
  .meta({ description: 'What a revocation in force would leave of the feed, by what this node holds.' });
const examplePreview = { entries: 40, kept: 38, quarantined: 2 };

export const revocationEndpoints = {
  revocations: endpoint({
    ...plain,
    id: 'listRevocations',
    method: 'GET',
    path: '/v1/revocations',
    tag: 'federation',
    summary: 'Who is revoked, in whole or in part, and by whom',
    query: z.strictObject({
      target: peerId.optional().meta({ description: 'Only this node, with a preview.', examples: [examples.peer] }),
    }),
    answers: {
      200: {
        description: 'The revocations that were stated, and how many witnesses put one in force.',
        schema: z.object({
          revocations: z.array(z.object({ target: peerId, signers: z.array(peerId), in_force: z.boolean() })),
          threshold: count,
          preview: preview.optional(),
        }),
        example: {
          revocations: [{ target: examples.peer, signers: [examples.peer], in_force: true }],
          threshold: 3,
          preview: examplePreview,
        },
      },
    },
  }),
  revoke: endpoint({
    ...plain,
    id: 'revoke',
    method: 'POST',
    path: '/v1/revocations',
    tag: 'federation',
    summary: 'State, as this node, that a node is revoked',
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: {
      description: 'Whom, and why.',
      schema: z.strictObject({
        target: peerId,
        reason: z.string().min(1).max(REVOCATION_REASON_LENGTH_MAX),
      }),
      example: { target: examples.peer, reason: 'key lost' },
    },
    answers: {
      201: {
        description:
          'The statement is durable. It is in force with those of a threshold of witnesses, or as the word of the node itself.',
        schema: z.object({ target: peerId, hash, preview }),
        example: { target: examples.peer, hash: examples.hash, preview: examplePreview },
      },
    },
    problems: [401, 409, 413, 415, 422, 507],
  }),
};
