/** All records of a database, bucket by bucket: every checksum, how many there are, and the kept statements of other nodes. */
import { equalBytes } from '../core/bytes.ts';
import { fromFlat } from '../core/entry/flat.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { examineFlat } from '../core/proof.ts';
import { type Database, scan } from '../store/database.ts';
import { type BucketName, bucketName, bucketRange } from '../store/keys.ts';
import { unseal, unsealText } from '../store/records.ts';
import type { Faults } from './faults.ts';
import type { SignatureChecks } from './signature-checks.ts';

interface BucketAudit {
  readonly db: Database;
  readonly faults: Faults;
  readonly federation: string;
  readonly signatures: SignatureChecks;
  /** How many records the feeds account for; buckets that are not named may hold any number. */
  readonly expected: Partial<Record<BucketName, number>>;
}

const BUCKETS: readonly BucketName[] = ['meta', 'heads', 'entries', 'subtrees', 'places', 'statements', 'values'];
const CHUNKS = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
/** Type names that a node keeps of others. */
const STATEMENTS: ReadonlySet<string> = new Set(['SYNC_EVENT', 'SYNC_CONFIRMED']);

export async function checkBuckets(audit: BucketAudit): Promise<void> {
  for (const name of BUCKETS) {
    try {
      const count = await checkBucket(audit, name);
      const expected = audit.expected[name];
      if (expected !== undefined && count !== expected) {
        audit.faults.add(name, 'records_unaccounted', `it has ${count} records; the feeds account for ${expected}`);
      }
    } catch (error) {
      audit.faults.catch(name, error);
    }
  }
  await checkNothingElse(audit);
}

async function checkBucket(audit: BucketAudit, name: BucketName): Promise<number> {
  let count = 0;
  for await (const pairs of scan(audit.db, { ...bucketRange(name), ...CHUNKS })) {
    for (const [key, value] of pairs) {
      if (name === 'statements') await checkStatement(audit, key, value);
      else unseal(key, value);
    }
    count += pairs.length;
  }
  return count;
}

/** A statement of the other side: a journal entry that stands by itself, under its own receipt hash. */
async function checkStatement(
  { federation, signatures }: BucketAudit,
  key: Uint8Array,
  value: Uint8Array,
): Promise<void> {
  const flat = parseStrict(unsealText(key, value));
  if (!isObject(flat)) throw new TessraxError('statement_malformed', 'a kept statement is not an object');
  const claim = fromFlat(flat);
  const jobs = examineFlat(claim);
  const isKept = claim.federation === federation && claim.log === 'journal' && STATEMENTS.has(claim.type);
  if (!isKept || !equalBytes(key.subarray(1), claim.hash)) {
    throw new TessraxError('statement_wrong', `a kept statement of ${claim.origin} is not the one it is kept as`);
  }
  await signatures.add(jobs, `statement of ${claim.origin}, seq ${claim.seq}`);
}

async function checkNothingElse({ db, faults }: BucketAudit): Promise<void> {
  const { lt: last } = bucketRange('values');
  const { gte: first } = bucketRange('meta');
  const outside = [
    { gte: new Uint8Array(0), lt: first },
    { gte: last, lt: Uint8Array.of(0xff, 0xff) },
  ];
  for (const range of outside) {
    for await (const pairs of scan(db, { ...range, ...CHUNKS })) {
      for (const [key] of pairs)
        faults.add('database', 'record_unknown', `a record of the bucket "${bucketName(key)}" does not belong there`);
    }
  }
}
