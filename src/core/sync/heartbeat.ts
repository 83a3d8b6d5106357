/** The signed heartbeat: what a node says it holds. */
import { sha256 } from '#sha256';
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { equalBytes, fromHex, toHex } from '../bytes.ts';
import { HASH_BYTES, PROTOCOL_VERSION, SIGNATURE_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import { type Checkpoint, ledgerLeaf } from '../ledger/ledger.ts';
import { HEARTBEAT_BYTES_MAX, HEARTBEAT_CHECKPOINTS_MAX, TIMESTAMP_MS_MAX } from '../limits.ts';
import { rootOfLeaves } from '../merkle/compact-range.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';
import { signedMessage } from '../signature.ts';
import { readCheckpoints, writeCheckpoints } from './checkpoints.ts';

/** The part that is signed: of one small size however many feeds changed, so that it can be kept as evidence. */
export interface HeartbeatCore {
  readonly federation: string;
  readonly node: PeerIdText;
  /** The epoch in which the witnesses and the threshold came into force for which the node votes: 0 is that of the federation file. */
  readonly epoch: number;
  /** It knows later ones, and votes no more in this epoch: the heartbeat is a statement for who takes over, and no vote. */
  readonly closed: boolean;
  /** Rises with every heartbeat of a node, over restarts too. */
  readonly counter: number;
  readonly timestampMs: number;
  /** Entries of all ledger feeds, durable. */
  readonly height: number;
  /** Ledger feeds held: the size of the tree that `root` is the root of. A root alone does not bind it. */
  readonly feeds: number;
  readonly root: Uint8Array;
  /** The node's own journal: size 0 and the empty root when it has none. */
  readonly journal: Checkpoint;
  /** Number of checkpoints that follow, and the RFC 9162 root over their leaves in the order in which they follow. */
  readonly changed: number;
  readonly changedRoot: Uint8Array;
}

export interface Heartbeat extends HeartbeatCore {
  /** The node's own ledger feed first, when it has one, then feeds that changed since its last heartbeat. */
  readonly checkpoints: readonly Checkpoint[];
}

/** A heartbeat with what is needed to check it, and to show it to others later. */
export interface SignedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly core: Uint8Array;
  readonly job: SignatureJob;
}

/** A heartbeat whose signature holds, with the bytes that were signed. */
export interface HeardHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly core: Uint8Array;
  readonly signature: Uint8Array;
}

/** Pure: `readHeartbeat`, or something that gives what it gives. What it gives is never changed. */
export type HeartbeatReader = (data: Uint8Array) => SignedHeartbeat;

export type HeartbeatDraft = Omit<Heartbeat, 'changed' | 'changedRoot'>;

export function signHeartbeat(draft: HeartbeatDraft, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const { checkpoints } = draft;
  const core = encodeCore({
    ...draft,
    changed: checkpoints.length,
    changedRoot: rootOfLeaves(checkpoints.map(ledgerLeaf)),
  });
  const writer = new BinaryWriter(core.length + checkpoints.length * 80 + SIGNATURE_BYTES);
  writer.bytes(core);
  writeCheckpoints(writer, checkpoints);
  return writer.bytes(sign(signedMessage('heartbeat', sha256(core)))).finish();
}

/** Reads a heartbeat and names the signature to check. Throws `wire_…`, `heartbeat_invalid`, `unknown_version`. */
export function readHeartbeat(data: Uint8Array): SignedHeartbeat {
  if (data.length > HEARTBEAT_BYTES_MAX) {
    throw new TessraxError('heartbeat_invalid', `a heartbeat has at most ${HEARTBEAT_BYTES_MAX} bytes`, {
      fields: { bytes: data.length },
    });
  }
  const reader = new BinaryReader(data);
  const fields = readCore(reader);
  const core = reader.slice(0, reader.position);
  const checkpoints = readCheckpoints(reader, HEARTBEAT_CHECKPOINTS_MAX);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  if (
    checkpoints.length !== fields.changed ||
    !equalBytes(rootOfLeaves(checkpoints.map(ledgerLeaf)), fields.changedRoot)
  ) {
    throw new TessraxError('heartbeat_invalid', 'the checkpoints are not those that were signed');
  }
  return { heartbeat: { ...fields, checkpoints }, core, job: heartbeatJob(core, fields.node, signature) };
}

/** Reads the signed part alone, as it is kept in a vote. */
export function readHeartbeatCore(core: Uint8Array): HeartbeatCore {
  const reader = new BinaryReader(core);
  const fields = readCore(reader);
  reader.end();
  return fields;
}

/** The signature check of a heartbeat's signed part. */
export function heartbeatJob(core: Uint8Array, node: PeerIdText, signature: Uint8Array): SignatureJob {
  const key = publicKeyOf(node);
  if (key === undefined) throw new TessraxError('heartbeat_invalid', 'the node is not an Ed25519 peer ID');
  return { domain: 'heartbeat', key, hash: sha256(core), signature };
}

function encodeCore(core: HeartbeatCore): Uint8Array {
  const federation = fromHex(core.federation, HASH_BYTES);
  const key = publicKeyOf(core.node);
  if (federation === undefined || key === undefined)
    throw new TessraxError('heartbeat_invalid', 'federation or node is not an ID');
  return new BinaryWriter(256)
    .byte(PROTOCOL_VERSION)
    .bytes(federation)
    .bytes(key)
    .varint(core.epoch)
    .byte(core.closed ? 1 : 0)
    .varint(core.counter)
    .varint(core.timestampMs)
    .varint(core.height)
    .varint(core.feeds)
    .bytes(core.root)
    .varint(core.journal.size)
    .bytes(core.journal.root)
    .varint(core.changed)
    .bytes(core.changedRoot)
    .finish();
}

function readCore(reader: BinaryReader): HeartbeatCore {
  const version = reader.byte();
  if (version !== PROTOCOL_VERSION) {
    throw new TessraxError('unknown_version', `heartbeat version ${version} is not known`, { fields: { version } });
  }
  const federation = toHex(reader.bytes(HASH_BYTES));
  const node = peerIdOf(reader.bytes(HASH_BYTES));
  const epoch = reader.varint();
  const closed = readFlag(reader);
  const counter = reader.varint();
  const timestampMs = reader.count(TIMESTAMP_MS_MAX, 'milliseconds in a timestamp');
  const height = reader.varint();
  const feeds = reader.varint();
  const root = reader.bytes(HASH_BYTES);
  const journal = { origin: node, size: reader.varint(), root: reader.bytes(HASH_BYTES) };
  const changed = reader.count(HEARTBEAT_CHECKPOINTS_MAX, 'checkpoints in a heartbeat');
  return {
    federation,
    node,
    epoch,
    closed,
    counter,
    timestampMs,
    height,
    feeds,
    root,
    journal,
    changed,
    changedRoot: reader.bytes(HASH_BYTES),
  };
}

function readFlag(reader: BinaryReader): boolean {
  const flag = reader.byte();
  if (flag > 1) throw new TessraxError('wire_code', `a flag has the value ${flag}`, { fields: { code: flag } });
  return flag === 1;
}
