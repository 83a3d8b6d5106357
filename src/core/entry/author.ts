/** Making an entry of one's own: the header over the feed's head, the signature, the binary form. */
import { sha256 } from '#sha256';
import { TessraxError } from '../errors.ts';
import type { Draft } from '../events.ts';
import type { FeedHead, LogName } from '../ledger/feed.ts';
import { BODY_BYTES_MAX } from '../limits.ts';
import { signedMessage } from '../signature.ts';
import { canonicalize } from './canonical-json.ts';
import { encodeEntry, isTypeName } from './codec.ts';
import { bodyRefusal, type Candidate, forkOfEntry, revokedBy } from './examine.ts';
import { NONCE_BYTES, receiptHash } from './header.ts';

export interface Author {
  /** Federation ID, 64 hex digits. */
  readonly federation: string;
  sign(message: Uint8Array): Uint8Array;
  random(count: number): Uint8Array;
}

/** The end of a chain, as far as the next entry depends on it. */
export type ChainTip = Pick<FeedHead, 'origin' | 'log' | 'size' | 'hash' | 'timestampMs' | 'nonce'>;

const utf8 = new TextEncoder();
const NONCE_STEP_BYTES = 8;

/** Signs `draft` as the next entry after `head`. Throws what is wrong with the draft; nothing has happened then. */
export function authorEntry(author: Author, head: ChainTip, draft: Draft, wallMs: number): Candidate {
  const body = draftBody(draft, head.log);
  const { federation } = author;
  const { origin, log, size: seq, hash: prev } = head;
  const { type } = draft;
  const timestampMs = Math.max(wallMs, head.timestampMs); // a feed's time does not go back, whatever the clock does
  const nonce = nextNonce(head.nonce, author.random(NONCE_STEP_BYTES));
  const hash = receiptHash({
    federation,
    log,
    type,
    origin,
    seq,
    prev,
    nonce,
    timestampMs,
    bodyHash: sha256(body),
    bodySize: body.length,
  });
  const fork = forkOfEntry(type, draft.body, federation);
  const revokes = revokedBy(type, draft.body);
  const signature = author.sign(signedMessage('entry', hash));
  const bytes = encodeEntry({ type, timestampMs, nonce, signature, body });
  return {
    origin,
    log,
    seq,
    hash,
    bytes,
    prev,
    type,
    timestampMs,
    nonce,
    jobs: [],
    ...(fork === undefined ? {} : { fork }),
    ...(revokes === undefined ? {} : { revokes }),
  };
}

/** Refuses a draft that could not become an entry: `type_invalid`, `schema_violation`, `body_too_large`, `json_…`. */
function draftBody(draft: Draft, log: LogName): Uint8Array {
  if (!isTypeName(draft.type)) {
    throw new TessraxError('type_invalid', `"${draft.type}" is not an entry type`, {
      remedy: 'use an upper-case name such as RECEIPT',
    });
  }
  const text = canonicalize(draft.body);
  const refusal = bodyRefusal(draft.type, log, draft.body);
  if (refusal !== undefined) throw new TessraxError('schema_violation', refusal, { fields: { type: draft.type } });
  const body = utf8.encode(text);
  if (body.length > BODY_BYTES_MAX) {
    throw new TessraxError(
      'body_too_large',
      `the body has ${body.length} bytes, at most ${BODY_BYTES_MAX} are allowed`,
      {
        remedy: 'put the content elsewhere and its hash in the receipt',
        fields: { bytes: body.length, max: BODY_BYTES_MAX },
      },
    );
  }
  return body;
}

/** The last nonce plus one plus 64 random bits: increasing, hence unique in its feed, and not to be guessed. */
function nextNonce(last: Uint8Array, step: Uint8Array): Uint8Array {
  const next = Uint8Array.from(last);
  let carry = 1;
  for (let i = NONCE_BYTES - 1; i >= 0; i--) {
    const sum = (next[i] ?? 0) + (step[i - (NONCE_BYTES - NONCE_STEP_BYTES)] ?? 0) + carry;
    next[i] = sum & 0xff;
    carry = sum >> 8;
  }
  return next;
}
