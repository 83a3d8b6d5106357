/** One feed, followed entry by entry by the rules that a node follows, with nothing taken on trust. */
import type { Candidate, RunEntry } from '../core/entry/examine.ts';
import { examineRun } from '../core/entry/examine.ts';
import { TessraxError } from '../core/errors.ts';
import type { EpochChain } from '../core/federation/epoch-chain.ts';
import { type Admission, admit, type RejectReason } from '../core/ledger/admission.ts';
import type { FeedHead, Subtree } from '../core/ledger/feed.ts';
import { TIMESTAMP_MS_MAX } from '../core/limits.ts';

const REASONS: Readonly<Record<RejectReason, string>> = {
  chain_broken: 'it does not name the entry before it',
  timestamp_decreases: 'its time is before that of the entry before it',
  nonce_not_increasing: 'its nonce is not above that of the entry before it',
  not_a_writer: 'its origin may not write in this federation',
  quota_exceeded: 'its origin has used up its quota',
  signature_invalid: 'its signature is wrong',
};

export class FeedAudit {
  readonly #chain: EpochChain;
  #head: FeedHead;

  /**
   * @param chain the epochs that are known: who may write
   * @param start the head that the first entry must continue; an empty one, to start from genesis
   */
  constructor(chain: EpochChain, start: FeedHead) {
    this.#chain = chain;
    this.#head = start;
  }

  /** The head over everything that was added. */
  get head(): FeedHead {
    return this.#head;
  }

  /** Takes the next entry, all but its signatures, which are the candidate's `jobs`. Throws what is wrong with it. */
  add(seq: number, entry: RunEntry): { readonly candidate: Candidate; readonly subtrees: readonly Subtree[] } {
    const { origin, log, size, hash } = this.#head;
    if (seq !== size) throw new TessraxError('entry_out_of_place', `entry ${size} should stand here`);
    if (entry.timestampMs > TIMESTAMP_MS_MAX)
      throw new TessraxError('timestamp_invalid', 'its time is after the year 9999');
    const refusal = log === 'ledger' ? this.#chain.writerRefusal(origin, seq) : undefined;
    if (refusal !== undefined) throw new TessraxError(refusal, REASONS[refusal]);
    const [candidate] = examineRun({ origin, log, from: seq, prev: hash, entries: [entry] }, this.#chain.id);
    if (candidate === undefined) throw new TessraxError('entry_malformed', 'there is no entry');
    const admission = admit(this.#head, [candidate], Number.POSITIVE_INFINITY); // no entry is too new for an examination
    if (admission.stopped !== undefined) throw refused(admission.stopped.verdict);
    this.#head = admission.head;
    return { candidate, subtrees: admission.subtrees };
  }
}

function refused(verdict: NonNullable<Admission['stopped']>['verdict']): TessraxError {
  return new TessraxError(
    verdict.reason,
    verdict.kind === 'reject' ? REASONS[verdict.reason] : 'an entry before it is missing',
  );
}
