/** Admission of the next entries of a feed: the chain rules, and one verdict. */
import { compareBytes, equalBytes } from '../bytes.ts';
import { blocksOf } from '../entry/blocks.ts';
import type { Candidate } from '../entry/examine.ts';
import { ZERO_HASH, ZERO_NONCE } from '../entry/header.ts';
import { FUTURE_WINDOW_MS } from '../limits.ts';
import { appendLeaves } from '../merkle/compact-range.ts';
import { ownHash } from '../merkle/hash.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { FeedHead, LogName, Subtree } from './feed.ts';

type Tip = Pick<FeedHead, 'size' | 'hash' | 'timestampMs' | 'nonce'>;

/** What is to be done with one candidate. */
export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'duplicate' }
  /** Nothing is wrong with it, but not now: an entry before it is missing, or its time has not come. */
  | { readonly kind: 'wait'; readonly reason: 'gap' | 'future'; readonly untilMs?: number }
  | { readonly kind: 'reject'; readonly reason: RejectReason };

export type RejectReason =
  | 'chain_broken'
  | 'timestamp_decreases'
  | 'nonce_not_increasing'
  | 'not_a_writer'
  | 'quota_exceeded'
  | 'signature_invalid';

export interface Admission {
  /** The entries that extend the feed, in order. */
  readonly accepted: readonly Candidate[];
  readonly duplicates: number;
  /** The feed's head after them. */
  readonly head: FeedHead;
  readonly subtrees: readonly Subtree[];
  /** The first verdict that was neither accept nor duplicate, and the entry it fell on; nothing after it was looked at. */
  readonly stopped?: { readonly verdict: Exclude<Verdict, { kind: 'accept' | 'duplicate' }>; readonly seq: number };
}

export function emptyHead(origin: PeerIdText, log: LogName): FeedHead {
  return { origin, log, size: 0, hash: ZERO_HASH, timestampMs: 0, nonce: ZERO_NONCE, peaks: [] };
}

/** The verdict on one candidate with valid signatures. It depends on bytes and prefix; the clock only makes it wait. */
export function judge(last: Tip, next: Candidate, wallMs: number): Verdict {
  if (next.seq < last.size) return { kind: 'duplicate' };
  if (next.seq > last.size) return { kind: 'wait', reason: 'gap' };
  if (!equalBytes(next.prev, last.hash)) return { kind: 'reject', reason: 'chain_broken' };
  if (next.timestampMs < last.timestampMs) return { kind: 'reject', reason: 'timestamp_decreases' };
  if (compareBytes(next.nonce, last.nonce) <= 0) return { kind: 'reject', reason: 'nonce_not_increasing' };
  const untilMs = next.timestampMs - FUTURE_WINDOW_MS;
  if (untilMs > wallMs) return { kind: 'wait', reason: 'future', untilMs };
  return { kind: 'accept' };
}

/** Admits as many of consecutive candidates as the rules allow. */
export function admit(head: FeedHead, candidates: readonly Candidate[], wallMs: number): Admission {
  const accepted: Candidate[] = [];
  let duplicates = 0;
  let last: Tip = head;
  let stopped: Admission['stopped'];
  for (const candidate of candidates) {
    const verdict = judge(last, candidate, wallMs);
    if (verdict.kind === 'duplicate') {
      duplicates++;
    } else if (verdict.kind === 'accept') {
      accepted.push(candidate);
      last = {
        size: candidate.seq + 1,
        hash: candidate.hash,
        timestampMs: candidate.timestampMs,
        nonce: candidate.nonce,
      };
    } else {
      stopped = { verdict, seq: candidate.seq };
      break;
    }
  }
  const { peaks, subtrees } = appendLeaves(
    head.peaks,
    head.size,
    accepted.map(({ hash }) => hash),
    blocksOf(accepted),
  );
  const { origin, log } = head;
  return {
    accepted,
    duplicates,
    // A head outlives what brought its last entry: hash and nonce as they came would keep a whole frame in memory for each feed.
    head: { origin, log, ...last, hash: ownHash(last.hash), nonce: ownHash(last.nonce), peaks },
    subtrees: subtrees.map((subtree) => ({ origin, log, ...subtree })),
    ...(stopped === undefined ? {} : { stopped }),
  };
}
