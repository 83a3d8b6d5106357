/**
 * The map of the database. A key is one byte that names the bucket, then what the table says; numbers are big-endian, so that LevelDB's
 * byte order is the order of the feed. Values are sealed with a checksum (records.ts); the table gives what is inside.
 *
 * | bucket        | key after the first byte                      | value                                            |
 * | ------------- | --------------------------------------------- | ------------------------------------------------ |
 * | 1 meta        | name, ASCII (MetaName)                        | text; `commit`: number, 8 bytes                  |
 * | 2 heads       | log (1), origin (32)                          | FeedHead                                         |
 * | 3 entries     | log (1), origin (32), seq (8)                 | receipt hash (32), entry in binary form   |
 * | 4 subtrees    | log (1), origin (32), level (1), index (8)    | hash (32)                                        |
 * | 5 places      | receipt hash (32)                             | log (1), origin (32), seq (8)                    |
 * | 6 statements  | receipt hash (32)                             | flat JSON, UTF-8                                 |
 * | 7 values      | name, UTF-8                                   | text, UTF-8                                      |
 * | 8 votes       | origin (32)                                   | round, checkpoints and paths, votes (votes.ts)   |
 * | 9 certified   | origin (32)                                   | number, 8 bytes                                  |
 * | 10 seals      | origin (32)                                   | why a feed is sealed, and its certificate        |
 * | 13 revocations| target (32), signer (32)                      | signed statement: a REVOCATION entry at its place |
 * | 11 quarantine | origin (32), seq (8), receipt hash (32)       | entry in binary form: cut off a sealed feed      |
 * | 12 governance | origin (32), seq (8)                          | nothing: there stands a GOVERNANCE entry         |
 * | 14 decisions  | epoch (8)                                     | what ended it, with its proof             |
 * | 15 heartbeats | round (8)                                     | signed parts and signatures of heartbeats that are votes |
 *
 * `origin` is the public key inside the peer ID. A change to this table is a new SCHEMA_VERSION.
 * Schema 1 had each vote whole, in its binary form, at origin (32), witness (32), and no heartbeats: a store is brought to 2 when it is opened.
 */
import { TessraxError } from '../core/errors.ts';
import type { LogName } from '../core/ledger/feed.ts';
import { FEEDS_COUNT_MAX } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';

export const SCHEMA_VERSION = '2';
/** What can be read besides. */
export const SCHEMA_VERSION_BEFORE = '1';

const BUCKETS = {
  meta: 1,
  heads: 2,
  entries: 3,
  subtrees: 4,
  places: 5,
  statements: 6,
  values: 7,
  votes: 8,
  certified: 9,
  seals: 10,
  quarantine: 11,
  governance: 12,
  revocations: 13,
  decisions: 14,
  heartbeats: 15,
} as const;
export type BucketName = keyof typeof BUCKETS;
export type MetaName = 'schema' | 'federation' | 'node' | 'counter' | 'voting' | 'commit';

const LOG_BYTES = { ledger: 0, journal: 1 } as const;
const ORIGIN_BYTES = 32;
/** Bucket, log, origin: what all keys of one feed begin with. */
const FEED_PREFIX_BYTES = 1 + 1 + ORIGIN_BYTES;
export const ENTRY_KEY_BYTES = FEED_PREFIX_BYTES + 8;

export function bucketName(key: Uint8Array): string {
  for (const [name, byte] of Object.entries(BUCKETS)) if (byte === key[0]) return name;
  return 'unknown';
}

export function metaKey(name: MetaName): Uint8Array {
  return nameKey('meta', name);
}

export function valueKey(name: string): Uint8Array {
  return nameKey('values', name);
}

/** A key of the buckets that are found by receipt hash. */
export function hashKey(bucket: 'places' | 'statements', hash: Uint8Array): Uint8Array {
  const key = Buffer.allocUnsafe(1 + hash.length);
  key[0] = BUCKETS[bucket];
  key.set(hash, 1);
  return key;
}

export function entryKey(feed: FeedKey, seq: number): Uint8Array {
  const key = Buffer.allocUnsafe(ENTRY_KEY_BYTES);
  key.set(feed.bytes, 0);
  key[0] = BUCKETS.entries;
  putUint64(key, FEED_PREFIX_BYTES, seq);
  return key;
}

/** The sequence number in a key of the entries bucket. */
export function seqOfEntryKey(key: Uint8Array): number {
  return getUint64(key, FEED_PREFIX_BYTES);
}

export function headKey(feed: FeedKey): Uint8Array {
  const key = Buffer.allocUnsafe(FEED_PREFIX_BYTES);
  key.set(feed.bytes, 0);
  key[0] = BUCKETS.heads;
  return key;
}

export function subtreeKey(feed: FeedKey, level: number, index: number): Uint8Array {
  const key = Buffer.allocUnsafe(FEED_PREFIX_BYTES + 1 + 8);
  key.set(feed.bytes, 0);
  key[0] = BUCKETS.subtrees;
  key[FEED_PREFIX_BYTES] = level;
  putUint64(key, FEED_PREFIX_BYTES + 1, index);
  return key;
}

/** A key of the buckets that are found by origin; in votes of schema 1 by witness, too. */
export function originKey(
  bucket: 'votes' | 'certified' | 'seals' | 'quarantine' | 'governance' | 'revocations',
  ...publicKeys: readonly Uint8Array[]
): Uint8Array {
  return Buffer.concat([Uint8Array.of(BUCKETS[bucket]), ...publicKeys]);
}

export function quarantineKey(origin: Uint8Array, seq: number, hash: Uint8Array): Uint8Array {
  const place = new Uint8Array(8);
  putUint64(place, 0, seq);
  return originKey('quarantine', origin, place, hash);
}

export function governanceKey(origin: Uint8Array, seq: number): Uint8Array {
  const place = new Uint8Array(8);
  putUint64(place, 0, seq);
  return originKey('governance', origin, place);
}

/** The sequence number in a key of the governance bucket. */
export function seqOfGovernanceKey(key: Uint8Array): number {
  return getUint64(key, 1 + ORIGIN_BYTES);
}

/** Keys of the decisions that ended this epoch and all after it lie in [gte, lt). */
export function decisionsRange(from: number): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: decisionKey(from), lt: Uint8Array.of(BUCKETS.decisions + 1) };
}

export function decisionKey(epoch: number): Uint8Array {
  const key = new Uint8Array(1 + 8);
  key[0] = BUCKETS.decisions;
  putUint64(key, 1, epoch);
  return key;
}

/** All votes on one origin lie in [gte, lt). */
export function votesRange(origin: Uint8Array): { gte: Uint8Array; lt: Uint8Array } {
  const beyond = new Uint8Array(ORIGIN_BYTES + 1).fill(0xff); // longer than any witness
  return { gte: originKey('votes', origin), lt: originKey('votes', origin, beyond) };
}

/** Whether a key of the votes bucket is of schema 1. */
export function isLoneVote(key: Uint8Array): boolean {
  return key.length > 1 + ORIGIN_BYTES;
}

export function roundKey(round: number): Uint8Array {
  const key = new Uint8Array(1 + 8);
  key[0] = BUCKETS.heartbeats;
  putUint64(key, 1, round);
  return key;
}

/** What was cut off one origin's feed in [from, to) lies in [gte, lt). */
export function quarantineRange(origin: Uint8Array, from: number, to: number): { gte: Uint8Array; lt: Uint8Array } {
  const none = new Uint8Array(0);
  return { gte: quarantineKey(origin, from, none), lt: quarantineKey(origin, to, none) };
}

/** Place and receipt hash in a key of the quarantine bucket. */
export function placeOfQuarantineKey(key: Uint8Array): { readonly seq: number; readonly hash: Uint8Array } {
  return { seq: getUint64(key, 1 + ORIGIN_BYTES), hash: Uint8Array.from(key.subarray(1 + ORIGIN_BYTES + 8)) };
}

/** The public key that keys by origin begin with: of the origin, or of who is revoked. */
export function originOfKey(key: Uint8Array): Uint8Array {
  return key.slice(1, 1 + ORIGIN_BYTES);
}

/** Every key of a bucket lies in [gte, lt). */
export function bucketRange(bucket: BucketName): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: Uint8Array.of(BUCKETS[bucket]), lt: Uint8Array.of(BUCKETS[bucket] + 1) };
}

/** Log and origin as they stand in a key of the heads bucket. */
export function feedOfHeadKey(key: Uint8Array): { log: LogName; publicKey: Uint8Array } | undefined {
  const log = logOfByte(key[1]);
  return key.length === FEED_PREFIX_BYTES && log !== undefined ? { log, publicKey: key.slice(2) } : undefined;
}

export function logByte(log: LogName): number {
  return LOG_BYTES[log];
}

export function logOfByte(byte: number | undefined): LogName | undefined {
  if (byte === LOG_BYTES.ledger) return 'ledger';
  return byte === LOG_BYTES.journal ? 'journal' : undefined;
}

/** 64-bit unsigned, big-endian; JavaScript holds it exactly up to 2^53 - 1. */
export function putUint64(target: Uint8Array, offset: number, value: number): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(offset, Math.floor(value / 0x1_0000_0000));
  view.setUint32(offset + 4, value >>> 0);
}

export function getUint64(source: Uint8Array, offset: number): number {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  return view.getUint32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4);
}

/** A feed as the keys name it: log and public key behind an empty bucket byte. */
export interface FeedKey {
  readonly bytes: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Remembers the key bytes of feeds: decoding base58 costs more than writing an entry. */
export class FeedKeys {
  readonly #known: Record<LogName, Map<PeerIdText, FeedKey>> = { ledger: new Map(), journal: new Map() };

  /** Throws `peer_id_invalid` when `origin` is not the peer ID of an Ed25519 key. */
  of(origin: PeerIdText, log: LogName): FeedKey {
    const known = this.#known[log];
    const found = known.get(origin);
    if (found !== undefined) return found;
    const publicKey = publicKeyOf(origin);
    if (publicKey === undefined) {
      throw new TessraxError('peer_id_invalid', `"${origin}" is not a peer ID of an Ed25519 key`, {
        fields: { peer: origin },
      });
    }
    const bytes = Uint8Array.of(0, LOG_BYTES[log], ...publicKey);
    if (known.size >= FEEDS_COUNT_MAX) known.clear();
    const key = { bytes, publicKey };
    known.set(origin, key);
    return key;
  }
}

function nameKey(bucket: BucketName, name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(BUCKETS[bucket]), Buffer.from(name, 'utf8')]);
}
