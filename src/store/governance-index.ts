/** The index of GOVERNANCE entries: so that nobody reads a whole ledger to find the few of them. */
import { isOfType } from '../core/entry/codec.ts';
import type { FeedRange, PlacedEntry } from '../core/events.ts';
import { GOVERNANCE_TYPE } from '../core/federation/governance-body.ts';
import { GOVERNANCE_READ_ENTRIES, STORE_READ_CHUNK_BYTES } from '../core/limits.ts';
import { peerIdOf } from '../core/peer-id.ts';
import { type Database, getValue, getValues, scan } from './database.ts';
import { corruptError } from './failures.ts';
import type { PutRecord } from './group-commit.ts';
import {
  bucketRange,
  entryKey,
  type FeedKey,
  type FeedKeys,
  governanceKey,
  originOfKey,
  seqOfGovernanceKey,
} from './keys.ts';
import { sealedBytes, unseal, unsealEntry } from './records.ts';

const NOTHING = new Uint8Array();

export function isGovernance({ log, bytes }: Pick<PlacedEntry, 'log' | 'bytes'>): boolean {
  return log === 'ledger' && isOfType(bytes, GOVERNANCE_TYPE);
}

export function putGovernance(put: PutRecord, { publicKey }: FeedKey, seq: number): void {
  const key = governanceKey(publicKey, seq);
  put(key, sealedBytes(key, NOTHING));
}

/** GOVERNANCE entries of a range, or of all ledger feeds; each feed's in its order. Rejects with `store_corrupt` when one is missing. */
export async function* governanceEntries(
  db: Database,
  keys: FeedKeys,
  range?: FeedRange,
): AsyncGenerator<PlacedEntry, void> {
  const chunk = { chunkPairs: GOVERNANCE_READ_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  for await (const pairs of scan(db, { ...boundsOf(keys, range), ...chunk })) {
    const places = pairs.map(([key, value]) => {
      unseal(key, value);
      const origin = peerIdOf(originOfKey(key));
      return { indexKey: key, origin, key: entryKey(keys.of(origin, 'ledger'), seqOfGovernanceKey(key)) };
    });
    const values = await getValues(
      db,
      places.map(({ key }) => key),
    );
    for (const [i, { indexKey, origin, key }] of places.entries()) {
      const value = values[i];
      if (value !== undefined) yield unsealEntry(origin, 'ledger', key, value);
      else if ((await getValue(db, indexKey)) !== undefined) {
        throw corruptError('a governance entry that the index names is missing', { origin });
      } // else it was cut off since the iterator began
    }
  }
}

function boundsOf(keys: FeedKeys, range: FeedRange | undefined): { gte: Uint8Array; lt: Uint8Array } {
  if (range === undefined) return bucketRange('governance');
  const { publicKey } = keys.of(range.origin, 'ledger');
  return { gte: governanceKey(publicKey, range.from), lt: governanceKey(publicKey, range.to) };
}
