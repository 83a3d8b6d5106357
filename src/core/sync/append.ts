/** Appending to one's own feed, and pushing what is small and fresh to everyone. */
import { sha256 } from '#sha256';
import { toHex } from '../bytes.ts';
import { authorEntry } from '../entry/author.ts';
import { canonicalize } from '../entry/canonical-json.ts';
import type { Candidate } from '../entry/examine.ts';
import { TessraxError } from '../errors.ts';
import type { Draft, SealRecord } from '../events.ts';
import { writerRefusal } from '../federation/genesis.ts';
import type { Admission } from '../ledger/admission.ts';
import { EQUIVOCATION, type ForkProof, forkPayload } from '../ledger/fork.ts';
import { APPEND_BATCH_MAX, APPENDS_PENDING_MAX, PUSH_BYTES_MAX, PUSH_ENTRIES_MAX } from '../limits.ts';
import { EVERYONE, isObject, reviewJobs } from '../entry/types.ts';
import { admitOwn, apply, commit, journal } from './commit.ts';
import { runOf, syncEventDraft } from './delta.ts';
import { encodeMessage } from './messages.ts';
import { recordOf } from './sealing.ts';
import { emit, type Job, type NodeState, nextId } from './state.ts';

/** The request number of what the node appends by itself. */
export const NOBODY = 0;

/** Signatures inside drafts (of a SCAR's reviewers) are checked first: one that is wrong would make the whole feed unacceptable. */
export function onAppend(state: NodeState, request: number, drafts: readonly Draft[]): void {
  const items = drafts.flatMap(({ type, body }) => reviewJobs(type, body));
  if (items.length === 0) {
    tryAppend(state, request, drafts);
    return;
  }
  const job = nextId(state);
  state.jobs.set(job, { kind: 'drafts', request, drafts });
  emit(state, { kind: 'verify', job, items });
}

export function onDraftsVerified(state: NodeState, job: Extract<Job, { kind: 'drafts' }>, valid: readonly boolean[]): void {
  if (valid.every(Boolean)) {
    tryAppend(state, job.request, job.drafts);
    return;
  }
  const result = new TessraxError('review_signature_invalid', 'a reviewer signature of a SCAR does not hold', {
    remedy: 'a reviewer signs the verdict hash in the domain "review"',
  });
  emit(state, { kind: 'reply', request: job.request, result });
}

/** A scar of our own for a feed that was found to fork. Where this node may not write, others that found it do. */
export function recordScar(state: NodeState, proof: ForkProof): void {
  const seal = state.seals.get(proof.origin);
  if (seal === undefined || seal.scarred || state.seals.has(state.self)) return;
  if (writerRefusal(state.federation, state.self, state.ledger.size(state.self)) !== undefined) return;
  seal.scarred = true;
  append(state, NOBODY, [scarDraft(proof, state.federation.id)], [recordOf(seal)]);
}

function scarDraft(proof: ForkProof, federation: string): Draft {
  const payload = forkPayload(proof, federation);
  return {
    type: 'SCAR',
    body: {
      id: `${EQUIVOCATION}/${proof.origin}/${proof.seq}`,
      origin_event: `ledger/${proof.origin}/${proof.seq}`,
      resolution: 'quarantine',
      summary: `${proof.origin} signed two entries for place ${proof.seq} of its ledger`,
      author: 'engine',
      verdict_hash: toHex(sha256(canonicalize(payload))),
      reviewers: [],
      payload,
    },
  };
}

function tryAppend(state: NodeState, request: number, drafts: readonly Draft[]): void {
  try {
    if (drafts.some(accuses)) {
      throw new TessraxError('schema_violation', 'scars of equivocation are recorded by the node that finds the proof', {
        remedy: 'record a contradiction of another kind, or let the federation find this one',
      });
    }
    append(state, request, drafts, []);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    emit(state, { kind: 'reply', request, result: error });
  }
}

/** All drafts become entries, or none: whatever is wrong with one is thrown before anything is committed. */
function append(state: NodeState, request: number, drafts: readonly Draft[], seals: readonly SealRecord[]): void {
  if (state.seals.has(state.self)) {
    throw new TessraxError('feed_sealed', 'this node signed two entries for one place of its ledger; its feed is sealed', {
      remedy: 'nothing can be appended under this key any more; see tessrax scars, and start anew with another key',
    });
  }
  checkRoom(state, drafts.length);
  const head = state.ledger.head(state.self);
  const refusal = writerRefusal(state.federation, state.self, head.size + drafts.length - 1);
  if (refusal !== undefined) {
    throw new TessraxError(refusal, `this node may not append to the ledger of federation "${state.federation.name}"`, {
      remedy: refusal === 'not_a_writer' ? 'its peer ID is not among the writers of the federation file' : 'its quota is used up',
    });
  }
  const entries = authorAll(state, drafts);
  const admission = admitOwn(head, entries);
  apply(state, admission);
  const push = draftPush(state, entries);
  state.appendsPending += entries.length;
  const result = entries.map(({ hash, seq }) => ({ hash, seq }));
  const admissions = push === undefined ? [admission] : [admission, push.admission];
  commit(state, { admissions, seals }, { kind: 'appended', request, result, push: push?.message });
}

function accuses({ type, body }: Draft): boolean {
  return type === 'SCAR' && isObject(body['payload']) && body['payload']['kind'] === EQUIVOCATION;
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
function draftPush(state: NodeState, entries: readonly Candidate[]): { message: Uint8Array; admission: Admission } | undefined {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  if (state.peers.size === 0 || entries.length > PUSH_ENTRIES_MAX || bytes > PUSH_BYTES_MAX) return undefined;
  const { entry, admission } = journal(state, syncEventDraft(EVERYONE, [entries]));
  return { message: encodeMessage({ kind: 'delta', event: { ...entry, entry }, runs: runOf(entries) }), admission };
}
