/** Vectors of admission: the end of a feed, a candidate, the clock, and the one verdict. */
import { toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import type { FeedHead } from '../../src/core/ledger/feed.ts';
import { FUTURE_WINDOW_MS } from '../../src/core/limits.ts';
import { ALICE, EPOCH_MS, receipts } from '../../test/unit/core/fixtures.ts';

const ENTRIES = receipts(ALICE, 4);
const EMPTY = emptyHead(ALICE.peer, 'ledger');
const HEAD = admit(EMPTY, ENTRIES.slice(0, 2), EPOCH_MS + 60_000).head;
const NEXT = at(2);
const NOON_MS = EPOCH_MS + 60_000;

function at(seq: number): Candidate {
  const entry = ENTRIES[seq];
  if (entry === undefined) throw new RangeError(`no entry ${seq}`);
  return entry;
}

/** The bytes with the last one raised or lowered. */
function plus(bytes: Uint8Array, difference: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) + difference;
  return changed;
}

interface AdmissionCase {
  readonly what: string;
  readonly head: FeedHead;
  readonly entry: Candidate;
  readonly wallMs: number;
  readonly verdict: JsonObject;
}

const REJECT = (reason: string): JsonObject => ({ kind: 'reject', reason });
const ACCEPT: JsonObject = { kind: 'accept' };
const future = NOON_MS + FUTURE_WINDOW_MS;

export const ADMISSION_CASES: readonly AdmissionCase[] = [
  { what: 'the first entry of a feed', head: EMPTY, entry: at(0), wallMs: NOON_MS, verdict: ACCEPT },
  { what: 'the next entry', head: HEAD, entry: NEXT, wallMs: NOON_MS, verdict: ACCEPT },
  {
    what: 'the time of the entry before',
    head: HEAD,
    entry: { ...NEXT, timestampMs: HEAD.timestampMs },
    wallMs: NOON_MS,
    verdict: ACCEPT,
  },
  {
    what: 'the nonce right after the last',
    head: HEAD,
    entry: { ...NEXT, nonce: plus(HEAD.nonce, 1) },
    wallMs: NOON_MS,
    verdict: ACCEPT,
  },
  {
    what: 'the last moment of the window',
    head: HEAD,
    entry: { ...NEXT, timestampMs: future },
    wallMs: NOON_MS,
    verdict: ACCEPT,
  },
  { what: 'a clock that is far ahead', head: HEAD, entry: NEXT, wallMs: NOON_MS * 2, verdict: ACCEPT },
  {
    what: 'the entry that is the end of the feed',
    head: HEAD,
    entry: at(1),
    wallMs: NOON_MS,
    verdict: { kind: 'duplicate' },
  },
  { what: 'the first entry again', head: HEAD, entry: at(0), wallMs: NOON_MS, verdict: { kind: 'duplicate' } },
  { what: 'an entry after a gap', head: HEAD, entry: at(3), wallMs: NOON_MS, verdict: { kind: 'wait', reason: 'gap' } },
  {
    what: 'a later entry of an empty feed',
    head: EMPTY,
    entry: at(1),
    wallMs: NOON_MS,
    verdict: { kind: 'wait', reason: 'gap' },
  },
  {
    what: 'a millisecond beyond the window',
    head: HEAD,
    entry: { ...NEXT, timestampMs: future + 1 },
    wallMs: NOON_MS,
    verdict: { kind: 'wait', reason: 'future', untilMs: NOON_MS + 1 },
  },
  {
    what: 'another predecessor',
    head: HEAD,
    entry: { ...NEXT, prev: at(0).hash },
    wallMs: NOON_MS,
    verdict: REJECT('chain_broken'),
  },
  {
    what: 'one bit of the predecessor',
    head: HEAD,
    entry: { ...NEXT, prev: plus(NEXT.prev, 1) },
    wallMs: NOON_MS,
    verdict: REJECT('chain_broken'),
  },
  {
    what: 'a first entry with a predecessor',
    head: EMPTY,
    entry: { ...at(0), prev: at(0).hash },
    wallMs: NOON_MS,
    verdict: REJECT('chain_broken'),
  },
  {
    what: 'a millisecond back',
    head: HEAD,
    entry: { ...NEXT, timestampMs: HEAD.timestampMs - 1 },
    wallMs: NOON_MS,
    verdict: REJECT('timestamp_decreases'),
  },
  {
    what: 'the same nonce',
    head: HEAD,
    entry: { ...NEXT, nonce: HEAD.nonce },
    wallMs: NOON_MS,
    verdict: REJECT('nonce_not_increasing'),
  },
  {
    what: 'a smaller nonce',
    head: HEAD,
    entry: { ...NEXT, nonce: plus(HEAD.nonce, -1) },
    wallMs: NOON_MS,
    verdict: REJECT('nonce_not_increasing'),
  },
  {
    what: 'a first nonce of zero',
    head: EMPTY,
    entry: { ...at(0), nonce: new Uint8Array(16) },
    wallMs: NOON_MS,
    verdict: REJECT('nonce_not_increasing'),
  },
  {
    what: 'a broken chain in the future: the first rule that is broken decides',
    head: HEAD,
    entry: { ...NEXT, prev: at(0).hash, timestampMs: future + 1 },
    wallMs: NOON_MS,
    verdict: REJECT('chain_broken'),
  },
  {
    what: 'a nonce that repeats in the future is refused at once',
    head: HEAD,
    entry: { ...NEXT, nonce: HEAD.nonce, timestampMs: future + 1 },
    wallMs: NOON_MS,
    verdict: REJECT('nonce_not_increasing'),
  },
];

export function feedVectors(): JsonObject {
  return {
    about:
      'Admission of the next entry (R-21 to R-27): the head of a feed, what the candidate says, the clock, the verdict.',
    verdicts: ADMISSION_CASES.map(({ what, head, entry, wallMs, verdict }) => ({
      what,
      head: { size: head.size, hash: toHex(head.hash), timestamp: head.timestampMs, nonce: toHex(head.nonce) },
      entry: { seq: entry.seq, prev: toHex(entry.prev), timestamp: entry.timestampMs, nonce: toHex(entry.nonce) },
      clock: wallMs,
      verdict,
    })),
  };
}
