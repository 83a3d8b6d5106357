/** All records of a database: every checksum, how many there are, and the kept statements of other nodes. */
import { equalBytes } from '../core/bytes.ts';
import { examineFlat } from '../core/entry/examine-flat.ts';
import { fromFlat } from '../core/entry/flat.ts';
import { parseStrict } from '../core/entry/strict-json.ts';
import { isObject } from '../core/entry/types.ts';
import { TessraxError } from '../core/errors.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type Database, scan } from '../store/database.ts';
import { bucketName } from '../store/keys.ts';
import { unseal, unsealText } from '../store/records.ts';
import type { Faults } from './faults.ts';
import type { SignatureChecks } from './signature-checks.ts';

interface RecordAudit {
  readonly db: Database;
  readonly faults: Faults;
  readonly federation: string;
  readonly signatures: SignatureChecks;
  /** How many records the feeds account for, by bucket; those that are not named may hold any number. */
  readonly expected: Readonly<Record<string, number>>;
}

const EVERYTHING = { gte: new Uint8Array(0), lt: new Uint8Array(64).fill(0xff) };
const CHUNKS = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };
/** Type names that a node keeps of others. */
const STATEMENTS: ReadonlySet<string> = new Set(['SYNC_EVENT', 'SYNC_CONFIRMED']);

export async function checkRecords(audit: RecordAudit): Promise<void> {
  const { db, faults } = audit;
  const counts = new Map<string, number>();
  try {
    for await (const pairs of scan(db, { ...EVERYTHING, ...CHUNKS })) {
      for (const [key, value] of pairs) {
        const bucket = bucketName(key);
        counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
        await checkRecord(audit, bucket, key, value);
      }
    }
  } catch (error) {
    faults.catch('database', error);
    return;
  }
  for (const [bucket, expected] of Object.entries(audit.expected)) {
    const count = counts.get(bucket) ?? 0;
    if (count !== expected) {
      faults.add(bucket, 'records_unaccounted', `there are ${count} records; the feeds account for ${expected}`);
    }
  }
}

async function checkRecord(audit: RecordAudit, bucket: string, key: Uint8Array, value: Uint8Array): Promise<void> {
  try {
    if (bucket === 'unknown') throw new TessraxError('record_unknown', 'a record belongs to nothing');
    if (bucket === 'statements') await checkStatement(audit, key, value);
    else unseal(key, value);
  } catch (error) {
    audit.faults.catch(bucket, error);
  }
}

/** A statement of the other side: a journal entry that stands by itself, under its own receipt hash. */
async function checkStatement(
  { federation, signatures }: RecordAudit,
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
