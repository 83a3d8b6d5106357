/** A delta: runs of entries under one signed SYNC_EVENT, and the SYNC_CONFIRMED that answers it. */

import { sha256 } from '#sha256';
import { toHex } from '../bytes.ts';
import { blocksOf } from '../entry/blocks.ts';
import { type JsonObject, parseCanonical } from '../entry/canonical-json.ts';
import { type Candidate, examineRun, type Run } from '../entry/examine.ts';
import { type FullEntry, toFlat } from '../entry/flat.ts';
import { type EVERYONE, rangesJson, syncEventBody } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import type { Draft, FeedRange, SignatureJob } from '../events.ts';
import type { Admission } from '../ledger/admission.ts';
import { rootOfLeaves } from '../merkle/compact-range.ts';
import type { PeerIdText } from '../peer-id.ts';
import type { WireRun } from './messages.ts';
import type { Statement } from './statement.ts';

/** Merkle root over the receipt hashes in the order sent. */
export function deltaRoot(runs: readonly (readonly Candidate[])[]): Uint8Array {
  const entries = runs.flat();
  return rootOfLeaves(
    entries.map(({ hash }) => hash),
    blocksOf(entries),
  );
}

export function syncEventDraft(target: PeerIdText | typeof EVERYONE, runs: readonly (readonly Candidate[])[]): Draft {
  const entries = runs.reduce((sum, run) => sum + run.length, 0);
  return {
    type: 'SYNC_EVENT',
    body: { target, delta_merkle_root: toHex(deltaRoot(runs)), entries, ranges: rangesJson(runs.flatMap(rangeOf)) },
  };
}

export function syncConfirmedDraft(
  source: PeerIdText,
  eventHash: Uint8Array,
  admissions: readonly Admission[],
  ledger: { height: number; root: Uint8Array },
): Draft {
  const runs = admissions.map(({ accepted }) => accepted);
  return {
    type: 'SYNC_CONFIRMED',
    body: {
      source,
      event: toHex(eventHash),
      entries: runs.reduce((sum, run) => sum + run.length, 0),
      ranges: rangesJson(runs.flatMap(rangeOf)),
      ledger_height: ledger.height,
      ledger_root: toHex(ledger.root),
    },
  };
}

/** The range that consecutive entries cover; none for no entries. */
function rangeOf(run: readonly Candidate[]): FeedRange[] {
  const [first] = run;
  return first === undefined ? [] : [{ origin: first.origin, from: first.seq, to: first.seq + run.length }];
}

/** Consecutive entries as they travel: one run, or none for no entries. */
export function runOf(entries: readonly Candidate[]): WireRun[] {
  const [first] = entries;
  return first === undefined ? [] : [{ origin: first.origin, from: first.seq, prev: first.prev, entries }];
}

/** A statement whose bytes are in order: its hash, its body, and the signature to check. Throws what is wrong. */
export function examineStatement(
  statement: Statement,
  type: 'SYNC_EVENT' | 'SYNC_CONFIRMED',
  federation: string,
): { readonly hash: Uint8Array; readonly body: JsonObject; readonly jobs: readonly SignatureJob[] } {
  const { origin, seq, prev, entry } = statement;
  if (entry.type !== type) throw new TessraxError('statement_type', `expected a ${type}, got a ${entry.type}`);
  const [candidate] = examineRun({ origin, log: 'journal', from: seq, prev, entries: [entry] }, federation);
  const body = parseCanonical(entry.body);
  if (candidate === undefined || typeof body === 'string')
    throw new TessraxError('statement_type', 'the statement is empty');
  return { hash: candidate.hash, body, jobs: candidate.jobs };
}

/** A statement of the other side as it is kept: flat JSON under its receipt hash. */
export function keepStatement(
  statement: Statement,
  federation: string,
  hash: Uint8Array,
): { hash: Uint8Array; json: string } {
  const { origin, seq, prev, entry } = statement;
  const full: FullEntry = {
    ...entry,
    federation,
    log: 'journal',
    origin,
    seq,
    prev,
    bodyHash: sha256(entry.body),
    hash,
  };
  return { hash, json: JSON.stringify(toFlat(full)) };
}

export interface ExaminedDelta {
  readonly eventHash: Uint8Array;
  readonly runs: readonly (readonly Candidate[])[];
  /** The SYNC_EVENT's signature; the entries' are in the candidates. */
  readonly eventJobs: readonly SignatureJob[];
}

/**
 * Holds a received delta against its SYNC_EVENT: signer, target, number, ranges, and the Merkle root over what actually arrived.
 * Throws `delta_…` or what is wrong with the first wrong entry.
 */
export function examineDelta(
  delta: { readonly event: Statement; readonly runs: readonly Run[] },
  expected: { readonly source: PeerIdText; readonly target: PeerIdText | typeof EVERYONE; readonly federation: string },
): ExaminedDelta {
  const { event, runs } = delta;
  if (event.origin !== expected.source)
    throw new TessraxError('delta_source', 'the SYNC_EVENT is signed by another node');
  const { hash, body, jobs } = examineStatement(event, 'SYNC_EVENT', expected.federation);
  const claim = syncEventBody(body);
  if (claim === undefined || claim.target !== expected.target) {
    throw new TessraxError('delta_target', 'the SYNC_EVENT is meant for another node');
  }
  const candidates = runs.map((run) => examineRun(run, expected.federation));
  const ranges = candidates.flatMap(rangeOf);
  const sameRanges =
    ranges.length === claim.ranges.length &&
    ranges.every(({ origin, from, to }, i) => {
      const other = claim.ranges[i];
      return other?.origin === origin && other.from === from && other.to === to;
    });
  if (!sameRanges) throw new TessraxError('delta_ranges', 'the entries are not those the SYNC_EVENT names');
  const root = deltaRoot(candidates);
  const entries = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if (entries !== claim.entries || toHex(root) !== claim.deltaMerkleRoot) {
    throw new TessraxError('delta_root_mismatch', 'the Merkle root over what arrived is not the one that was signed', {
      fields: { entries, claimed: claim.entries },
    });
  }
  return { eventHash: hash, runs: candidates, eventJobs: jobs };
}
