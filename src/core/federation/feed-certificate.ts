/**
 * What lets entries beyond a fork into a sealed feed: the votes of a threshold of witnesses for a checkpoint of it, and paths that show
 * that the entries at hand are a beginning of that checkpoint, and that checkpoint a beginning of what each witness signed.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { equalBytes } from '../bytes.ts';
import { HASH_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import { PROOF_HASHES_MAX, WITNESSES_COUNT_MAX } from '../limits.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';
import type { Electorate } from './governance-record.ts';
import { epochOf, examineVote, readVote, type Vote, writeVote } from './vote.ts';

/** A vote, and the consistency path from the certified checkpoint to the one it names. */
export interface ReachingVote {
  readonly vote: Vote;
  readonly path: readonly Uint8Array[];
}

export interface FeedCertificate {
  readonly checkpoint: Checkpoint;
  readonly votes: readonly ReachingVote[];
}

/** A certificate with the path from the end of the entries that travel with it. */
export interface DeltaCertificate extends FeedCertificate {
  readonly path: readonly Uint8Array[];
}

/**
 * Checks who voted, and that each vote reaches the checkpoint; names the signatures to check. Throws `certificate_vote`,
 * `certificate_short`, or the refusal of a vote.
 */
export function examineFeedCertificate(
  { checkpoint, votes }: FeedCertificate,
  federation: string,
  { since, witnesses, threshold }: Electorate,
): SignatureJob[] {
  const seen = new Set<PeerIdText>();
  const jobs = votes.map(({ vote, path }) => {
    const { witness, checkpoint: voted } = vote;
    if (!witnesses.has(witness) || seen.has(witness) || voted.origin !== checkpoint.origin) {
      throw new TessraxError('certificate_vote', 'a vote of no witness, a second vote of one, or one for another feed');
    }
    seen.add(witness);
    if (!isPrefix(checkpoint, voted, path))
      throw new TessraxError('certificate_vote', 'a vote does not reach the checkpoint');
    return examineVote(vote, federation, since);
  });
  if (seen.size < threshold) {
    throw new TessraxError('certificate_short', `${seen.size} votes, ${threshold} are needed`, {
      fields: { votes: seen.size, threshold },
    });
  }
  return jobs;
}

/** The epoch of its votes: they are of one, or it does not hold. Undefined when it has none. */
export function certificateEpoch({ votes: [first] }: FeedCertificate): number | undefined {
  return first === undefined ? undefined : epochOf(first.vote);
}

/** Whether the feed's first `size` entries, with this root, are a beginning of a checkpoint. */
export function isPrefix(
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  of: { readonly size: number; readonly root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  if (size === of.size) return path.length === 0 && equalBytes(root, of.root);
  return verifyConsistency({ oldSize: size, newSize: of.size, oldRoot: root, newRoot: of.root, proof: path });
}

export function writeFeedCertificate(writer: BinaryWriter, { checkpoint, votes }: FeedCertificate): void {
  const key = publicKeyOf(checkpoint.origin);
  if (key === undefined) throw new TessraxError('origin_invalid', 'the origin is not an Ed25519 peer ID');
  writer.bytes(key).varint(checkpoint.size).bytes(checkpoint.root).varint(votes.length);
  for (const { vote, path } of votes) {
    writeVote(writer, vote);
    writePath(writer, path);
  }
}

export function readFeedCertificate(reader: BinaryReader): FeedCertificate {
  const checkpoint = {
    origin: peerIdOf(reader.bytes(HASH_BYTES)),
    size: reader.varint(),
    root: reader.bytes(HASH_BYTES),
  };
  const count = reader.count(WITNESSES_COUNT_MAX, 'votes');
  const votes: ReachingVote[] = [];
  for (let i = 0; i < count; i++) votes.push({ vote: readVote(reader), path: readPath(reader) });
  return { checkpoint, votes };
}

export function writePath(writer: BinaryWriter, path: readonly Uint8Array[]): void {
  writer.varint(path.length);
  for (const hash of path) writer.bytes(hash);
}

export function readPath(reader: BinaryReader): Uint8Array[] {
  const count = reader.count(PROOF_HASHES_MAX, 'hashes in a path');
  return Array.from({ length: count }, () => reader.bytes(HASH_BYTES));
}
