/** The ledger as a file that anybody can verify offline. */
import { z } from 'zod';
import { EXPORT_FORMAT } from '../core/proof.ts';
import { endpoint, plain } from './endpoint.ts';
import { checkpoint } from './node.ts';
import { anyObject, count, cursor, examples, hash, peerId, signature, timestamp } from './values.ts';

export const exportHeader = z.object({
  federation: anyObject.meta({ description: 'The federation file.' }),
  feeds: z.array(checkpoint),
  statement: z.object({ federation: hash, node: peerId, height: count, feeds: count, root: hash, timestamp }),
  signature,
  decisions: z
    .array(anyObject)
    .optional()
    .meta({ description: 'What made witnesses of origins that the file does not let write.' }),
});

/** The first line of an export. Feeds that `parts` does not name are not in it; without `parts`, all are, from their first entry on. */
export const exportFirstLine = exportHeader.extend({
  format: z.literal(EXPORT_FORMAT),
  parts: z.array(z.object({ origin: peerId, from: count, peaks: z.array(hash) })).optional(),
});

const exampleExportHeader = {
  federation: { name: 'harbour' },
  feeds: [{ origin: examples.peer, size: 1204, root: examples.hash }],
  statement: {
    federation: examples.hash,
    node: examples.peer,
    height: 1204,
    feeds: 1,
    root: examples.hash,
    timestamp: examples.timestamp,
  },
  signature: examples.hash + examples.hash,
};

export const exportEndpoints = {
  exportHeader: endpoint({
    ...plain,
    id: 'getExportHeader',
    method: 'GET',
    path: '/v1/export/header',
    tag: 'entries',
    summary:
      'What an export begins with: the federation file, the feeds of this moment, and a signature under their root',
    answers: { 200: { description: 'The header.', schema: exportHeader, example: exampleExportHeader } },
  }),
  export: endpoint({
    ...plain,
    id: 'exportLedger',
    method: 'GET',
    path: '/v1/export',
    tag: 'entries',
    summary: 'The ledger, or a part of it, as JSON Lines',
    description:
      'A header line, then every entry, as `tessrax export` writes them and `tessrax verify` checks them. It is sent as fast as it is read; an answer that ends without its last chunk is not complete.',
    query: z.strictObject({
      from: cursor.optional().meta({
        description: 'Begin at this entry, in the order of the feeds (by public key).',
        examples: [examples.cursor],
      }),
      origin: peerId.optional().meta({ description: 'Only the feed of this node.', examples: [examples.peer] }),
    }),
    answers: {
      200: {
        description: 'A line for the header, and one for each entry.',
        type: 'application/jsonl',
        schema: z.string(),
      },
    },
    problems: [404],
  }),
};
