/** Appending to one's own feed, and pushing what is small and fresh to everyone. */
import { authorEntry, type ChainTip } from '../entry/author.ts';
import { type Candidate, innerJobs } from '../entry/examine.ts';
import { EVERYONE } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import type { AppendMemo, AppendRequest, Draft, SignatureJob, StoreBatch } from '../events.ts';
import type { Admission } from '../ledger/admission.ts';
import {
  APPEND_BATCH_MAX,
  APPEND_REVIEWS_MAX,
  APPENDS_PENDING_MAX,
  PUSH_BYTES_MAX,
  PUSH_ENTRIES_MAX,
} from '../limits.ts';
import { checkBallots, noteSigned } from './ballot-box.ts';
import { admitOwn, apply, commit, journal } from './commit.ts';
import { runOf, syncEventDraft } from './delta.ts';
import { encodeMessage } from './messages.ts';
import { takeScars } from './sealing.ts';
import { type AfterStored, emit, type Job, type NodeState, nextId } from './state.ts';

/** A request whose drafts are entries now, not yet admitted. */
interface Authored {
  readonly request: number;
  readonly entries: readonly Candidate[];
  readonly value: StoredValue | undefined;
}

/** Requests that share a batch. */
interface Group {
  readonly entries: readonly Candidate[];
  readonly bytes: number;
  readonly replies: Extract<AfterStored, { kind: 'appended' }>['replies'];
  readonly values: readonly StoredValue[];
}
type StoredValue = NonNullable<StoreBatch['values']>[number];

const EMPTY_GROUP: Group = { entries: [], bytes: 0, replies: [], values: [] };

/**
 * Appends what came together. Requests that fit one push share it, its SYNC_EVENT and one batch: most of what an append costs beside
 * its signature is then paid once. What is wrong with a request is its own fault alone.
 */
export function onAppend(state: NodeState, requests: readonly AppendRequest[]): void {
  let group = EMPTY_GROUP;
  for (const asked of requests) {
    const authored = orRefuse(state, asked.request, () => authorIfChecked(state, asked, group));
    if (authored === undefined) continue;
    const joined = join(group, authored);
    if (isPushable(joined)) {
      group = joined;
    } else {
      appendGroup(state, group);
      group = join(EMPTY_GROUP, authored);
    }
  }
  appendGroup(state, group);
}

/** What `work` gives; an error of it goes to who asked. */
function orRefuse<T>(state: NodeState, request: number, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    emit(state, { kind: 'reply', request, result: error });
    return undefined;
  }
}

/** Undefined where signatures have to be checked first. */
function authorIfChecked(state: NodeState, asked: AppendRequest, group: Group): Authored | undefined {
  checkRoom(state, group.entries.length, asked.drafts.length);
  const inner = innerSignatures(state, asked.drafts);
  if (inner.items.length === 0) return author(state, asked, group.entries.at(-1));
  verifyFirst(state, asked, inner);
  return undefined;
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
  state.appendsPending -= job.drafts.length;
  const index = job.draftOf[valid.indexOf(false)];
  orRefuse(state, job.request, () => {
    if (index === undefined) append(state, job);
    else
      throw new TessraxError('signature_invalid', 'a signature inside the draft does not hold', {
        remedy: 'have it signed again',
        fields: { index },
      });
  });
}

/** All drafts become entries, or none: whatever is wrong with one is thrown before anything is committed. */
export function append(state: NodeState, asked: AppendRequest): void {
  appendGroup(state, join(EMPTY_GROUP, author(state, asked, undefined)));
}

/** Signs the drafts as the entries after `last`, or after the feed's head. */
function author(state: NodeState, { request, drafts, memo }: AppendRequest, last: Candidate | undefined): Authored {
  if (state.seals.has(state.self)) {
    throw new TessraxError(
      'feed_sealed',
      'the feed of this node is sealed: it signed two entries for one place, or was revoked',
      {
        remedy: 'nothing can be appended under this key any more: see tessrax scars, and go on with another key',
      },
    );
  }
  const tip = last === undefined ? state.ledger.head(state.self) : { ...last, size: last.seq + 1 };
  const refusal = state.epochs.writerRefusal(state.self, tip.size + drafts.length - 1);
  if (refusal !== undefined) {
    throw new TessraxError(refusal, `this node may not append to the ledger of federation "${state.federation.name}"`, {
      remedy:
        refusal === 'not_a_writer'
          ? 'its peer ID is not among the writers of the federation file, and no decision has made it a witness'
          : 'its quota is used up',
    });
  }
  const entries = authorAll(state, tip, drafts);
  checkBallots(state, entries);
  noteSigned(state, entries); // the next request of the group may hold one more
  return { request, entries, value: memo === undefined ? undefined : memoValue(memo, tip.size, entries.length) };
}

function appendGroup(state: NodeState, group: Group): void {
  const { entries, replies, values } = group;
  if (entries.length === 0) return;
  const admission = admitOwn(state.ledger.head(state.self), entries);
  apply(state, admission);
  const push = state.peers.size > 0 && isPushable(group) ? draftPush(state, entries) : undefined;
  state.appendsPending += entries.length;
  const admissions = push === undefined ? [admission] : [admission, push.admission];
  commit(
    state,
    { admissions, ...(values.length === 0 ? {} : { values }) },
    { kind: 'appended', replies, push: push?.message },
  );
  takeScars(state, [admission]);
}

function join(group: Group, { request, entries, value }: Authored): Group {
  return {
    entries: [...group.entries, ...entries],
    bytes: entries.reduce((sum, entry) => sum + entry.bytes.length, group.bytes),
    replies: [...group.replies, { request, result: entries.map(({ hash, seq }) => ({ hash, seq })) }],
    values: value === undefined ? group.values : [...group.values, value],
  };
}

function isPushable({ entries, bytes }: Group): boolean {
  return entries.length <= PUSH_ENTRIES_MAX && bytes <= PUSH_BYTES_MAX;
}

function memoValue({ name, text }: AppendMemo, seq: number, count: number): { name: string; value: string } {
  return { name, value: `${text} ${seq} ${count}` };
}

function checkRoom(state: NodeState, grouped: number, count: number): void {
  if (count === 0 || count > APPEND_BATCH_MAX) {
    throw new TessraxError('append_count', `an append takes 1 to ${APPEND_BATCH_MAX} entries, not ${count}`, {
      remedy: 'send them in several calls',
      fields: { count, max: APPEND_BATCH_MAX },
    });
  }
  const pending = state.appendsPending + grouped;
  if (pending + count > APPENDS_PENDING_MAX) {
    throw new TessraxError('append_busy', `${pending} appends are waiting for the disk`, {
      remedy: 'try again in a moment',
      fields: { pending, max: APPENDS_PENDING_MAX },
    });
  }
}

function authorAll(state: NodeState, head: ChainTip, drafts: readonly Draft[]): Candidate[] {
  const entries: Candidate[] = [];
  let tip = head;
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

/** A push is a delta to everyone: one SYNC_EVENT in the same batch as the entries. */
function draftPush(state: NodeState, entries: readonly Candidate[]): { message: Uint8Array; admission: Admission } {
  const { entry, admission } = journal(state, syncEventDraft(EVERYONE, [entries]));
  return { message: encodeMessage({ kind: 'delta', event: { ...entry, entry }, runs: runOf(entries) }), admission };
}
