/** What was cut off sealed feeds: kept as evidence, in no feed, no index and no tree. */
import type { FeedRange, PlacedEntry } from '../core/events.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { type Database, scan } from './database.ts';
import { corruptError } from './failures.ts';
import { type FeedKeys, placeOfQuarantineKey, quarantineRange } from './keys.ts';
import { unseal } from './records.ts';

const HASH_BYTES = 32;

/** Entries of a range of one origin, by place and then by receipt hash. */
export async function* quarantinedEntries(
  db: Database,
  keys: FeedKeys,
  { origin, from, to }: FeedRange,
): AsyncGenerator<PlacedEntry, void> {
  const range = quarantineRange(keys.of(origin, 'ledger').publicKey, from, to);
  const chunks = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  for await (const pairs of scan(db, { ...range, ...chunks }))
    for (const [key, value] of pairs) yield readQuarantined(origin, key, value);
}

/** The record as an entry. Throws `store_corrupt`. */
export function readQuarantined(origin: PeerIdText, key: Uint8Array, value: Uint8Array): PlacedEntry {
  const { seq, hash } = placeOfQuarantineKey(key);
  if (hash.length !== HASH_BYTES) throw corruptError('a key of the quarantine has the wrong length', { origin });
  return { origin, log: 'ledger', seq, hash, bytes: Uint8Array.from(unseal(key, value)) };
}
