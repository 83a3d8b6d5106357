/**
 * The sealed feeds of a folder: why each is sealed, by a proof that holds by itself; who revoked whom; and what a
 * certificate shows of the entries beyond the fork.
 */
import { BinaryReader } from '../core/binary.ts';
import { equalBytes } from '../core/bytes.ts';
import { examineRun } from '../core/entry/examine.ts';
import { TessraxError } from '../core/errors.ts';
import type { SealRecord } from '../core/events.ts';
import { examineFeedCertificate } from '../core/federation/feed-certificate.ts';
import type { Federation } from '../core/federation/genesis.ts';
import type { FeedHead } from '../core/ledger/feed.ts';
import { checkpointOf } from '../core/ledger/ledger.ts';
import { examineSealReason } from '../core/ledger/seal-reason.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../core/peer-id.ts';
import { readStatement } from '../core/sync/statement.ts';
import { type Database, scan } from '../store/database.ts';
import { type BucketName, bucketRange, originKey, originOfKey } from '../store/keys.ts';
import { unseal } from '../store/records.ts';
import { readSealRecord } from '../store/seal-record.ts';
import type { Faults } from './faults.ts';
import type { SignatureChecks } from './signature-checks.ts';

export interface SealAuditParts {
  readonly db: Database;
  readonly federation: Federation;
  readonly faults: Faults;
  readonly signatures: SignatureChecks;
}

const CHUNKS = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };

/** The seals by origin, and how many revoking statements there are; what is wrong with one is a fault of its own. */
export async function readSealsAndRevocations(
  parts: SealAuditParts,
): Promise<{ readonly seals: ReadonlyMap<PeerIdText, SealRecord>; readonly revocations: number }> {
  const seals = new Map<PeerIdText, SealRecord>();
  let revocations = 0;
  await eachRecord(parts, 'seals', 'seal', async (key, value) => {
    const seal = await checkSeal(parts, key, value);
    seals.set(seal.proof.origin, seal);
  });
  await eachRecord(parts, 'revocations', 'revocation', async (key, value) => {
    revocations++;
    await checkRevocation(parts, key, value);
  });
  return { seals, revocations };
}

/** Holds a certificate against the feed. To be called at every size of it. Throws `certificate_disagrees`. */
export function compareWithCertificate({ certificate }: SealRecord, head: FeedHead): void {
  if (certificate === undefined || certificate.checkpoint.size !== head.size) return;
  if (equalBytes(certificate.checkpoint.root, checkpointOf(head).root)) return;
  throw new TessraxError('certificate_disagrees', 'the certificate of its seal is for another branch');
}

async function eachRecord(
  { db, faults }: SealAuditParts,
  bucket: BucketName,
  what: string,
  check: (key: Uint8Array, value: Uint8Array) => Promise<void>,
): Promise<void> {
  try {
    for await (const pairs of scan(db, { ...bucketRange(bucket), ...CHUNKS })) {
      for (const [key, value] of pairs) {
        try {
          await check(key, value);
        } catch (error) {
          faults.catch(`${what} of ${peerIdOf(originOfKey(key))}`, error);
        }
      }
    }
  } catch (error) {
    faults.catch(bucket, error);
  }
}

async function checkSeal(
  { federation, signatures }: SealAuditParts,
  key: Uint8Array,
  value: Uint8Array,
): Promise<SealRecord> {
  const seal = readSealRecord(unseal(key, value));
  const { proof, certificate } = seal;
  const { origin } = proof;
  if (!equalBytes(key, originKey('seals', publicKeyOf(origin) ?? new Uint8Array())))
    throw new TessraxError('seal_misplaced', `the reason is about ${origin}`);
  await signatures.add(examineSealReason(proof, federation), `seal of ${origin}`);
  if (certificate === undefined) return seal;
  if (certificate.checkpoint.origin !== origin)
    throw new TessraxError('seal_misplaced', `the certificate is about ${certificate.checkpoint.origin}`);
  const witnesses = new Set(federation.witnesses.map(({ peer }) => peer));
  const jobs = examineFeedCertificate(certificate, federation.id, witnesses, federation.threshold);
  await signatures.add(jobs, `certificate in the seal of ${origin}`);
  return seal;
}

/** A statement of one who has a say: a witness, or the node itself. */
async function checkRevocation(
  { federation, signatures }: SealAuditParts,
  key: Uint8Array,
  value: Uint8Array,
): Promise<void> {
  const target = peerIdOf(originOfKey(key));
  const reader = new BinaryReader(unseal(key, value));
  const { origin, seq, prev, entry } = readStatement(reader);
  reader.end();
  const [candidate] = examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, federation.id);
  const keys = [target, origin].map((peer) => publicKeyOf(peer) ?? new Uint8Array());
  const maySpeak = origin === target || federation.witnesses.some(({ peer }) => peer === origin);
  if (candidate?.revokes !== target || !maySpeak || !equalBytes(key, originKey('revocations', ...keys))) {
    throw new TessraxError('revocation_misplaced', `the statement of ${origin} is not one that revokes this node`);
  }
  await signatures.add(candidate.jobs, `revocation of ${target} by ${origin}`);
}
