/** A StoreBatch as records of the database; its votes are in votes.ts. */
import { BinaryWriter } from '../core/binary.ts';
import type { StoreBatch } from '../core/events.ts';
import { writeStatement } from '../core/sync/statement.ts';
import { isGovernance, putGovernance } from './governance-index.ts';
import type { PutRecord } from './group-commit.ts';
import {
  decisionKey,
  entryKey,
  type FeedKeys,
  hashKey,
  headKey,
  metaKey,
  originKey,
  subtreeKey,
  valueKey,
} from './keys.ts';
import { sealedBytes, sealedEntry, sealedHead, sealedNumber, sealedPlace, sealedText } from './records.ts';
import { encodeSealRecord } from './seal-record.ts';

/** Keys, seals and places beside an entry's bytes; what a head, a subtree or a statement takes beside its own, about. */
const RECORD_OVERHEAD_BYTES = 200;
const REVOCATION_BYTES_TYPICAL = 512;
/** A checkpoint and a path of a few hashes; and of a vote its share of these and of a heartbeat. */
const CERTIFIED_BYTES_TYPICAL = 512;
const VOTE_BYTES_TYPICAL = 32;

export function putBatch(put: PutRecord, keys: FeedKeys, batch: StoreBatch): void {
  for (const entry of batch.entries) {
    const feed = keys.of(entry.origin, entry.log);
    const key = entryKey(feed, entry.seq);
    put(key, sealedEntry(key, entry));
    const placeKey = hashKey('places', entry.hash);
    put(placeKey, sealedPlace(placeKey, feed, entry.log, entry.seq));
    if (isGovernance(entry)) putGovernance(put, feed, entry.seq);
  }
  for (const subtree of batch.subtrees) {
    const key = subtreeKey(keys.of(subtree.origin, subtree.log), subtree.level, subtree.index);
    put(key, sealedBytes(key, subtree.hash));
  }
  for (const { hash, json } of batch.statements) {
    const key = hashKey('statements', hash);
    put(key, sealedText(key, json));
  }
  for (const head of batch.heads) {
    const key = headKey(keys.of(head.origin, head.log));
    put(key, sealedHead(key, head));
  }
  for (const { origin, size } of batch.certified ?? []) {
    const key = originKey('certified', keys.of(origin, 'ledger').publicKey);
    put(key, sealedNumber(key, size));
  }
  for (const { target, statement } of batch.revocations ?? []) {
    const key = originKey(
      'revocations',
      keys.of(target, 'ledger').publicKey,
      keys.of(statement.origin, 'ledger').publicKey,
    );
    const writer = new BinaryWriter(REVOCATION_BYTES_TYPICAL);
    writeStatement(writer, statement);
    put(key, sealedBytes(key, writer.finish()));
  }
  for (const seal of batch.seals ?? []) {
    const key = originKey('seals', keys.of(seal.proof.origin, 'ledger').publicKey);
    put(key, sealedBytes(key, encodeSealRecord(seal)));
  }
  for (const { name, value } of batch.values ?? []) {
    const key = valueKey(name);
    put(key, sealedText(key, value));
  }
  for (const { epoch, bytes } of batch.decisions ?? []) {
    const key = decisionKey(epoch);
    put(key, sealedBytes(key, bytes));
  }
  if (batch.votingSince !== undefined) {
    const key = metaKey('voting');
    put(key, sealedText(key, String(batch.votingSince)));
  }
  if (batch.counterReserved !== undefined) {
    const key = metaKey('counter');
    put(key, sealedText(key, String(batch.counterReserved)));
  }
}

/** The size of its records, about: what group commit counts. */
export function batchBytes(batch: StoreBatch): number {
  const records = batch.entries.length + batch.heads.length + batch.subtrees.length + batch.statements.length;
  let bytes = records * RECORD_OVERHEAD_BYTES;
  bytes += (batch.votes?.length ?? 0) * VOTE_BYTES_TYPICAL + (batch.certified?.length ?? 0) * CERTIFIED_BYTES_TYPICAL;
  for (const decision of batch.decisions ?? []) bytes += decision.bytes.length;
  for (const entry of batch.entries) bytes += entry.bytes.length;
  for (const head of batch.heads) for (const peak of head.peaks) bytes += peak.length;
  for (const statement of batch.statements) bytes += statement.json.length;
  for (const { value } of batch.values ?? []) bytes += value.length + RECORD_OVERHEAD_BYTES;
  return bytes;
}
