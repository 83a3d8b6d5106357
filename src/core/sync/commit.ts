/**
 * The way into the store, for own and foreign entries alike: admitted heads move at once, durable ones when the store says so.
 * Batches become durable in the order they are committed, so the oldest pending batch is always the next to be stored.
 */
import { authorEntry } from '../entry/author.ts';
import type { Candidate } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { Draft, StoreBatch } from '../events.ts';
import { type Admission, admit } from '../ledger/admission.ts';
import type { FeedHead } from '../ledger/feed.ts';
import type { PeerIdText } from '../peer-id.ts';
import { accusationsIn } from './accusations.ts';
import { noteSigned } from './ballot-box.ts';
import { rememberLedger } from './ledgers.ts';
import { type AfterStored, emit, type NodeState, nextId, type PendingBatch } from './state.ts';

export interface Write {
  readonly admissions: readonly Admission[];
  readonly statements?: StoreBatch['statements'];
  readonly votes?: StoreBatch['votes'];
  readonly certified?: StoreBatch['certified'];
  readonly seals?: StoreBatch['seals'];
  /** Those that no entry of the batch brings. */
  readonly revocations?: StoreBatch['revocations'];
  readonly cuts?: StoreBatch['cuts'];
  readonly decisions?: StoreBatch['decisions'];
  readonly votingSince?: number;
  readonly counterReserved?: number;
  readonly values?: StoreBatch['values'];
}

/** Admits: from now on the next entry of the feed continues this head. Follow it with `commit` in the same step. */
export function apply(state: NodeState, admission: Admission): void {
  if (admission.accepted.length === 0) return;
  if (admission.head.log !== 'ledger') {
    state.journal = admission.head;
    return;
  }
  state.ledger.set(admission.head);
  state.held.delete(admission.head.origin); // it went on, if not with what was held
}

/** Hands what was applied to the store. */
export function commit(state: NodeState, write: Write, after: AfterStored): void {
  const grown = write.admissions.filter(({ accepted }) => accepted.length > 0).map(({ head }) => head);
  const heads = [...grown, ...(write.cuts ?? []).map(({ head }) => head)];
  const stored = write.admissions.flatMap(({ accepted }) => accepted);
  noteSigned(state, stored);
  const accusations = accusationsIn(state, stored);
  const seals = [...(write.seals ?? []), ...(accusations.seals ?? [])];
  const revocations = [...(write.revocations ?? []), ...(accusations.revocations ?? [])];
  const id = nextId(state);
  state.batches.push({
    id,
    heads,
    height: state.ledger.height,
    root: state.ledger.root,
    stored,
    certified: write.certified ?? [],
    cuts: write.cuts !== undefined,
    after,
  });
  emit(state, {
    kind: 'store',
    batch: id,
    write: {
      entries: stored,
      heads: grown,
      subtrees: write.admissions.flatMap(({ subtrees }) => subtrees),
      statements: write.statements ?? [],
      ...(write.votes === undefined ? {} : { votes: write.votes }),
      ...(write.certified === undefined ? {} : { certified: write.certified }),
      ...(seals.length === 0 ? {} : { seals }),
      ...(write.cuts === undefined ? {} : { cuts: write.cuts }),
      ...(revocations.length === 0 ? {} : { revocations }),
      ...(write.decisions === undefined ? {} : { decisions: write.decisions }),
      ...(write.votingSince === undefined ? {} : { votingSince: write.votingSince }),
      ...(write.counterReserved === undefined ? {} : { counterReserved: write.counterReserved }),
      ...(write.values === undefined ? {} : { values: write.values }),
    },
  });
}

/** Whether a cut of a feed is on its way to the disk: what is there is not what will be, even if as much is held again by then. */
export function isBeingCut({ batches }: NodeState, origin: PeerIdText): boolean {
  return batches.some(({ cuts, heads }) => cuts && heads.some((head) => head.origin === origin));
}

/** Makes the oldest pending batch durable, and gives it back so that the node may speak of it. */
export function settle(state: NodeState, id: number): PendingBatch {
  const batch = state.batches.shift();
  if (batch === undefined || batch.id !== id) {
    throw new TessraxError('store_out_of_order', `the store acknowledged batch ${id} out of order`, {
      remedy: 'this is a bug in the store; the node must not go on',
      fields: { batch: id, expected: batch?.id ?? 0 },
    });
  }
  for (const head of batch.heads) {
    if (head.log === 'journal') {
      state.durable.journal = head;
    } else {
      if (head.size === 0) state.durable.heads.delete(head.origin);
      else state.durable.heads.set(head.origin, head);
      state.heartbeat.changed.add(head.origin);
    }
  }
  for (const { origin, size } of batch.certified) state.durable.certified.set(origin, size);
  state.durable.height = batch.height;
  state.durable.root = batch.root;
  if (batch.heads.length > 0) rememberLedger(state, batch.cuts);
  return batch;
}

/** Signs a journal entry over the admitted end of the journal, and applies it. */
export function journal(state: NodeState, draft: Draft): { readonly entry: Candidate; readonly admission: Admission } {
  const entry = authorEntry(state.author, state.journal, draft, state.now.wallMs);
  const admission = admitOwn(state.journal, [entry]);
  apply(state, admission);
  return { entry, admission };
}

/**
 * Own entries pass the same rules as foreign ones. Their time is never before the feed's, so a clock that went back does not
 * stop the node: the others hold such an entry until their clocks are there.
 */
export function admitOwn(head: FeedHead, entries: readonly Candidate[]): Admission {
  const admission = admit(head, entries, entries.at(-1)?.timestampMs ?? 0);
  if (admission.stopped === undefined) return admission;
  const { verdict, seq } = admission.stopped;
  throw new TessraxError('own_entry_refused', `own entry ${seq} is refused: ${verdict.reason}`, {
    remedy: 'this is a bug; nothing was written',
    fields: { seq, reason: verdict.reason },
  });
}
