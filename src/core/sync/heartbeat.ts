/** The signed heartbeat: what a node says it holds. */
import { sha256 } from '#sha256';
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { fromHex, toHex } from '../bytes.ts';
import { HASH_BYTES, PROTOCOL_VERSION, SIGNATURE_BYTES } from '../entry/header.ts';
import { TessraxError } from '../errors.ts';
import type { SignatureJob } from '../events.ts';
import type { Checkpoint } from '../ledger/ledger.ts';
import { HEARTBEAT_BYTES_MAX, HEARTBEAT_CHECKPOINTS_MAX, TIMESTAMP_MS_MAX } from '../limits.ts';
import { type PeerIdText, peerIdOf, publicKeyOf } from '../peer-id.ts';
import { signedMessage } from '../signature.ts';
import { readCheckpoints, writeCheckpoints } from './messages.ts';

export interface Heartbeat {
  readonly federation: string;
  readonly node: PeerIdText;
  /** Rises with every heartbeat of a node, over restarts too. */
  readonly counter: number;
  readonly timestampMs: number;
  /** Entries of all ledger feeds, durable. */
  readonly height: number;
  readonly root: Uint8Array;
  /** The node's own journal: size 0 and the empty root when it has none. */
  readonly journal: Checkpoint;
  /** The node's own ledger feed first, when it has one, then feeds that changed since its last heartbeat. */
  readonly checkpoints: readonly Checkpoint[];
}

export interface SignedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly job: SignatureJob;
}

export function signHeartbeat(heartbeat: Heartbeat, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const federation = fromHex(heartbeat.federation, HASH_BYTES);
  const key = publicKeyOf(heartbeat.node);
  if (federation === undefined || key === undefined) throw new TessraxError('heartbeat_invalid', 'federation or node is not an ID');
  const writer = new BinaryWriter(1024);
  writer.byte(PROTOCOL_VERSION).bytes(federation).bytes(key);
  writer.varint(heartbeat.counter).varint(heartbeat.timestampMs);
  writer.varint(heartbeat.height).bytes(heartbeat.root);
  writer.varint(heartbeat.journal.size).bytes(heartbeat.journal.root);
  writeCheckpoints(writer, heartbeat.checkpoints);
  const signature = sign(signedMessage('heartbeat', sha256(writer.finish())));
  return writer.bytes(signature).finish();
}

/** Reads a heartbeat and names the signature to check. Throws `wire_…`, `heartbeat_invalid`, `unknown_version`. */
export function readHeartbeat(data: Uint8Array): SignedHeartbeat {
  if (data.length > HEARTBEAT_BYTES_MAX) {
    throw new TessraxError('heartbeat_invalid', `a heartbeat has at most ${HEARTBEAT_BYTES_MAX} bytes`, {
      fields: { bytes: data.length },
    });
  }
  const reader = new BinaryReader(data);
  const version = reader.byte();
  if (version !== PROTOCOL_VERSION) {
    throw new TessraxError('unknown_version', `heartbeat version ${version} is not known`, { fields: { version } });
  }
  const federation = toHex(reader.bytes(HASH_BYTES));
  const key = reader.bytes(HASH_BYTES);
  const node = peerIdOf(key);
  const counter = reader.varint();
  const timestampMs = reader.count(TIMESTAMP_MS_MAX, 'milliseconds in a timestamp');
  const height = reader.varint();
  const root = reader.bytes(HASH_BYTES);
  const journal = { origin: node, size: reader.varint(), root: reader.bytes(HASH_BYTES) };
  const checkpoints = readCheckpoints(reader, HEARTBEAT_CHECKPOINTS_MAX);
  const signedBytes = reader.position;
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  return {
    heartbeat: { federation, node, counter, timestampMs, height, root, journal, checkpoints },
    job: { domain: 'heartbeat', key, hash: sha256(data.subarray(0, signedBytes)), signature },
  };
}
