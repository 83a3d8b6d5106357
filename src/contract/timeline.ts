/** The ledger by time, newest first. */
import { z } from 'zod';
import { API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX, API_TIMELINE_TEXT_LENGTH_MAX } from '../core/limits.ts';
import { endpoint, plain } from './endpoint.ts';
import { entry, exampleEntry } from './entry.ts';
import { examples, peerId, readCursor, typeName, wholeNumber } from './values.ts';

/** The entry a page ended at; without origin, a moment. */
export interface TimelineCursor {
  readonly timestampMs: number;
  readonly at?: { readonly origin: string; readonly seq: number };
}

const EXAMPLE_CURSOR = `${examples.timestamp}:${examples.cursor}`;
const cursor = z
  .string()
  .max(98)
  .refine(
    (text) => readTimelineCursor(text) !== undefined,
    'is neither a time in milliseconds nor a cursor that this API gave',
  )
  .meta({ pattern: '^[0-9]{1,16}(?::12D3KooW[1-9A-HJ-NP-Za-km-z]{44}:[0-9]{1,16})?$' });

/** TIMESTAMP or TIMESTAMP:ORIGIN:SEQ; undefined for anything else. */
export function readTimelineCursor(text: string): TimelineCursor | undefined {
  const [, time = '', place] = /^(\d{1,16})(?::(.*))?$/.exec(text) ?? [];
  const timestampMs = Number(time);
  if (time === '' || !Number.isSafeInteger(timestampMs)) return undefined;
  if (place === undefined) return { timestampMs };
  const at = readCursor(place);
  return at === undefined ? undefined : { timestampMs, at };
}

export const timelineEndpoints = {
  timeline: endpoint({
    ...plain,
    id: 'getTimeline',
    method: 'GET',
    path: '/v1/timeline',
    tag: 'entries',
    summary: 'Entries of all feeds by time, newest first',
    description:
      'A page may be short, or empty, where little fits: `next` goes on, and is null at the beginning of the ledger.',
    query: z.strictObject({
      type: typeName.optional().meta({ description: 'Only entries of this type.', examples: ['SCAR'] }),
      origin: peerId.optional().meta({ description: 'Only the feed of this node.', examples: [examples.peer] }),
      hash: z
        .string()
        .regex(/^[0-9a-f]{1,64}$/, 'must be the first lower-case hex digits of a receipt hash')
        .optional()
        .meta({ description: 'The first digits of receipt hashes.', examples: ['4f2d'] }),
      text: z
        .string()
        .min(1)
        .max(API_TIMELINE_TEXT_LENGTH_MAX)
        .optional()
        .meta({ description: 'Found in the canonical JSON of a body, in any case of letters.', examples: ['nightly'] }),
      before: cursor.optional().meta({
        description: 'A moment in milliseconds, or the `next` of the page before.',
        examples: [EXAMPLE_CURSOR],
      }),
      limit: wholeNumber(1, API_PAGE_ENTRIES_MAX)
        .optional()
        .meta({ description: `Entries in the page, ${API_PAGE_ENTRIES} unless told otherwise.`, examples: [100] }),
    }),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ entries: z.array(entry), next: cursor.nullable() }),
        example: { entries: [exampleEntry], next: EXAMPLE_CURSOR },
      },
    },
  }),
};
