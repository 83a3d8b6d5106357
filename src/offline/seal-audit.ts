/**
 * The sealed feeds of a folder: why each is sealed, by a proof that holds by itself; who revoked whom; and what a
 * certificate shows of the entries beyond the fork.
 */
import { BinaryReader } from '../core/binary.ts';
import { equalBytes } from '../core/bytes.ts';
import { examineRun } from '../core/entry/examine.ts';
import { TessraxError } from '../core/errors.ts';
import type { SealRecord } from '../core/events.ts';
import type { EpochChain } from '../core/federation/epoch-chain.ts';
import { certificateEpoch, examineFeedCertificate } from '../core/federation/feed-certificate.ts';
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
  readonly chain: EpochChain;
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
  { chain, signatures }: SealAuditParts,
  key: Uint8Array,
  value: Uint8Array,
): Promise<SealRecord> {
  const seal = readSealRecord(unseal(key, value));
  const { proof, certificate } = seal;
  const { origin } = proof;
  if (!equalBytes(key, originKey('seals', publicKeyOf(origin) ?? new Uint8Array())))
    throw new TessraxError('seal_misplaced', `the reason is about ${origin}`);
  await signatures.add(examineSealReason(proof, chain), `seal of ${origin}`);
  if (certificate === undefined) return seal;
  if (certificate.checkpoint.origin !== origin)
    throw new TessraxError('seal_misplaced', `the certificate is about ${certificate.checkpoint.origin}`);
  const electorate = chain.electedWith(certificateEpoch(certificate) ?? 0);
  if (electorate === undefined)
    throw new TessraxError('vote_epoch', 'its certificate is of an epoch that elected nobody');
  const jobs = examineFeedCertificate(certificate, chain.id, electorate);
  await signatures.add(jobs, `certificate in the seal of ${origin}`);
  return seal;
}

/** A statement against a node. Those of nodes that have no say are kept too: they may become witnesses. */
async function checkRevocation(
  { chain, signatures }: SealAuditParts,
  key: Uint8Array,
  value: Uint8Array,
): Promise<void> {
  const target = peerIdOf(originOfKey(key));
  const reader = new BinaryReader(unseal(key, value));
  const { origin, seq, prev, entry } = readStatement(reader);
  reader.end();
  const [candidate] = examineRun({ origin, log: 'ledger', from: seq, prev, entries: [entry] }, chain.id);
  const keys = [target, origin].map((peer) => publicKeyOf(peer) ?? new Uint8Array());
  if (candidate?.revokes !== target || !equalBytes(key, originKey('revocations', ...keys))) {
    throw new TessraxError('revocation_misplaced', `the statement of ${origin} is not one that revokes this node`);
  }
  await signatures.add(candidate.jobs, `revocation of ${target} by ${origin}`);
}
