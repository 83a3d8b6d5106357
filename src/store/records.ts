/**
 * Values of the database. Each is sealed: CRC-32 (IEEE 802.3, 4 bytes, big-endian) over its key and its content, then the content.
 * LevelDB writes checksums of its own into table files but classic-level has no option to check them on reading, and compaction copies
 * blocks without checking either: without the seal a flipped bit would be read as data.
 */
import { crc32 } from 'node:zlib';
import { toHex } from '../core/bytes.ts';
import type { PlacedEntry } from '../core/events.ts';
import type { FeedHead, LogName } from '../core/ledger/feed.ts';
import { type PeerIdText, peerIdOf } from '../core/peer-id.ts';
import type { EntryPlace } from '../ports.ts';
import { corruptError } from './failures.ts';
import {
  bucketName,
  type FeedKey,
  feedOfHeadKey,
  getUint64,
  logByte,
  logOfByte,
  putUint64,
  seqOfEntryKey,
} from './keys.ts';

const SEAL_BYTES = 4;
const HASH_BYTES = 32;
const NONCE_BYTES = 16;
const PLACE_BYTES = 1 + 32 + 8;
/** size (8), timestamp (8), hash (32), nonce (16), number of peaks (1); the peaks follow. */
const HEAD_FIXED_BYTES = 8 + 8 + HASH_BYTES + NONCE_BYTES + 1;

/** Checks the seal and gives the content. Throws `store_corrupt`. */
export function unseal(key: Uint8Array, value: Uint8Array): Uint8Array {
  if (value.length < SEAL_BYTES) throw damaged(key, 'is too short');
  const content = value.subarray(SEAL_BYTES);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (crc32(content, crc32(key)) !== view.getUint32(0)) throw damaged(key, 'does not match its checksum');
  return content;
}

export function sealedText(key: Uint8Array, text: string): Uint8Array {
  return sealedBytes(key, Buffer.from(text, 'utf8'));
}

export function unsealText(key: Uint8Array, value: Uint8Array): string {
  return Buffer.from(unseal(key, value)).toString('utf8');
}

export function sealedBytes(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const value = Buffer.allocUnsafe(SEAL_BYTES + bytes.length);
  value.set(bytes, SEAL_BYTES);
  return sealed(key, value);
}

export function unsealHash(key: Uint8Array, value: Uint8Array): Uint8Array {
  const hash = unseal(key, value);
  if (hash.length !== HASH_BYTES) throw damaged(key, 'has the wrong length');
  return Uint8Array.from(hash);
}

export function sealedNumber(key: Uint8Array, number: number): Uint8Array {
  const value = Buffer.allocUnsafe(SEAL_BYTES + 8);
  putUint64(value, SEAL_BYTES, number);
  return sealed(key, value);
}

export function unsealNumber(key: Uint8Array, value: Uint8Array): number {
  const bytes = unseal(key, value);
  if (bytes.length !== 8) throw damaged(key, 'has the wrong length');
  return getUint64(bytes, 0);
}

export function sealedEntry(key: Uint8Array, entry: PlacedEntry): Uint8Array {
  const value = Buffer.allocUnsafe(SEAL_BYTES + HASH_BYTES + entry.bytes.length);
  value.set(entry.hash, SEAL_BYTES);
  value.set(entry.bytes, SEAL_BYTES + HASH_BYTES);
  return sealed(key, value);
}

export function unsealEntry(origin: PeerIdText, log: LogName, key: Uint8Array, value: Uint8Array): PlacedEntry {
  const content = unseal(key, value);
  if (content.length < HASH_BYTES) throw damaged(key, 'is too short');
  return {
    origin,
    log,
    seq: seqOfEntryKey(key),
    hash: plain(content, 0, HASH_BYTES),
    bytes: plain(content, HASH_BYTES, content.length),
  };
}

export function sealedHead(key: Uint8Array, head: FeedHead): Uint8Array {
  const value = Buffer.alloc(SEAL_BYTES + HEAD_FIXED_BYTES + head.peaks.length * HASH_BYTES);
  putUint64(value, SEAL_BYTES, head.size);
  putUint64(value, SEAL_BYTES + 8, head.timestampMs);
  value.set(head.hash, SEAL_BYTES + 16);
  value.set(head.nonce, SEAL_BYTES + 16 + HASH_BYTES);
  value[SEAL_BYTES + HEAD_FIXED_BYTES - 1] = head.peaks.length;
  let at = SEAL_BYTES + HEAD_FIXED_BYTES;
  for (const peak of head.peaks) {
    value.set(peak, at);
    at += HASH_BYTES;
  }
  return sealed(key, value);
}

export function unsealHead(key: Uint8Array, value: Uint8Array): FeedHead {
  const content = unseal(key, value);
  const feed = feedOfHeadKey(key);
  const count = content[HEAD_FIXED_BYTES - 1] ?? 0;
  if (feed === undefined || content.length !== HEAD_FIXED_BYTES + count * HASH_BYTES)
    throw damaged(key, 'has the wrong length');
  const peaks: Uint8Array[] = [];
  for (let at = HEAD_FIXED_BYTES; at < content.length; at += HASH_BYTES)
    peaks.push(plain(content, at, at + HASH_BYTES));
  return {
    origin: peerIdOf(feed.publicKey),
    log: feed.log,
    size: getUint64(content, 0),
    timestampMs: getUint64(content, 8),
    hash: plain(content, 16, 16 + HASH_BYTES),
    nonce: plain(content, 16 + HASH_BYTES, 16 + HASH_BYTES + NONCE_BYTES),
    peaks,
  };
}

export function sealedPlace(key: Uint8Array, feed: FeedKey, log: LogName, seq: number): Uint8Array {
  const value = Buffer.allocUnsafe(SEAL_BYTES + PLACE_BYTES);
  value[SEAL_BYTES] = logByte(log);
  value.set(feed.publicKey, SEAL_BYTES + 1);
  putUint64(value, SEAL_BYTES + 33, seq);
  return sealed(key, value);
}

export function unsealPlace(key: Uint8Array, value: Uint8Array): EntryPlace {
  const content = unseal(key, value);
  const log = logOfByte(content[0]);
  if (log === undefined || content.length !== PLACE_BYTES) throw damaged(key, 'has the wrong length');
  return { origin: peerIdOf(plain(content, 1, 33)), log, seq: getUint64(content, 33) };
}

/** Writes the checksum into the first bytes of a value whose content is in place. */
function sealed(key: Uint8Array, value: Buffer): Uint8Array {
  value.writeUInt32BE(crc32(value.subarray(SEAL_BYTES), crc32(key)), 0);
  return value;
}

/** A Uint8Array view: what callers get must not be a Buffer, whose methods differ (slice). */
function plain(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

function damaged(key: Uint8Array, what: string): Error {
  return corruptError(`a record of the bucket "${bucketName(key)}" ${what}`, { key: toHex(key) });
}
