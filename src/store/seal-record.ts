/** A sealed feed as it is kept: whether it is recorded, the proof, and the certificate of what lies beyond the fork. */
import { BinaryReader, BinaryWriter } from '../core/binary.ts';
import { TessraxError } from '../core/errors.ts';
import type { SealRecord } from '../core/events.ts';
import { readFeedCertificate, writeFeedCertificate } from '../core/federation/feed-certificate.ts';
import { readSealReason, writeSealReason } from '../core/ledger/seal-reason.ts';

const SCARRED = 1;
const CERTIFIED = 2;

export function encodeSealRecord({ proof, certificate, scarred }: SealRecord): Uint8Array {
  const writer = new BinaryWriter(1024);
  writeSealReason(writer.byte((scarred ? SCARRED : 0) + (certificate === undefined ? 0 : CERTIFIED)), proof);
  if (certificate !== undefined) writeFeedCertificate(writer, certificate);
  return writer.finish();
}

export function readSealRecord(bytes: Uint8Array): SealRecord {
  const reader = new BinaryReader(bytes);
  const flags = reader.byte();
  if (flags > SCARRED + CERTIFIED) throw new TessraxError('store_corrupt', `a seal has flags ${flags}`);
  const proof = readSealReason(reader);
  const certificate = (flags & CERTIFIED) === 0 ? undefined : readFeedCertificate(reader);
  reader.end();
  return { proof, certificate, scarred: (flags & SCARRED) !== 0 };
}
