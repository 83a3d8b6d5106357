import { deepEqual, equal, throws } from 'node:assert/strict';
import { BinaryReader, BinaryWriter } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import {
  examineFeedCertificate,
  type FeedCertificate,
  isPrefix,
  readFeedCertificate,
  writeFeedCertificate,
} from '../../../../src/core/federation/feed-certificate.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { ALICE, BOB, CAROL, FEDERATION, isValid, plain } from '../fixtures.ts';
import { branch, certificateFor, checkpointOfEntries, pathOf } from '../forks.ts';
import { byteRefusals, hex, text, vectorList } from '../vectors.ts';

const WITNESSES = new Set(FEDERATION.witnesses.map(({ peer }) => peer));
const ENTRIES = branch(CAROL, 7);

function bytesOf(certificate: FeedCertificate): Uint8Array {
  const writer = new BinaryWriter(2048);
  writeFeedCertificate(writer, certificate);
  return writer.finish();
}

function read(bytes: Uint8Array): FeedCertificate {
  const reader = new BinaryReader(bytes);
  const certificate = readFeedCertificate(reader);
  reader.end();
  return certificate;
}

/** Throws what is wrong with a certificate, its signatures included. */
function check(certificate: FeedCertificate, threshold = FEDERATION.threshold): void {
  const jobs = examineFeedCertificate(certificate, FEDERATION.id, { since: 0, witnesses: WITNESSES, threshold });
  if (!jobs.every(isValid)) throw new TessraxError('signature_invalid', 'does not hold');
}

describe('feed certificate (R-95)', () => {
  for (const vector of vectorList('proofs.json', 'feed_certificates')) {
    it(`${text(vector.name)} of the vectors holds, and is written again byte for byte`, () => {
      const certificate = read(hex(vector.bytes));
      check(certificate);
      equal(toHex(bytesOf(certificate)), vector.bytes);
    });
  }

  it('holds at every size, with votes for as much and for more', () => {
    for (let size = 1; size <= ENTRIES.length; size++) {
      const certificate = certificateFor(ENTRIES, size);
      check(certificate);
      deepEqual(plain(read(bytesOf(certificate))), plain(certificate));
    }
  });

  it('needs the threshold, and no more', () => {
    const two = certificateFor(ENTRIES, 3, [ALICE, BOB]);
    check(two, 2);
    throws(() => check(two, 3), { code: 'certificate_short' });
  });
});

describe('feed certificate: refused', () => {
  for (const { what, bytes, code } of byteRefusals('feed_certificates', 'refused-proofs.json')) {
    it(`${what}: ${code}`, () => throws(() => check(read(hex(bytes))), { code }));
  }

  it('cut off anywhere', () => {
    const bytes = bytesOf(certificateFor(ENTRIES, 3));
    for (let length = 0; length < bytes.length; length++) {
      throws(() => read(bytes.subarray(0, length)), { code: 'wire_truncated' }, String(length));
    }
  });

  it('of no peer cannot be written', () => {
    const certificate = certificateFor(ENTRIES, 3);
    const checkpoint = { ...certificate.checkpoint, origin: 'carol' };
    throws(() => bytesOf({ ...certificate, checkpoint }), { code: 'origin_invalid' });
  });
});

describe('a beginning of a feed', () => {
  it('is one by its path, at every pair of sizes, and by no other', () => {
    for (let to = 1; to <= ENTRIES.length; to++) {
      for (let from = 1; from <= to; from++) {
        const small = checkpointOfEntries(ENTRIES, from);
        const large = checkpointOfEntries(ENTRIES, to);
        const path = pathOf(ENTRIES, from, to);
        equal(isPrefix(small, large, path), true, `${from} of ${to}`);
        equal(isPrefix({ ...small, root: EMPTY_ROOT }, large, path), false);
        equal(isPrefix(small, { ...large, root: EMPTY_ROOT }, path), false);
        equal(isPrefix(small, large, [...path, EMPTY_ROOT]), false);
        if (from < to) equal(isPrefix(large, small, path), false);
      }
    }
  });
});
