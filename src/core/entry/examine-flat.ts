/** A flat entry held against itself: what it says of its hashes is what they are. */
import { sha256 } from '#sha256';
import { equalBytes } from '../bytes.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { encodeEntry } from './codec.ts';
import { examineRun } from './examine.ts';
import type { FlatClaim } from './flat.ts';

/** Checks a flat entry by itself: its body, its hashes, its receipt hash. Gives the signatures to check. */
export function examineFlat(claim: FlatClaim): readonly SignatureJob[] {
  const { federation, origin, log, seq, prev } = claim;
  const entry = { ...claim, bytes: encodeEntry(claim) };
  const [candidate] = examineRun({ origin, log, from: seq, prev, entries: [entry] }, federation);
  if (candidate === undefined) throw wrong('proof_entry', 'there is no entry');
  if (!equalBytes(sha256(claim.body), claim.bodyHash) || claim.body.length !== claim.bodySize) {
    throw wrong('body_hash_mismatch', 'the body is not the one its header names', { origin, seq });
  }
  if (!equalBytes(candidate.hash, claim.hash))
    throw wrong('hash_mismatch', 'the receipt hash is not that of the header', { origin, seq });
  return candidate.jobs;
}

function wrong(code: string, message: string, fields: Readonly<Record<string, string | number>> = {}): TessraxError {
  return new TessraxError(code, message, { fields });
}
