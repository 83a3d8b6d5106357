/**
 * A vote: a witness's signed heartbeat, with the path that shows which checkpoint of which feed it vouches for. It can be checked
 * by anybody, at any time, with nothing but itself.
 */
import type { BinaryReader, BinaryWriter } from '../binary.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { type Checkpoint, ledgerLeaf } from '../ledger/ledger.ts';
import { HEARTBEAT_CORE_BYTES_MAX, PROOF_HASHES_MAX } from '../limits.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';
import { heartbeatJob, readHeartbeatCore } from '../sync/heartbeat.ts';

/** Which root of the heartbeat the path leads to: that of the feeds it names, or that of the whole ledger. */
export type VoteTree = 'changed' | 'ledger';

export interface Vote extends VotePlace {
  readonly witness: PeerIdText;
  /** The signed part of the heartbeat, and its signature. */
  readonly core: Uint8Array;
  readonly signature: Uint8Array;
}

/** What of a heartbeat is the vote. */
export interface VotePlace {
  /** What is vouched for: feed `origin` has this root at this size. */
  readonly checkpoint: Checkpoint;
  readonly tree: VoteTree;
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

const TREES: readonly VoteTree[] = ['changed', 'ledger'];
const KEY_BYTES = 32;

/** The epoch whose witnesses a vote is counted with. Throws `wire_…`, `unknown_version`. */
export function epochOf({ core }: Vote): number {
  return readHeartbeatCore(core).epoch;
}

/** Checks all of a vote for an epoch but its signature, and names that. Throws `vote_…`, `wire_…`, `unknown_version`. */
export function examineVote(vote: Vote, federation: string, epoch: number): SignatureJob {
  const heartbeat = readHeartbeatCore(vote.core);
  if (heartbeat.federation !== federation)
    throw new TessraxError('vote_federation', 'the vote is of another federation');
  if (heartbeat.epoch !== epoch || heartbeat.closed)
    throw new TessraxError('vote_epoch', 'the vote is of another epoch, or was made after its end');
  if (heartbeat.node !== vote.witness) throw new TessraxError('vote_signer', 'the vote is signed by another node');
  const listed = vote.tree === 'changed';
  const inclusion = {
    index: vote.index,
    size: listed ? heartbeat.changed : heartbeat.feeds,
    root: listed ? heartbeat.changedRoot : heartbeat.root,
    leafHash: leafHash(ledgerLeaf(vote.checkpoint)),
    proof: vote.path,
  };
  if (!verifyInclusion(inclusion))
    throw new TessraxError('vote_path', 'the path does not lead from the checkpoint to what was signed');
  return heartbeatJob(vote.core, vote.witness, vote.signature);
}

export function writeVote(writer: BinaryWriter, vote: Vote): void {
  const { checkpoint, core, signature } = vote;
  const key = publicKeyOf(checkpoint.origin);
  const witness = publicKeyOf(vote.witness);
  if (key === undefined || witness === undefined)
    throw new TessraxError('vote_signer', 'a vote names Ed25519 peer IDs');
  writer.bytes(witness).bytes(key).varint(checkpoint.size).bytes(checkpoint.root);
  writer.varint(core.length).bytes(core).bytes(signature);
  writePath(writer, vote);
}

/** Size, root, tree, index and path: what tells a vote on a feed whose heartbeat is known. */
export function writeVotePlace(writer: BinaryWriter, place: VotePlace): void {
  writer.varint(place.checkpoint.size).bytes(place.checkpoint.root);
  writePath(writer, place);
}

function writePath(writer: BinaryWriter, { tree, index, path }: VotePlace): void {
  writer.byte(TREES.indexOf(tree)).varint(index).varint(path.length);
  for (const hash of path) writer.bytes(hash);
}

/** Reads what `writeVotePlace` wrote of the feed with this public key; throws `wire_…`. */
export function readVotePlace(reader: BinaryReader, publicKey: Uint8Array): VotePlace {
  const checkpoint = { origin: peerIdOf(publicKey), size: reader.varint(), root: reader.bytes(HASH_BYTES) };
  return { checkpoint, ...readPath(reader) };
}

function readPath(reader: BinaryReader): Omit<VotePlace, 'checkpoint'> {
  const tree = TREES[reader.byte()];
  if (tree === undefined) throw new TessraxError('wire_code', 'the tree of a vote is not known');
  const index = reader.varint();
  const path = Array.from({ length: reader.count(PROOF_HASHES_MAX, 'hashes in a path') }, () =>
    reader.bytes(HASH_BYTES),
  );
  return { tree, index, path };
}

/** Reads what `writeVote` wrote; throws `wire_…`. What it says is checked by `examineVote`. */
export function readVote(reader: BinaryReader): Vote {
  const witness = peerIdOf(reader.bytes(KEY_BYTES));
  const checkpoint = {
    origin: peerIdOf(reader.bytes(KEY_BYTES)),
    size: reader.varint(),
    root: reader.bytes(HASH_BYTES),
  };
  const core = reader.bytes(reader.count(HEARTBEAT_CORE_BYTES_MAX, 'bytes in the signed part of a heartbeat'));
  const signature = reader.bytes(SIGNATURE_BYTES);
  return { witness, checkpoint, core, signature, ...readPath(reader) };
}
