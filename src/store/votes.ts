/**
 * The votes that certify feeds: of each feed those by which it was certified last. A heartbeat is a vote for hundreds of feeds, and witnesses
 * that hold the same sign the same trees. So the heartbeats of one write are kept once, as its *round*; a feed keeps which of them are its
 * votes, and once each checkpoint with its path. A round goes with the last feed that rests on it.
 */
import { BinaryReader, BinaryWriter } from '../core/binary.ts';
import { readVote, readVotePlace, type Vote, type VotePlace, writeVotePlace } from '../core/federation/vote.ts';
import { STORE_READ_CHUNK_BYTES, STORE_READ_CHUNK_ENTRIES } from '../core/limits.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { readHeartbeatCore } from '../core/sync/heartbeat.ts';
import { type Database, getValue, scan } from './database.ts';
import { corruptError } from './failures.ts';
import type { PutRecord, RemoveRecord } from './group-commit.ts';
import { bucketRange, type FeedKeys, isLoneVote, originKey, originOfKey, roundKey, votesRange } from './keys.ts';
import { sealedBytes, unseal } from './records.ts';

const SIGNATURE_BYTES = 64;
/** A checkpoint and a path of a few hashes; a signed part and its signature. */
const PLACE_BYTES_TYPICAL = 512;
const HEARTBEAT_BYTES_TYPICAL = 256;
const CHUNKS = { chunkPairs: STORE_READ_CHUNK_ENTRIES, chunkBytes: STORE_READ_CHUNK_BYTES };

/** Writes votes, and knows which rounds are still needed. */
export class VoteRecords {
  /** The round that each feed rests on, by its public key as text, and how many feeds rest on each round. */
  readonly #roundOf = new Map<string, number>();
  readonly #feedsOf = new Map<number, number>();
  #last = 0;

  /** From what the disk holds. */
  static async load(db: Database): Promise<VoteRecords> {
    const records = new VoteRecords();
    for await (const pairs of scan(db, { ...bucketRange('votes'), ...CHUNKS }))
      for (const [key, value] of pairs)
        if (!isLoneVote(key)) records.#rest(nameOf(originOfKey(key)), new BinaryReader(unseal(key, value)).varint());
    return records;
  }

  /** Puts the votes of one write in place of all that were kept on their feeds. */
  put(put: PutRecord, remove: RemoveRecord, keys: FeedKeys, votes: readonly Vote[]): void {
    if (votes.length === 0) return;
    const round = this.#last + 1;
    const heartbeats = new Heartbeats();
    for (const [origin, ofFeed] of byOrigin(votes)) {
      const { publicKey } = keys.of(origin, 'ledger');
      const key = originKey('votes', publicKey);
      put(key, sealedBytes(key, feedRecord(round, heartbeats, ofFeed)));
      const freed = this.#rest(nameOf(publicKey), round);
      if (freed !== undefined) remove(roundKey(freed));
    }
    const key = roundKey(round);
    put(key, sealedBytes(key, heartbeats.record()));
  }

  /** The feed rests on this round now. Gives back the one before when nothing rests on that any more. */
  #rest(feed: string, round: number): number | undefined {
    const former = this.#roundOf.get(feed);
    this.#roundOf.set(feed, round);
    this.#feedsOf.set(round, (this.#feedsOf.get(round) ?? 0) + 1);
    this.#last = Math.max(this.#last, round);
    if (former === undefined) return undefined;
    const left = (this.#feedsOf.get(former) ?? 0) - 1;
    if (left > 0) this.#feedsOf.set(former, left);
    else this.#feedsOf.delete(former);
    return left > 0 ? undefined : former;
  }
}

export interface KeptVotes {
  readonly votes: readonly Vote[];
  /** Undefined when there are none, or in the form of schema 1. */
  readonly round: number | undefined;
  /** How many records of the votes bucket they are. */
  readonly records: number;
}

/** The votes on one feed. Rejects with `store_corrupt`, `wire_…`. */
export async function readVotes(db: Database, publicKey: Uint8Array): Promise<KeptVotes> {
  const votes: Vote[] = [];
  for await (const pairs of scan(db, { ...votesRange(publicKey), ...CHUNKS })) {
    for (const [key, value] of pairs) {
      const reader = new BinaryReader(unseal(key, value));
      if (!isLoneVote(key)) return await readFeedRecord(db, publicKey, reader);
      votes.push(readVote(reader));
    }
  }
  return { votes, round: undefined, records: votes.length };
}

/** Brings votes of schema 1, each with its heartbeat, into the present form, feed by feed: what was done is not done again after a crash. */
export async function upgradeVotes(db: Database, keys: FeedKeys, records: VoteRecords): Promise<void> {
  let alone: [Uint8Array, Vote][] = [];
  const flush = async () => {
    const batch = db.batch();
    const votes = alone.map(([, vote]) => vote);
    records.put(
      (key, value) => batch.put(key, value),
      (key) => batch.del(key),
      keys,
      votes,
    );
    for (const [key] of alone) batch.del(key);
    await batch.write();
    alone = [];
  };
  for await (const pairs of scan(db, { ...bucketRange('votes'), ...CHUNKS })) {
    for (const [key, value] of pairs) {
      if (!isLoneVote(key)) continue;
      const vote = readVote(new BinaryReader(unseal(key, value)));
      if (alone[0] !== undefined && alone[0][1].checkpoint.origin !== vote.checkpoint.origin) await flush();
      alone.push([key, vote]);
    }
  }
  await flush();
}

/** The heartbeats of a round, each once. Votes out of one heartbeat share its bytes. */
class Heartbeats {
  readonly #index = new Map<Uint8Array, number>();
  readonly #votes: Vote[] = [];

  indexOf(vote: Vote): number {
    const known = this.#index.get(vote.core) ?? this.#votes.length;
    if (known < this.#votes.length) return known;
    this.#index.set(vote.core, known);
    this.#votes.push(vote);
    return known;
  }

  record(): Uint8Array {
    const writer = new BinaryWriter(this.#votes.length * HEARTBEAT_BYTES_TYPICAL);
    writer.varint(this.#votes.length);
    for (const { core, signature } of this.#votes) writer.varint(core.length).bytes(core).bytes(signature);
    return writer.finish();
  }
}

/** Round, places, and of each vote its heartbeat in the round and its place. */
function feedRecord(round: number, heartbeats: Heartbeats, votes: readonly Vote[]): Uint8Array {
  const places = new Map<string, { readonly index: number; readonly bytes: Uint8Array }>();
  const cast = new BinaryWriter(votes.length * 2 + 8).varint(votes.length);
  for (const vote of votes) {
    const writer = new BinaryWriter(PLACE_BYTES_TYPICAL);
    writeVotePlace(writer, vote);
    const bytes = writer.finish();
    const name = nameOf(bytes);
    const place = places.get(name) ?? { index: places.size, bytes };
    places.set(name, place);
    cast.varint(heartbeats.indexOf(vote)).varint(place.index);
  }
  const writer = new BinaryWriter(places.size * PLACE_BYTES_TYPICAL).varint(round).varint(places.size);
  for (const { bytes } of places.values()) writer.bytes(bytes);
  return writer.bytes(cast.finish()).finish();
}

async function readFeedRecord(db: Database, publicKey: Uint8Array, reader: BinaryReader): Promise<KeptVotes> {
  const round = reader.varint();
  const places = Array.from({ length: reader.varint() }, () => readVotePlace(reader, publicKey));
  const heartbeats = await readRound(db, round);
  const votes = Array.from({ length: reader.varint() }, () => {
    const heartbeat = heartbeats[reader.varint()];
    const place = places[reader.varint()];
    if (heartbeat === undefined || place === undefined)
      throw corruptError('a kept vote names a heartbeat or a place that is not there', { round });
    return { ...heartbeat, ...place };
  });
  reader.end();
  return { votes, round, records: 1 };
}

async function readRound(db: Database, round: number): Promise<Omit<Vote, keyof VotePlace>[]> {
  const key = roundKey(round);
  const value = await getValue(db, key);
  if (value === undefined) throw corruptError(`the heartbeats of round ${round} are missing`, { round });
  const reader = new BinaryReader(unseal(key, value));
  const heartbeats = Array.from({ length: reader.varint() }, () => {
    const core = reader.bytes(reader.varint());
    return { witness: readHeartbeatCore(core).node, core, signature: reader.bytes(SIGNATURE_BYTES) };
  });
  reader.end();
  return heartbeats;
}

function byOrigin(votes: readonly Vote[]): Map<PeerIdText, Vote[]> {
  const feeds = new Map<PeerIdText, Vote[]>();
  for (const vote of votes) {
    const { origin } = vote.checkpoint;
    const ofFeed = feeds.get(origin) ?? [];
    ofFeed.push(vote);
    feeds.set(origin, ofFeed);
  }
  return feeds;
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
