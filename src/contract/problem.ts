/** What every endpoint answers when something is wrong: a problem document (RFC 9457). */
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

export const problem = z
  .object({
    type: z.string().meta({ description: 'Always about:blank: `code` tells the kinds of problems apart.' }),
    title: z.string().meta({ description: 'The name of the HTTP status.' }),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What is wrong, for people.' }),
    code: z.string().meta({ description: 'What is wrong, for programs.' }),
    remedy: z.string().optional().meta({ description: 'What to do about it.' }),
    fields: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({ description: 'The values that were involved; `index` is the place in an array that was sent.' }),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' });

export type Problem = z.output<typeof problem>;
