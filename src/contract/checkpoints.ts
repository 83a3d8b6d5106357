/** Checkpoints and proofs in the forms of other transparency logs (c2sp.org). */
import { z } from 'zod';
import { endpoint, plain } from './endpoint.ts';
import { examples, hash, peerId } from './values.ts';

const cosign = z
  .enum(['true', 'false'], 'must be true or false')
  .optional()
  .meta({
    description: 'Whether this node also cosigns, with the time, a feed of its own; one of another it always does.',
    examples: ['true'],
  });
const TYPE = 'text/plain';

export const checkpointEndpoints = {
  checkpoint: endpoint({
    ...plain,
    id: 'getCheckpoint',
    method: 'GET',
    path: '/v1/feeds/{origin}/checkpoint',
    tag: 'entries',
    summary: 'The checkpoint of a feed as a signed note (C2SP tlog-checkpoint)',
    params: z.object({ origin: peerId }),
    query: z.strictObject({ cosign }),
    answers: { 200: { description: 'The note.', type: TYPE, schema: z.string() } },
    problems: [404],
  }),
  tlogProof: endpoint({
    ...plain,
    id: 'getTlogProof',
    method: 'GET',
    path: '/v1/receipts/{hash}/tlog-proof',
    tag: 'entries',
    summary: 'The proof of an entry of the ledger under a checkpoint of its feed (C2SP tlog-proof)',
    params: z.object({ hash: hash.meta({ description: 'Receipt hash of the entry.', examples: [examples.hash] }) }),
    query: z.strictObject({ cosign }),
    answers: {
      200: { description: 'The proof, and the checkpoint as a signed note.', type: TYPE, schema: z.string() },
    },
    problems: [404],
  }),
};
