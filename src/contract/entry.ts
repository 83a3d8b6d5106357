/** An entry in its flat form, as lists, files and proofs show it. */
import { z } from 'zod';
import { count, examples, hash, peerId, signature, timestamp, typeName } from './values.ts';

const entryMembers = z
  .looseObject({
    v: z.int(),
    federation: hash,
    log: z.enum(['ledger', 'journal']),
    type: typeName,
    origin: peerId,
    seq: count,
    prev: hash,
    nonce: z.string().regex(/^[0-9a-f]{32}$/),
    timestamp,
    body_hash: hash,
    body_size: count,
    hash,
    signature,
  })
  .meta({
    id: 'Entry',
    description:
      'An entry, flat: its header, the members of its body (a RECEIPT has `payload`), its receipt hash and its signature.',
  });

/** The flat form of an entry: header, members of the body, receipt hash, signature. The node takes it from its store as it is. */
export const entry: z.ZodType<z.output<typeof entryMembers>, object> = entryMembers;

export const exampleEntry = {
  v: 1,
  federation: examples.hash,
  log: 'ledger',
  type: 'RECEIPT',
  origin: examples.peer,
  seq: 7,
  prev: examples.hash,
  nonce: '000102030405060708090a0b0c0d0e0f',
  timestamp: examples.timestamp,
  payload: { job: 'nightly', ok: true },
  body_hash: examples.hash,
  body_size: 41,
  hash: examples.hash,
  signature: examples.hash + examples.hash,
};
