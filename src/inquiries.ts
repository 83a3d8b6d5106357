/**
 * Asks a peer for a part of its journal, for whoever wants to read it: nothing of the answer is kept, and nothing that the node
 * decides depends on it. Every entry is verified: its signature, its body, its place in the chain; and all of it against the root that the
 * peer signed in a heartbeat, where it begins at the first entry and reaches that size.
 */
import { equalBytes } from './core/bytes.ts';
import { type Candidate, examineRun, type Run } from './core/entry/examine.ts';
import { TessraxError } from './core/errors.ts';
import type { FeedRange } from './core/events.ts';
import type { Federation } from './core/federation/genesis.ts';
import { admit, emptyHead, judge } from './core/ledger/admission.ts';
import { type Checkpoint, checkpointOf } from './core/ledger/ledger.ts';
import { DELTAS_IN_FLIGHT_MAX, INQUIRIES_COUNT_MAX, INQUIRY_MS_MAX } from './core/limits.ts';
import { decodeMessage, encodeMessage } from './core/sync/messages.ts';
import type { JournalPart, Network, Verifier } from './ports.ts';

interface InquiriesParts {
  readonly network: Network;
  readonly verifier: Verifier;
  readonly federation: Federation;
}

interface Inquiry {
  readonly range: FeedRange;
  readonly entries: Candidate[];
  frames: number;
  readonly answered: PromiseWithResolvers<void>;
}

export class Inquiries {
  readonly #parts: InquiriesParts;
  readonly #open = new Map<number, Inquiry>();
  /** Odd, as all streams of ours, and negative: the node counts its own upwards. */
  #nextStream = -1;

  constructor(parts: InquiriesParts) {
    this.#parts = parts;
  }

  /**
   * Entries of the peer's journal, verified; fewer when its journal, or its answer, ends before the range does.
   *
   * @param signed what the peer signed of its journal last, if it was heard
   * @throws `inquiries_busy`, `peer_not_connected`, `peer_silent`, `journal_invalid`, `signature_invalid`, or an entry's refusal
   */
  async journal(range: FeedRange, signed: Checkpoint | undefined): Promise<JournalPart> {
    const inquiry = { range, entries: [], frames: 0, answered: Promise.withResolvers<void>() };
    await this.#ask(inquiry);
    const { entries } = inquiry;
    const rootChecked = checkChain(range, entries, signed);
    const items = entries.flatMap(({ jobs }: Candidate) => jobs);
    const valid = items.length === 0 ? [] : await this.#parts.verifier.verify(items);
    if (!valid.every(Boolean))
      throw new TessraxError('signature_invalid', `a signature in the journal of ${range.origin} is wrong`);
    return { entries, rootChecked };
  }

  /** Whether a stream is one of these. */
  owns(stream: number): boolean {
    return stream < 0;
  }

  frame(stream: number, data: Uint8Array): void {
    const inquiry = this.#open.get(stream);
    if (inquiry === undefined) return; // over, and the adapter was told
    try {
      const message = decodeMessage(data);
      if (message.kind === 'end' && message.status === 'done') inquiry.answered.resolve();
      else if (message.kind === 'end') throw new TessraxError('peer_silent', `the peer answered "${message.status}"`);
      else if (message.kind === 'entries') this.#take(inquiry, message.runs);
      else throw invalid(`a ${message.kind} in answer to a question for its journal`);
    } catch (error) {
      inquiry.answered.reject(error);
    }
  }

  closed(stream: number, reason: string): void {
    const error = new TessraxError('peer_silent', `the stream ended before the answer did: ${reason}`, {
      remedy: 'try again; the node tells in tessrax peers whether it is connected',
    });
    this.#open.get(stream)?.answered.reject(error);
  }

  stop(): void {
    for (const stream of this.#open.keys()) this.closed(stream, 'stopped');
  }

  async #ask(inquiry: Inquiry): Promise<void> {
    if (this.#open.size >= INQUIRIES_COUNT_MAX)
      throw new TessraxError('inquiries_busy', `${this.#open.size} questions to peers are open`, {
        remedy: 'try again in a moment',
      });
    const { network, federation } = this.#parts;
    const stream = this.#nextStream;
    this.#nextStream -= 2;
    this.#open.set(stream, inquiry);
    const timer = setTimeout(() => this.closed(stream, `no answer within ${INQUIRY_MS_MAX / 1000} s`), INQUIRY_MS_MAX);
    const request = {
      kind: 'ranges_request',
      federation: federation.id,
      log: 'journal',
      ranges: [inquiry.range],
    } as const;
    network.open(stream, inquiry.range.origin, encodeMessage(request));
    try {
      await inquiry.answered.promise;
      network.close(stream);
    } catch (error) {
      network.abort(stream, error instanceof TessraxError ? error.code : 'failed');
      throw error;
    } finally {
      clearTimeout(timer);
      this.#open.delete(stream);
    }
  }

  /** Runs must go on where the last one ended, within what was asked. */
  #take(inquiry: Inquiry, runs: readonly Run[]): void {
    const { range, entries } = inquiry;
    inquiry.frames += 1;
    if (inquiry.frames > DELTAS_IN_FLIGHT_MAX) throw invalid('more frames than an answer may have');
    for (const run of runs) {
      const next = range.from + entries.length;
      if (run.origin !== range.origin || run.from !== next || next + run.entries.length > range.to)
        throw invalid('entries that were not asked for');
      entries.push(...examineRun(run, this.#parts.federation.id));
    }
  }
}

/** The chain of what came, and where it begins at the first entry its root against the signed one; whether that was looked at. */
function checkChain(
  { origin, from }: FeedRange,
  entries: readonly Candidate[],
  signed: Checkpoint | undefined,
): boolean {
  const empty = emptyHead(origin, 'journal');
  // What lies before a part is not here: its first entry says, under its signature, what it continues.
  let last: Parameters<typeof judge>[0] = {
    ...empty,
    size: from,
    hash: from === 0 ? empty.hash : (entries[0]?.prev ?? empty.hash),
  };
  for (const entry of entries) {
    const verdict = judge(last, entry, Number.POSITIVE_INFINITY);
    if (verdict.kind !== 'accept') throw invalid(`entry ${entry.seq} does not continue the one before it`);
    last = { ...entry, size: entry.seq + 1 };
  }
  if (from !== 0 || signed === undefined || signed.size > entries.length) return false;
  const { head } = admit(empty, entries.slice(0, signed.size), Number.POSITIVE_INFINITY);
  if (!equalBytes(checkpointOf(head).root, signed.root))
    throw invalid('it does not make the root that its node signed');
  return true;
}

function invalid(what: string): TessraxError {
  return new TessraxError('journal_invalid', `the peer's answer is wrong: ${what}`);
}
