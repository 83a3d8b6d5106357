/** The entry that an entry names as the one before it, when that is not known by its place: beyond a fork there may be several. */

import { BinaryReader } from '../binary.ts';
import { equalBytes } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import type { PlacedEntry } from '../events.ts';
import { readEntry } from './codec.ts';
import { type Candidate, examineRun } from './examine.ts';
import { ZERO_HASH } from './header.ts';

/**
 * Examines an entry that stands by itself, by its receipt hash.
 *
 * @param before receipt hashes of the entries that may stand before it; of the first entry of a feed it is known
 * @returns the entry with its signatures to check and the `prev` that makes its receipt hash
 * @throws `predecessor_unknown` when none of them does, or the refusal of its body
 */
export function examineDetached(
  { origin, log, seq, hash, bytes }: PlacedEntry,
  before: readonly Uint8Array[],
  federation: string,
): Candidate {
  const reader = new BinaryReader(bytes);
  const parts = readEntry(reader);
  reader.end();
  for (const prev of seq === 0 ? [ZERO_HASH] : before) {
    const run = { origin, log, from: seq, prev, entries: [{ ...parts, bytes }] };
    const [candidate] = examineRun(run, federation);
    if (candidate !== undefined && equalBytes(candidate.hash, hash)) return candidate;
  }
  throw new TessraxError('predecessor_unknown', 'no entry at the place before it makes its receipt hash');
}
