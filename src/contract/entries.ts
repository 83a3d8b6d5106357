/** Entries: appending, lists, one entry and what can be proved about it, the journal, an export. */
import { z } from 'zod';
import { API_FINAL_WAIT_MS_MAX, API_PAGE_ENTRIES, API_PAGE_ENTRIES_MAX, APPEND_BATCH_MAX } from '../core/limits.ts';
import { endpoint, plain } from './endpoint.ts';
import { entry, exampleEntry } from './entry.ts';
import { sealedFeed } from './sealed.ts';
import {
  anyObject,
  CURSOR_LENGTH_MAX,
  count,
  cursor,
  examples,
  hash,
  idempotencyKey,
  peerId,
  typeName,
  wholeNumber,
} from './values.ts';

export const page = z
  .object({
    entries: z.array(entry),
    next: cursor.nullable().meta({ description: 'Ask again with `after` set to this; null at the end.' }),
  })
  .meta({ id: 'Page', description: 'A page may be shorter than the limit, or empty, and still have a next one.' });
const examplePage = { entries: [exampleEntry], next: examples.cursor };

const limit = wholeNumber(1, API_PAGE_ENTRIES_MAX)
  .optional()
  .meta({ description: `Entries in the page, ${API_PAGE_ENTRIES} unless told otherwise.`, examples: [100] });
const after = cursor
  .optional()
  .meta({ description: 'Begin at this place: the `next` of the page before.', examples: [examples.cursor] });
const tail = wholeNumber(1, API_PAGE_ENTRIES_MAX)
  .optional()
  .meta({
    description: 'The newest so many instead, oldest of them first; `after` and `limit` have no say then.',
    examples: [20],
  });
const origin = peerId.optional().meta({ description: 'Only the feed of this node.', examples: [examples.peer] });
const pageQuery = z.strictObject({
  type: typeName.optional().meta({ description: 'Only entries of this type.', examples: ['SCAR'] }),
  origin,
  after,
  limit,
  tail,
});
const journalPlace = z
  .string()
  .max(CURSOR_LENGTH_MAX)
  .regex(/^(?:[1-9A-HJ-NP-Za-km-z]+:)?\d{1,16}$/, 'is not a cursor that this API gave');
const pageAnswers = { 200: { description: 'A page.', schema: page, example: examplePage } };
const hashParams = z.object({
  hash: hash.meta({ description: 'Receipt hash of the entry.', examples: [examples.hash] }),
});

/** Content that becomes an entry. What a type demands of its body is decided by the rules of entries. */
export const draft = z
  .object({
    type: z
      .string()
      .optional()
      .meta({ description: 'RECEIPT unless told otherwise.', examples: ['RECEIPT'] }),
  })
  .catchall(z.any())
  .meta({ id: 'Draft', description: 'An entry to be: its type, and beside it the members of its body.' });

export const appended = z
  .object({
    entries: z.array(z.object({ hash, seq: count, origin: peerId })),
    final: z.boolean().optional().meta({ description: 'With wait=final: whether they are.' }),
  })
  .meta({ id: 'Appended' });
const exampleAppended = { entries: [{ hash: examples.hash, seq: 7, origin: examples.peer }] };

export const entryEndpoints = {
  receipts: endpoint({
    ...plain,
    id: 'listReceipts',
    method: 'GET',
    path: '/v1/receipts',
    tag: 'entries',
    summary: 'Entries of the ledger, feed by feed',
    description: 'Feeds come by public key, and each in its own order. A cursor keeps its meaning over restarts.',
    query: pageQuery,
    answers: pageAnswers,
  }),
  append: endpoint({
    ...plain,
    id: 'appendReceipts',
    method: 'POST',
    path: '/v1/receipts',
    tag: 'entries',
    summary: 'Append one entry, or an array of them',
    description:
      'All of them become entries of the feed of this node, in order, or none does. The answer comes when they are durable; with wait=final when the federation has certified them.',
    query: z.strictObject({
      wait: z
        .enum(['stored', 'final'], 'must be stored or final')
        .optional()
        .meta({
          description: `final waits up to ${API_FINAL_WAIT_MS_MAX / 1000} seconds for certification.`,
          examples: ['final'],
        }),
    }),
    headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
    body: {
      description: `One draft, or 1 to ${APPEND_BATCH_MAX} of them.`,
      schema: z.union([draft, z.array(draft).min(1).max(APPEND_BATCH_MAX)]),
      example: [{ payload: { job: 'nightly', ok: true } }],
    },
    answers: {
      201: { description: 'Durable; with wait=final, final too.', schema: appended, example: exampleAppended },
      202: {
        description: 'Durable, and not final yet: ask for the status of an entry later.',
        schema: appended,
        example: { ...exampleAppended, final: false },
      },
    },
    problems: [401, 403, 409, 413, 415, 422, 507],
  }),
  receipt: endpoint({
    ...plain,
    id: 'getReceipt',
    method: 'GET',
    path: '/v1/receipts/{hash}',
    tag: 'entries',
    summary: 'One entry, of the ledger or of the journal',
    params: hashParams,
    answers: { 200: { description: 'The entry.', schema: entry, example: exampleEntry } },
    problems: [404],
  }),
  proof: endpoint({
    ...plain,
    id: 'getProof',
    method: 'GET',
    path: '/v1/receipts/{hash}/proof',
    tag: 'entries',
    summary: 'Proof that an entry is in the ledger, under a root that this node signs',
    description: '`tessrax verify` checks it offline.',
    params: hashParams,
    answers: {
      200: {
        description: 'The proof.',
        schema: anyObject,
        example: { format: 'tessrax-proof/1', entry: exampleEntry },
      },
    },
    problems: [404],
  }),
  certificate: endpoint({
    ...plain,
    id: 'getCertificate',
    method: 'GET',
    path: '/v1/receipts/{hash}/certificate',
    tag: 'entries',
    summary: 'The votes of a threshold of witnesses that make an entry final',
    description: '`tessrax verify` checks it offline.',
    params: hashParams,
    answers: {
      200: {
        description: 'The certificate.',
        schema: anyObject,
        example: { format: 'tessrax-certificate/1', entry: exampleEntry },
      },
    },
    problems: [404, 409],
  }),
  receiptStatus: endpoint({
    ...plain,
    id: 'getReceiptStatus',
    method: 'GET',
    path: '/v1/receipts/{hash}/status',
    tag: 'entries',
    summary: 'Whether an entry is final',
    params: hashParams,
    answers: {
      200: {
        description: 'Where it stands, and whether that is for good.',
        schema: z.object({
          hash,
          origin: peerId,
          log: z.enum(['ledger', 'journal']),
          seq: count,
          status: z.enum(['pending', 'final']),
        }),
        example: { hash: examples.hash, origin: examples.peer, log: 'ledger', seq: 7, status: 'final' },
      },
    },
    problems: [404],
  }),
  statement: endpoint({
    ...plain,
    id: 'getStatement',
    method: 'GET',
    path: '/v1/statements/{hash}',
    tag: 'entries',
    summary: "The other side's signed statement of a synchronisation",
    params: z.object({ hash: hash.meta({ description: 'Receipt hash of the statement.', examples: [examples.hash] }) }),
    answers: {
      200: {
        description: 'A SYNC_EVENT or SYNC_CONFIRMED of a peer, flat.',
        schema: entry,
        example: { ...exampleEntry, log: 'journal', type: 'SYNC_EVENT' },
      },
    },
    problems: [404],
  }),
  scars: endpoint({
    ...plain,
    id: 'listScars',
    method: 'GET',
    path: '/v1/scars',
    tag: 'entries',
    summary: 'Scars: recorded contradictions',
    query: z.strictObject({ origin, after, limit, tail }),
    answers: {
      200: {
        description: 'A page; the first one also names the feeds that are sealed.',
        schema: page.extend({ sealed: z.array(sealedFeed).optional() }),
        example: { ...examplePage, sealed: [] },
      },
    },
  }),
  journal: endpoint({
    ...plain,
    id: 'listJournal',
    method: 'GET',
    path: '/v1/journal',
    tag: 'entries',
    summary: "This node's own record of its synchronisations",
    description:
      'With `node`, that of a connected peer, asked of it and verified here: `after` is then a sequence number.',
    query: z.strictObject({
      type: pageQuery.shape.type,
      node: peerId.optional().meta({ description: 'The journal of this peer.', examples: [examples.peer] }),
      after: journalPlace
        .optional()
        .meta({ description: 'The `next` of the page before.', examples: [examples.cursor] }),
      limit,
      tail,
    }),
    answers: {
      200: {
        description: 'A page; of a peer, also what it signed about the size of its journal.',
        schema: z.object({
          entries: z.array(entry),
          next: journalPlace.nullable(),
          node: peerId.optional(),
          signed_size: count.nullable().optional(),
          root_checked: z.boolean().optional(),
        }),
        example: examplePage,
      },
    },
    problems: [404, 502, 504],
  }),
};
