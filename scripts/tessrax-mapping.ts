/**
 * From a record of a Tessrax ledger to the content of an entry. A record stays whole, as the payload; what a SCAR needs beside it is taken
 * from the record by the rules written here (and in examples/README.md), and from nowhere else.
 */
import { sha256 } from '#sha256';
import { fromHex, toHex } from '../src/core/bytes.ts';
import { canonicalize, type JsonObject, type JsonValue } from '../src/core/entry/canonical-json.ts';
import { HASH_BYTES } from '../src/core/entry/header.ts';
import type { Draft } from '../src/core/events.ts';

/** A recorded contradiction becomes a SCAR; every other record, the empty one too, a RECEIPT. */
export function draftOf(payload: JsonObject): Draft {
  const scar = contradictionEvent(payload) ?? contradictionDecision(payload) ?? scarClosure(payload);
  if (scar === undefined) return { type: 'RECEIPT', body: { payload } };
  const verdictHash = recordHash(payload);
  return {
    type: 'SCAR',
    body: {
      id: scar.id ?? verdictHash,
      origin_event: scar.originEvent,
      resolution: scar.resolution,
      summary: scar.summary,
      // The Tessrax kernel or one of its engines wrote each of these records; none names a person.
      author: 'engine',
      verdict_hash: verdictHash,
      reviewers: [],
      payload,
    },
  };
}

interface Scar {
  /** The record's own name; absent: its hash. */
  readonly id: string | undefined;
  readonly originEvent: string;
  /** `reform` where the record says that something was changed; `quarantine`, noted and left as it is, everywhere else. */
  readonly resolution: 'quarantine' | 'reform';
  readonly summary: string;
}

/** A node of Tessrax's own federation met a contradiction: {"event":"contradiction","node":…,"hash":…}. */
function contradictionEvent(record: JsonObject): Scar | undefined {
  const node = textOf(record.node);
  if (record.event !== 'contradiction' || node === undefined) return undefined;
  const summary = `contradiction recorded by ${node}`;
  return { id: undefined, originEvent: `contradiction/${node}`, resolution: 'quarantine', summary };
}

/** The kernel judged one: {"event_type":"CONTRADICTION_DECISION","decision_id":…,"contradiction_ids":[…],"action":…,"rationale":…}. */
function contradictionDecision(record: JsonObject): Scar | undefined {
  const id = textOf(record.decision_id);
  const originEvent = namesOf(record.contradiction_ids);
  const summary = textOf(record.rationale);
  if (record.event_type !== 'CONTRADICTION_DECISION') return undefined;
  if (id === undefined || originEvent === undefined || summary === undefined) return undefined;
  return { id, originEvent, resolution: 'quarantine', summary };
}

/** Scars were closed by a change: {"receipt_id":…,"resolved_scars":[…],"summary":…}. */
function scarClosure(record: JsonObject): Scar | undefined {
  const id = textOf(record.receipt_id);
  const originEvent = namesOf(record.resolved_scars);
  const summary = textOf(record.summary);
  if (id === undefined || originEvent === undefined || summary === undefined) return undefined;
  return { id, originEvent, resolution: 'reform', summary };
}

/** The hash that the record gives for itself; SHA-256 of its canonical JSON when it gives none. */
function recordHash(record: JsonObject): string {
  const { hash } = record;
  if (typeof hash === 'string' && fromHex(hash, HASH_BYTES) !== undefined) return hash;
  return toHex(sha256(canonicalize(record)));
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list of names as one text; undefined when it is empty or holds anything else. */
function namesOf(value: JsonValue | undefined): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((name) => textOf(name));
  return names.includes(undefined) ? undefined : names.join(', ');
}
