/** Sealed feeds, and what was cut off them. */
import { z } from 'zod';
import { API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX } from '../core/limits.ts';
import type { DeepReadonly } from './endpoint.ts';
import { endpoint, plain } from './endpoint.ts';
import { entry, exampleEntry } from './entry.ts';
import { count, examples, peerId, wholeNumber } from './values.ts';

export const sealedFeed = z
  .object({
    origin: peerId,
    from: count.meta({ description: 'From this entry on only what is certified stays.' }),
    reason: z.enum(['equivocation', 'revocation']),
    kept: count,
    certified: count,
    recorded: z.boolean().meta({ description: 'Whether the ledger has a SCAR of it.' }),
    quarantined: count.optional(),
    quarantined_at_least: count
      .optional()
      .meta({ description: 'Instead of `quarantined`, when there are too many to count.' }),
  })
  .meta({ id: 'SealedFeed' });
export type SealedFeed = DeepReadonly<z.input<typeof sealedFeed>>;

const EXAMPLE_CURSOR = `40:${examples.hash}`;
const cursor = z.string().regex(/^\d{1,16}:[0-9a-f]{64}$/, 'is not a cursor that this API gave');

export const sealedEndpoints = {
  quarantine: endpoint({
    ...plain,
    id: 'listQuarantine',
    method: 'GET',
    path: '/v1/quarantine',
    tag: 'entries',
    summary: 'Entries that were cut off a sealed feed, kept as evidence',
    query: z.strictObject({
      origin: peerId.meta({ description: 'Whose feed.', examples: [examples.peer] }),
      after: cursor.optional().meta({ description: 'The `next` of the page before.', examples: [EXAMPLE_CURSOR] }),
      limit: wholeNumber(1, API_PAGE_ENTRIES_MAX)
        .optional()
        .meta({ description: `Entries in the page, ${API_PAGE_ENTRIES} unless told otherwise.`, examples: [100] }),
    }),
    answers: {
      200: {
        description: 'A page, by place and receipt hash.',
        schema: z.object({ entries: z.array(entry), next: cursor.nullable() }),
        example: { entries: [exampleEntry], next: EXAMPLE_CURSOR },
      },
    },
  }),
};
