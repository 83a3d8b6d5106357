/** Vectors of proofs: votes, fork proofs, feed certificates, certificates of an entry. */

import { sha256 } from '#sha256';
import { BinaryReader, BinaryWriter } from '../../src/core/binary.ts';
import { equalBytes, toHex } from '../../src/core/bytes.ts';
import { type Certificate, certificateJson } from '../../src/core/certificate.ts';
import { encodeBareHeader } from '../../src/core/entry/bare-header.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { readEntry } from '../../src/core/entry/codec.ts';
import type { Candidate } from '../../src/core/entry/examine.ts';
import { toFlat } from '../../src/core/entry/flat.ts';
import { type FeedCertificate, writeFeedCertificate } from '../../src/core/federation/feed-certificate.ts';
import { type Vote, writeVote } from '../../src/core/federation/vote.ts';
import { encodeFork, type ForkProof, headerHash } from '../../src/core/ledger/fork.ts';
import { ledgerLeaf } from '../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../src/core/merkle/tree.ts';
import { ReferenceTree } from '../../test/reference/merkle.ts';
import { BOB, CAROL, FEDERATION, FEDERATION_FILE } from '../../test/unit/core/fixtures.ts';
import {
  at,
  branch,
  certificateFor,
  checkpointOfEntries,
  forkAt,
  headerOf,
  ledgerLeaves,
  voteFor,
} from '../../test/unit/core/forks.ts';

const FORK_SEQ = 2;
/** Carol's feed, as everybody but Alice has it, and as Carol showed it to Alice. */
export const LEFT: readonly Candidate[] = branch(CAROL, 5, FORK_SEQ, 'left');
export const RIGHT: readonly Candidate[] = branch(CAROL, 4, FORK_SEQ, 'right');
export const FORK: ForkProof = forkAt(FORK_SEQ, LEFT, RIGHT);
export const CERTIFIED_SIZE = 4;
/** Three votes of three: two for four entries, Carol's own for five. */
export const FEED_CERTIFICATE: FeedCertificate = certificateFor(LEFT, CERTIFIED_SIZE);
export const VOTE: Vote = voteFor(BOB, LEFT, CERTIFIED_SIZE);
/** The same heartbeat as a vote by its ledger root. */
export const LEDGER_VOTE: Vote = ledgerVote();

function ledgerVote(): Vote {
  const own = { origin: BOB.peer, size: 4, root: new Uint8Array(32).fill(4) };
  const checkpoint = checkpointOfEntries(LEFT, CERTIFIED_SIZE);
  const leaves = ledgerLeaves([own, checkpoint]);
  const index = leaves.findIndex((leaf) => equalBytes(leaf, ledgerLeaf(checkpoint)));
  return { ...VOTE, tree: 'ledger', index, path: new MerkleTree(leaves).inclusion(index) };
}

export function voteBytes(vote: Vote): Uint8Array {
  const writer = new BinaryWriter(512);
  writeVote(writer, vote);
  return writer.finish();
}

export function certificateBytes(certificate: FeedCertificate): Uint8Array {
  const writer = new BinaryWriter(2048);
  writeFeedCertificate(writer, certificate);
  return writer.finish();
}

export function flatOf(entry: Candidate, federation: string = FEDERATION.id): JsonObject {
  const parts = readEntry(new BinaryReader(entry.bytes));
  const { origin, log, seq, prev, hash } = entry;
  return toFlat({ ...parts, federation, log, origin, seq, prev, bodyHash: sha256(parts.body), hash });
}

/** Entry 2 of Carol's left branch, with three votes, one of them for a longer feed. */
export function entryCertificate(seq = FORK_SEQ): Certificate {
  const votes = FEED_CERTIFICATE.votes.map(({ vote }) => ({ vote, feedPath: inclusionOf(LEFT, seq, vote) }));
  return { federation: FEDERATION_FILE, entry: flatOf(at(LEFT, seq)), votes, decisions: [] };
}

export function inclusionOf(entries: readonly Candidate[], seq: number, { checkpoint }: Vote): Uint8Array[] {
  return new ReferenceTree(entries.slice(0, checkpoint.size).map(({ hash }) => hash)).path(seq, checkpoint.size);
}

export function proofVectors(): JsonObject {
  return {
    about:
      'Votes (R-80), bare headers and fork proofs (R-90, R-91), feed certificates (R-95), and a certificate of one entry (R-85). Threshold 3 of the witnesses Alice, Bob and Carol; Carol signed two branches.',
    federation: FEDERATION.id,
    votes: [['vote_changed', VOTE] as const, ['vote_ledger', LEDGER_VOTE] as const].map(([name, vote]) => ({
      name,
      bytes: toHex(voteBytes(vote)),
    })),
    bare_headers: [LEFT, RIGHT].map((entries, i) => {
      const entry = at(entries, FORK_SEQ);
      const header = headerOf(entry);
      const { origin, seq, prev } = entry;
      return {
        name: `header_${i === 0 ? 'left' : 'right'}`,
        origin,
        seq,
        prev: toHex(prev),
        bytes: toHex(encodeBareHeader(header)),
        receipt_hash: toHex(headerHash({ origin, seq, prev }, header, FEDERATION.id)),
      };
    }),
    forks: [{ name: 'fork', origin: FORK.origin, seq: FORK.seq, bytes: toHex(encodeFork(FORK)) }],
    feed_certificates: [{ name: 'feed_certificate', bytes: toHex(certificateBytes(FEED_CERTIFICATE)) }],
    certificates: [
      {
        name: 'certificate',
        certificate: certificateJson(entryCertificate()),
      },
    ],
  };
}
