/** Appending to one's own feed, and pushing what is small and fresh to everyone. */
import { authorEntry } from '../entry/author.ts';
import { type Candidate, innerJobs } from '../entry/examine.ts';
import { EVERYONE } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import type { AppendMemo, AppendRequest, Draft, SignatureJob } from '../events.ts';
import type { Admission } from '../ledger/admission.ts';
import {
  APPEND_BATCH_MAX,
  APPEND_REVIEWS_MAX,
  APPENDS_PENDING_MAX,
  PUSH_BYTES_MAX,
  PUSH_ENTRIES_MAX,
} from '../limits.ts';
import { checkBallots } from './ballot-box.ts';
import { admitOwn, apply, commit, journal } from './commit.ts';
import { runOf, syncEventDraft } from './delta.ts';
import { encodeMessage } from './messages.ts';
import { takeScars } from './sealing.ts';
import { emit, type Job, type NodeState, nextId } from './state.ts';

export function onAppend(state: NodeState, asked: AppendRequest): void {
  const { request, drafts } = asked;
  try {
    checkRoom(state, drafts.length);
    const inner = innerSignatures(state, drafts);
    if (inner.items.length === 0) append(state, asked);
    else verifyFirst(state, asked, inner);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    emit(state, { kind: 'reply', request, result: error });
  }
}

interface InnerSignatures {
  readonly items: readonly SignatureJob[];
  /** Which draft each of them is in. */
  readonly draftOf: readonly number[];
}

/** Signatures inside drafts: an entry in which one does not hold would be refused by everybody else, and our feed would end there. */
function innerSignatures(state: NodeState, drafts: readonly Draft[]): InnerSignatures {
  const found = drafts.flatMap(({ type, body }, index) =>
    innerJobs(type, body, state.federation.id).map((item) => ({ item, index })),
  );
  if (found.length > APPEND_REVIEWS_MAX) {
    throw new TessraxError(
      'append_count',
      `an append takes at most ${APPEND_REVIEWS_MAX} reviews, not ${found.length}`,
      {
        remedy: 'send them in several calls',
        fields: { count: found.length, max: APPEND_REVIEWS_MAX },
      },
    );
  }
  return { items: found.map(({ item }) => item), draftOf: found.map(({ index }) => index) };
}

function verifyFirst(state: NodeState, asked: AppendRequest, { items, draftOf }: InnerSignatures): void {
  state.appendsPending += asked.drafts.length;
  const id = nextId(state);
  state.jobs.set(id, { ...asked, kind: 'append', draftOf });
  emit(state, { kind: 'verify', job: id, items });
}

export function onDraftsVerified(
  state: NodeState,
  job: Extract<Job, { kind: 'append' }>,
  valid: readonly boolean[],
): void {
  const { request, drafts, draftOf } = job;
  state.appendsPending -= drafts.length;
  const index = draftOf[valid.indexOf(false)];
  try {
    if (index === undefined) append(state, job);
    else
      throw new TessraxError('signature_invalid', 'a signature inside the draft does not hold', {
        remedy: 'have it signed again',
        fields: { index },
      });
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    emit(state, { kind: 'reply', request, result: error });
  }
}

/** All drafts become entries, or none: whatever is wrong with one is thrown before anything is committed. */
export function append(state: NodeState, { request, drafts, memo }: AppendRequest): void {
  if (state.seals.has(state.self)) {
    throw new TessraxError(
      'feed_sealed',
      'the feed of this node is sealed: it signed two entries for one place, or was revoked',
      {
        remedy: 'nothing can be appended under this key any more: see tessrax scars, and go on with another key',
      },
    );
  }
  const head = state.ledger.head(state.self);
  const refusal = state.epochs.writerRefusal(state.self, head.size + drafts.length - 1);
  if (refusal !== undefined) {
    throw new TessraxError(refusal, `this node may not append to the ledger of federation "${state.federation.name}"`, {
      remedy:
        refusal === 'not_a_writer'
          ? 'its peer ID is not among the writers of the federation file, and no decision has made it a witness'
          : 'its quota is used up',
    });
  }
  const entries = authorAll(state, drafts);
  checkBallots(state, entries);
  const admission = admitOwn(head, entries);
  apply(state, admission);
  const push = draftPush(state, entries);
  state.appendsPending += entries.length;
  const result = entries.map(({ hash, seq }) => ({ hash, seq }));
  const admissions = push === undefined ? [admission] : [admission, push.admission];
  const values = memo === undefined ? {} : { values: [memoValue(memo, head.size, entries.length)] };
  commit(state, { admissions, ...values }, { kind: 'appended', request, result, push: push?.message });
  takeScars(state, [admission]);
}

function memoValue({ name, text }: AppendMemo, seq: number, count: number): { name: string; value: string } {
  return { name, value: `${text} ${seq} ${count}` };
}

function checkRoom(state: NodeState, count: number): void {
  if (count === 0 || count > APPEND_BATCH_MAX) {
    throw new TessraxError('append_count', `an append takes 1 to ${APPEND_BATCH_MAX} entries, not ${count}`, {
      remedy: 'send them in several calls',
      fields: { count, max: APPEND_BATCH_MAX },
    });
  }
  if (state.appendsPending + count > APPENDS_PENDING_MAX) {
    throw new TessraxError('append_busy', `${state.appendsPending} appends are waiting for the disk`, {
      remedy: 'try again in a moment',
      fields: { pending: state.appendsPending, max: APPENDS_PENDING_MAX },
    });
  }
}

function authorAll(state: NodeState, drafts: readonly Draft[]): Candidate[] {
  const entries: Candidate[] = [];
  let tip: Parameters<typeof authorEntry>[1] = state.ledger.head(state.self);
  drafts.forEach((draft, index) => {
    try {
      const entry = authorEntry(state.author, tip, draft, state.now.wallMs);
      entries.push(entry);
      tip = { ...entry, size: entry.seq + 1 };
    } catch (error) {
      if (!(error instanceof TessraxError)) throw error;
      throw new TessraxError(error.code, error.message, { remedy: error.remedy, fields: { ...error.fields, index } });
    }
  });
  return entries;
}

/** A push is a delta to everyone: one SYNC_EVENT in the same batch as the entries. Nobody connected: nothing to journal. */
function draftPush(
  state: NodeState,
  entries: readonly Candidate[],
): { message: Uint8Array; admission: Admission } | undefined {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  if (state.peers.size === 0 || entries.length > PUSH_ENTRIES_MAX || bytes > PUSH_BYTES_MAX) return undefined;
  const { entry, admission } = journal(state, syncEventDraft(EVERYONE, [entries]));
  return { message: encodeMessage({ kind: 'delta', event: { ...entry, entry }, runs: runOf(entries) }), admission };
}
