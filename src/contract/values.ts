/** The small values of the API. Each says what it looks like, so that a wrong one is refused with a word about what was expected. */
import { z } from 'zod';
import { API_IDEMPOTENCY_KEY_LENGTH_MAX, API_IDEMPOTENCY_KEYS_MAX, TYPE_NAME_LENGTH_MAX } from '../core/limits.ts';
import { publicKeyOf } from '../core/peer-id.ts';

const EXAMPLE_PEER = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X';
const EXAMPLE_HASH = '4f2d1c0b9a8877665544332211ffeeddccbbaa99887766554433221100abcdef';
const PEER_LENGTH_MAX = 64;
export const CURSOR_LENGTH_MAX = PEER_LENGTH_MAX + 17;

export const examples = {
  peer: EXAMPLE_PEER,
  hash: EXAMPLE_HASH,
  cursor: `${EXAMPLE_PEER}:100`,
  timestamp: 1_793_000_000_000,
};

export const peerId = z
  .string()
  .max(PEER_LENGTH_MAX)
  .refine((text) => publicKeyOf(text) !== undefined, 'is not the peer ID of an Ed25519 key')
  .meta({
    pattern: '^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$',
    description: 'Peer ID of a node (12D3KooW…); its Ed25519 key is inside.',
    examples: [EXAMPLE_PEER],
  });

/** SHA-256, in hex. */
export const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
  .meta({ examples: [EXAMPLE_HASH] });

export const signature = z.string().regex(/^[0-9a-f]{128}$/, 'must be 128 lower-case hex digits');

/** The name of an entry's type. What stands behind it is decided by the rules of entries, not here. */
export const typeName = z
  .string()
  .min(1)
  .max(TYPE_NAME_LENGTH_MAX)
  .regex(/^[A-Z][A-Z0-9_]*$/, 'must be an upper-case name such as RECEIPT')
  .meta({ examples: ['RECEIPT'] });

export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const timestamp = count.meta({ description: 'Milliseconds since 1970.', examples: [examples.timestamp] });

/** A place in a feed, ORIGIN:SEQ. It names the next entry, so it means the same after any restart and on any node that holds the feed. */
export const cursor = z
  .string()
  .max(CURSOR_LENGTH_MAX)
  .refine((text) => readCursor(text) !== undefined, 'is not a cursor that this API gave')
  .meta({
    pattern: '^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}:[0-9]{1,16}$',
    description: 'The `next` of the page before.',
    examples: [examples.cursor],
  });

export interface Cursor {
  readonly origin: string;
  readonly seq: number;
}

/** Undefined for what is no cursor. */
export function readCursor(text: string): Cursor | undefined {
  const [, origin = '', digits = ''] = /^([^:]+):(\d{1,16})$/.exec(text) ?? [];
  const seq = Number(digits);
  return publicKeyOf(origin) === undefined || !Number.isSafeInteger(seq) ? undefined : { origin, seq };
}

/** A whole number in a query: decimal digits. */
export function wholeNumber(min: number, max: number) {
  const what = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, what)
    .transform(Number)
    .pipe(z.int(what).min(min, what).max(max, what));
}

/** A Structured Field string (RFC 8941), or the same without quotes. */
export const idempotencyKey = z
  .string()
  .regex(
    new RegExp(`^(?:"[\\w.:-]{1,${API_IDEMPOTENCY_KEY_LENGTH_MAX}}"|[\\w.:-]{1,${API_IDEMPOTENCY_KEY_LENGTH_MAX}})$`),
    `must be 1 to ${API_IDEMPOTENCY_KEY_LENGTH_MAX} letters, digits, or characters of "._:-"`,
  )
  .meta({
    description: `A name of the client's choice for this request: sent again with the same body it appends nothing and gets the same answer, also after a restart. The newest ${API_IDEMPOTENCY_KEYS_MAX} names are remembered.`,
    examples: ['0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0'],
  });

/** Any object. Its members came out of a JSON parser, or go into a JSON writer. */
export const anyObject = z.object({}).catchall(z.any());
