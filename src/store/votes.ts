/** The votes that certify a feed: one is kept for each witness. */
import { BinaryReader } from '../core/binary.ts';
import { readVote, type Vote } from '../core/federation/vote.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type Database, scan } from './database.ts';
import { votesRange } from './keys.ts';
import { unseal } from './records.ts';

export async function readVotes(db: Database, origin: Uint8Array): Promise<Vote[]> {
  const votes: Vote[] = [];
  const chunks = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
  for await (const pairs of scan(db, { ...votesRange(origin), ...chunks }))
    for (const [key, value] of pairs) votes.push(readVote(new BinaryReader(unseal(key, value))));
  return votes;
}
