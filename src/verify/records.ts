/** Jobs as bytes, for the way to a worker thread: one record of fixed size each, in one buffer that changes hands without a copy. */
import { TessraxError } from '../core/errors.ts';
import type { SignatureDomain, SignatureJob } from '../core/events.ts';
import { HASH_BYTES } from '../core/signature.ts';
import { KEY_BYTES, SIGNATURE_BYTES } from './rule.ts';

/** The first byte of a record. MALFORMED stands for a job whose parts have wrong sizes: such a signature is never valid. */
const MALFORMED = 0;
const DOMAIN_BYTES: Readonly<Record<SignatureDomain, number>> = { entry: 1, heartbeat: 2, review: 3, root: 4 };

const KEY_AT = 1;
const HASH_AT = KEY_AT + KEY_BYTES;
const SIGNATURE_AT = HASH_AT + HASH_BYTES;
export const RECORD_BYTES = SIGNATURE_AT + SIGNATURE_BYTES;

export function packRecords(jobs: readonly SignatureJob[]): Uint8Array<ArrayBuffer> {
  const records = new Uint8Array(jobs.length * RECORD_BYTES);
  let at = 0;
  for (const job of jobs) {
    if (isWellFormed(job)) {
      records[at] = DOMAIN_BYTES[job.domain];
      records.set(job.key, at + KEY_AT);
      records.set(job.hash, at + HASH_AT);
      records.set(job.signature, at + SIGNATURE_AT);
    }
    at += RECORD_BYTES;
  }
  return records;
}

/** Judges each record; verdict bytes in order, 1 for valid. The job's parts are views of the records: not to be kept. */
export function judgeRecords(records: Uint8Array, judge: (job: SignatureJob) => boolean): Uint8Array<ArrayBuffer> {
  const verdicts = new Uint8Array(records.length / RECORD_BYTES);
  for (let i = 0; i < verdicts.length; i++) {
    const at = i * RECORD_BYTES;
    const domain = domainOf(records[at]);
    if (domain === undefined) continue;
    const job: SignatureJob = {
      domain,
      key: records.subarray(at + KEY_AT, at + HASH_AT),
      hash: records.subarray(at + HASH_AT, at + SIGNATURE_AT),
      signature: records.subarray(at + SIGNATURE_AT, at + RECORD_BYTES),
    };
    verdicts[i] = judge(job) ? 1 : 0;
  }
  return verdicts;
}

function isWellFormed(job: SignatureJob): boolean {
  return job.key.length === KEY_BYTES && job.hash.length === HASH_BYTES && job.signature.length === SIGNATURE_BYTES;
}

function domainOf(byte: number | undefined): SignatureDomain | undefined {
  switch (byte) {
    case DOMAIN_BYTES.entry:
      return 'entry';
    case DOMAIN_BYTES.heartbeat:
      return 'heartbeat';
    case DOMAIN_BYTES.review:
      return 'review';
    case DOMAIN_BYTES.root:
      return 'root';
    case MALFORMED:
      return undefined;
    default:
      throw new TessraxError('record_invalid', `a verification record begins with byte ${byte}`);
  }
}
