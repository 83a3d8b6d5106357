/** The messages of `/tessrax/sync/1.0.0` and of the entries topic, and their exact bytes (protocol.md, section 7). */
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { type BareHeader, writeBareHeader } from '../entry/bare-header.ts';
import type { Run } from '../entry/examine.ts';
import type { FeedRange } from '../events.ts';
import { type Decision, type WireDecision, writeDecision } from '../federation/decision.ts';
import type { DeltaCertificate } from '../federation/feed-certificate.ts';
import type { LogName } from '../ledger/feed.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import { type SealReason, writeSealReason } from '../ledger/seal-reason.ts';
import { FRONTIER_CHECKPOINTS_MAX, GOVERNANCE_EPOCH_MAX } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { readCheckpoints, readKey, writeCheckpoints, writeKey } from './checkpoints.ts';
import {
  pick,
  readCertificates,
  readDecisions,
  readHash,
  readHeaders,
  readRanges,
  readRuns,
  readSeals,
  readSeqs,
  writeCertificates,
  writeFederation,
  writeRuns,
} from './message-parts.ts';
import { type Range, sizeOfRanges } from './reconcile.ts';
import { readReconcileRanges, writeReconcileRanges } from './reconcile-message.ts';
import { SALT_BYTES } from './salted-table.ts';
import { readStatement, type Statement, type WireStatement, writeStatement } from './statement.ts';

export type RangesRequest = Extract<Message, { kind: 'ranges_request' }>;

export type EndStatus = 'done' | 'busy' | 'refused';

export type Message =
  | {
      readonly kind: 'frontier_request';
      readonly federation: string;
      /** The epoch that the asker knows: it lacks the decisions from there on. */
      readonly epoch: number;
      readonly checkpoints: readonly Checkpoint[];
    }
  | {
      readonly kind: 'ranges_request';
      readonly federation: string;
      readonly log: LogName;
      readonly ranges: readonly FeedRange[];
      /** Of the feeds among the ranges that are sealed here: the peer may not know, and answers with certificates where it has them. */
      readonly seals: readonly SealReason[];
    }
  | {
      readonly kind: 'frontier';
      readonly more: boolean;
      readonly checkpoints: readonly Checkpoint[];
      /** Those that the asker lacks, in order, or the first of them. */
      readonly decisions: readonly Decision[];
    }
  | {
      readonly kind: 'delta';
      readonly event: Statement;
      readonly runs: readonly Run[];
      readonly certificates: readonly DeltaCertificate[];
    }
  | { readonly kind: 'confirm'; readonly statement: Statement }
  | { readonly kind: 'end'; readonly status: EndStatus }
  | { readonly kind: 'entries'; readonly runs: readonly Run[] }
  | {
      readonly kind: 'headers_request';
      readonly federation: string;
      readonly origin: PeerIdText;
      readonly seqs: readonly number[];
    }
  | { readonly kind: 'headers'; readonly headers: readonly PlacedHeader[] }
  /** On the revocations topic only. */
  | { readonly kind: 'revocation'; readonly statement: Statement }
  | {
      readonly kind: 'reconcile_request';
      readonly federation: string;
      readonly salt: Uint8Array;
      readonly ranges: readonly Range[];
    }
  | { readonly kind: 'reconcile'; readonly ranges: readonly Range[] };

/** A header of a ledger feed at its place; the feed is the one that was asked for. */
export interface PlacedHeader {
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly header: BareHeader;
}

/** Entries as they are written: their bytes are enough. */
export interface WireRun {
  readonly origin: PeerIdText;
  readonly from: number;
  readonly prev: Uint8Array;
  readonly entries: readonly { readonly bytes: Uint8Array }[];
}

/** What can be sent: a message, or one of stored bytes. */
export type Outgoing =
  | Exclude<Message, { kind: 'frontier' | 'ranges_request' | 'delta' | 'confirm' | 'entries' | 'revocation' }>
  | (Omit<Extract<Message, { kind: 'frontier' }>, 'decisions'> & { readonly decisions?: readonly WireDecision[] })
  | (Omit<Extract<Message, { kind: 'ranges_request' }>, 'seals'> & { readonly seals?: readonly SealReason[] })
  | {
      readonly kind: 'delta';
      readonly event: WireStatement;
      readonly runs: readonly WireRun[];
      readonly certificates?: readonly DeltaCertificate[];
    }
  | { readonly kind: 'confirm' | 'revocation'; readonly statement: WireStatement }
  | { readonly kind: 'entries'; readonly runs: readonly WireRun[] };

const KINDS = [
  'frontier_request',
  'ranges_request',
  'frontier',
  'delta',
  'confirm',
  'end',
  'entries',
  'headers_request',
  'headers',
  'revocation',
  'reconcile_request',
  'reconcile',
] as const;
const STATUSES: readonly EndStatus[] = ['done', 'busy', 'refused'];
const LOGS: readonly LogName[] = ['ledger', 'journal'];

export function encodeMessage(message: Outgoing): Uint8Array {
  const writer = new BinaryWriter(sizeOf(message));
  writer.byte(KINDS.indexOf(message.kind) + 1);
  switch (message.kind) {
    case 'frontier_request':
      writeFederation(writer, message.federation);
      writer.varint(message.epoch);
      writeCheckpoints(writer, message.checkpoints);
      break;
    case 'ranges_request':
      writeFederation(writer, message.federation);
      writer.byte(LOGS.indexOf(message.log)).varint(message.ranges.length);
      for (const { origin, from, to } of message.ranges) writeKey(writer, origin).varint(from).varint(to);
      writer.varint(message.seals?.length ?? 0);
      for (const seal of message.seals ?? []) writeSealReason(writer, seal);
      break;
    case 'frontier':
      writer.byte(message.more ? 1 : 0);
      writeCheckpoints(writer, message.checkpoints);
      writer.varint(message.decisions?.length ?? 0);
      for (const decision of message.decisions ?? []) writeDecision(writer, decision);
      break;
    case 'delta':
      writeStatement(writer, message.event);
      writeRuns(writer, message.runs);
      writeCertificates(writer, message.certificates ?? []);
      break;
    case 'confirm':
    case 'revocation':
      writeStatement(writer, message.statement);
      break;
    case 'end':
      writer.byte(STATUSES.indexOf(message.status));
      break;
    case 'entries':
      writeRuns(writer, message.runs);
      break;
    case 'headers_request':
      writeFederation(writer, message.federation);
      writeKey(writer, message.origin).varint(message.seqs.length);
      for (const seq of message.seqs) writer.varint(seq);
      break;
    case 'headers':
      writer.varint(message.headers.length);
      for (const { seq, prev, header } of message.headers) {
        writer.varint(seq).bytes(prev);
        writeBareHeader(writer, header);
      }
      break;
    case 'reconcile_request':
      writeFederation(writer, message.federation);
      writer.bytes(message.salt);
      writeReconcileRanges(writer, message.ranges);
      break;
    case 'reconcile':
      writeReconcileRanges(writer, message.ranges);
      break;
  }
  return writer.finish();
}

/** The messages that begin a stream. */
export type Request = Extract<Message, { readonly federation: string }>;

export function isRequest(message: Message): message is Request {
  return 'federation' in message;
}

const PARTS_BYTES_TYPICAL = 1024;

/** About what the message takes: a push is not to be written into room for a full delta, nor a full delta into room that grows five times. */
function sizeOf(message: Outgoing): number {
  if (message.kind === 'reconcile' || message.kind === 'reconcile_request')
    return PARTS_BYTES_TYPICAL + sizeOfRanges(message.ranges);
  if (message.kind !== 'delta' && message.kind !== 'entries') return PARTS_BYTES_TYPICAL;
  let bytes = PARTS_BYTES_TYPICAL;
  for (const { entries } of message.runs) for (const entry of entries) bytes += entry.bytes.length;
  return bytes;
}

/** Reads one message. Throws `wire_…` on anything that `encodeMessage` does not write. */
export function decodeMessage(frame: Uint8Array): Message {
  const reader = new BinaryReader(frame);
  const message = readMessage(reader);
  reader.end();
  return message;
}

function readMessage(reader: BinaryReader): Message {
  const kind = pick(reader, KINDS, 1, 'message kind');
  switch (kind) {
    case 'frontier_request':
      return {
        kind,
        federation: readHash(reader),
        epoch: reader.count(GOVERNANCE_EPOCH_MAX + 1, 'epochs'),
        checkpoints: readCheckpoints(reader, FRONTIER_CHECKPOINTS_MAX),
      };
    case 'ranges_request':
      return {
        kind,
        federation: readHash(reader),
        log: pick(reader, LOGS, 0, 'log'),
        ranges: readRanges(reader),
        seals: readSeals(reader),
      };
    case 'frontier':
      return {
        kind,
        more: pick(reader, [false, true], 0, 'flag'),
        checkpoints: readCheckpoints(reader, FRONTIER_CHECKPOINTS_MAX),
        decisions: readDecisions(reader),
      };
    case 'delta':
      return {
        kind,
        event: readStatement(reader),
        runs: readRuns(reader, 'ledger'),
        certificates: readCertificates(reader),
      };
    case 'confirm':
    case 'revocation':
      return { kind, statement: readStatement(reader) };
    case 'end':
      return { kind, status: pick(reader, STATUSES, 0, 'status') };
    case 'entries':
      return { kind, runs: readRuns(reader, 'journal') };
    case 'headers_request':
      return { kind, federation: readHash(reader), origin: readKey(reader), seqs: readSeqs(reader) };
    case 'headers':
      return { kind, headers: readHeaders(reader) };
    case 'reconcile_request':
      return {
        kind,
        federation: readHash(reader),
        salt: reader.bytes(SALT_BYTES),
        ranges: readReconcileRanges(reader),
      };
    case 'reconcile':
      return { kind, ranges: readReconcileRanges(reader) };
  }
}
