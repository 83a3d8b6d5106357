/** What certification costs a witness: its own heartbeat, and one of each other witness, taken by the core up to the votes it stores. */
import { BinaryWriter } from '../src/core/binary.ts';
import { toHex } from '../src/core/bytes.ts';
import { certificateJson } from '../src/core/certificate.ts';
import type { JsonObject } from '../src/core/entry/canonical-json.ts';
import { TessraxError } from '../src/core/errors.ts';
import type { Effect, Event } from '../src/core/events.ts';
import { writeFeedCertificate } from '../src/core/federation/feed-certificate.ts';
import { defaultThreshold, draftFederation, readFederation } from '../src/core/federation/genesis.ts';
import type { Vote } from '../src/core/federation/vote.ts';
import { emptyHead } from '../src/core/ledger/admission.ts';
import type { FeedHead } from '../src/core/ledger/feed.ts';
import { checkpointOf } from '../src/core/ledger/ledger.ts';
import { HEARTBEAT_CHECKPOINTS_MAX } from '../src/core/limits.ts';
import { EMPTY_ROOT, leafHash } from '../src/core/merkle/hash.ts';
import { createNodeState, type NodeState, step } from '../src/core/node.ts';
import { sha256 } from '../src/core/sha256-node.ts';
import { signedMessage } from '../src/core/signature.ts';
import { signHeartbeat } from '../src/core/sync/heartbeat.ts';
import { createIdentity } from '../src/identity/identity.ts';
import { FeedKeys } from '../src/store/keys.ts';
import { VoteRecords } from '../src/store/votes.ts';
import { openBackend } from '../src/verify/backend.ts';
import { createSigner } from '../src/verify/signer.ts';
import type { Bench } from './bench.ts';
import { type Measurement, median, rounded } from './report.ts';

const WITNESSES = [4, 31, 100];
const FEEDS = [10, 1000];
const NOW = { wallMs: 1_767_225_600_000, monoMs: 0 };

type Mode = 'quiet' | 'by root' | 'all named';
const MODES: readonly Mode[] = ['quiet', 'by root', 'all named'];

export const certify: Bench = {
  name: 'certify',
  summary:
    'bytes and CPU of a round of heartbeats, 4 to 100 witnesses, 10 and 1,000 feeds, nothing or everything to certify',
  async *run() {
    for (const witnesses of WITNESSES) {
      for (const feeds of FEEDS) for (const mode of MODES) yield measure(witnesses, feeds, mode);
    }
  },
};

interface Witness {
  readonly peer: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** One round: every witness says once what it holds, and all hold the same. */
function measure(count: number, feeds: number, mode: Mode): Measurement {
  const witnesses = Array.from({ length: count }, makeWitness);
  const [self, ...others] = witnesses;
  if (self === undefined) throw new TessraxError('bench_invalid', 'there is no witness');
  const file = draftFederation({
    name: 'bench',
    witnesses: witnesses.map(({ peer }, i) => ({ peer, organisation: `org${i}` })),
    openQuota: 1000,
  });
  const heads = Array.from({ length: feeds }, (_, i) => makeHead(witnesses[i]?.peer ?? makeWitness().peer, i));
  const node = new Driven(self, readFederation(file), heads, mode === 'quiet');
  const own = node.beat(mode === 'all named');
  const heard = others.flatMap((witness) => node.hear(heartbeatsOf(witness, node.state, mode)));
  const certified = node.stored.flatMap(({ write }) => write.certified ?? []).length;
  if (certified !== (mode === 'quiet' ? 0 : feeds)) throw new TessraxError('bench_not_done', `${certified} certified`);
  const votes = node.stored.flatMap(({ write }) => write.votes ?? []);
  const cpuUs = own.reduce((sum, { us }) => sum + us, 0) + heard.reduce((sum, { us }) => sum + us, 0);
  return {
    n: own.length + heard.length,
    seconds: rounded(cpuUs / 1e6, 4),
    unit: 'heartbeats',
    witnesses: count,
    feeds,
    mode,
    heartbeat_bytes: median(own.map(({ bytes }) => bytes)),
    round_bytes: [...own, ...heard].reduce((sum, { bytes }) => sum + bytes, 0),
    make_us: rounded(median(own.map(({ us }) => us)), 1),
    verify_us: rounded(median(heard.map(({ verifyUs }) => verifyUs)), 1),
    tally_us: rounded(median(heard.map(({ us, verifyUs }) => us - verifyUs)), 1),
    tally_max_us: rounded(Math.max(...heard.map(({ us, verifyUs }) => us - verifyUs)), 1),
    votes_bytes: storedBytes(node.stored.map(({ write }) => write.votes ?? [])),
    ...certificateSizes(file, votes, heads[0], defaultThreshold(count)),
  };
}

/** Of the first feed's only entry: the form that travels with entries, and the file for people, of which the federation file is a part. */
function certificateSizes(file: JsonObject, votes: readonly Vote[], head: FeedHead | undefined, threshold: number) {
  const reaching = votes.filter(({ checkpoint }) => checkpoint.origin === head?.origin).slice(0, threshold);
  if (head === undefined || reaching.length === 0) return { certificate_bytes: 0, certificate_file_bytes: 0 };
  const checkpoint = checkpointOf(head);
  const certificate = { checkpoint, votes: reaching.map((vote) => ({ vote, path: [] })) };
  const json = certificateJson({
    federation: file,
    entry: {},
    decisions: [],
    votes: reaching.map((vote) => ({ vote, feedPath: [] })),
  });
  return {
    certificate_bytes: bytesOf((writer) => writeFeedCertificate(writer, certificate)),
    certificate_file_bytes: JSON.stringify(json).length,
  };
}

/** Keys and values of all records that the store is left with after these writes. */
function storedBytes(writes: readonly (readonly Vote[])[]): number {
  const [records, keys] = [new VoteRecords(), new FeedKeys()];
  const sizes = new Map<string, number>();
  for (const votes of writes)
    records.put(
      (key, value) => sizes.set(toHex(key), key.length + value.length),
      (key) => sizes.delete(toHex(key)),
      keys,
      votes,
    );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function bytesOf(write: (writer: BinaryWriter) => void): number {
  const writer = new BinaryWriter(4096);
  write(writer);
  return writer.length;
}

function makeWitness(): Witness {
  const { seed, peerId } = createIdentity();
  const { sign } = createSigner(seed);
  return { peer: peerId, sign };
}

/** A feed of one entry, as far as heartbeats know it. */
function makeHead(origin: string, i: number): FeedHead {
  const hash = sha256(`entry ${i}`);
  return { ...emptyHead(origin, 'ledger'), size: 1, hash, peaks: [leafHash(hash)] };
}

/** What a witness says that holds what the node holds: its own feed, and with it all of them or none. */
function heartbeatsOf({ peer, sign }: Witness, { durable, federation }: NodeState, mode: Mode): Uint8Array[] {
  const own = durable.heads.get(peer);
  const named = mode === 'all named' ? [...durable.heads.values()] : own === undefined ? [] : [own];
  const parts: FeedHead[][] = named.length === 0 ? [[]] : [];
  for (let at = 0; at < named.length; at += HEARTBEAT_CHECKPOINTS_MAX)
    parts.push(named.slice(at, at + HEARTBEAT_CHECKPOINTS_MAX));
  return parts.map((part, counter) =>
    signHeartbeat(
      {
        federation: federation.id,
        node: peer,
        epoch: 0,
        closed: false,
        counter,
        timestampMs: NOW.wallMs,
        height: durable.height,
        feeds: durable.heads.size,
        root: durable.root,
        journal: { origin: peer, size: 0, root: EMPTY_ROOT },
        checkpoints: part.map(checkpointOf),
      },
      sign,
    ),
  );
}

interface Beat {
  readonly bytes: number;
  readonly us: number;
}

/** A node of the core whose signatures are checked at once, and whose batches are durable at once. */
class Driven {
  readonly state: NodeState;
  readonly stored: Extract<Effect, { kind: 'store' }>[] = [];
  readonly #backend = openBackend();
  #verifyUs = 0;
  #published = 0;

  constructor(
    self: Witness,
    federation: ReturnType<typeof readFederation>,
    heads: readonly FeedHead[],
    settled: boolean,
  ) {
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(1);
    const certified = settled ? heads.map(({ origin, size }) => ({ origin, size })) : [];
    const author = { federation: federation.id, sign: self.sign, random };
    this.state = createNodeState({
      self: self.peer,
      federation,
      author,
      heads,
      certified,
      counterReserved: 0,
      now: NOW,
    });
  }

  /** The node's own heartbeats until nothing is left to say; its own votes are counted in them. */
  beat(named: boolean): Beat[] {
    this.#run({ kind: 'tick' });
    const beats: Beat[] = [];
    if (named) for (const origin of this.state.durable.heads.keys()) this.state.heartbeat.changed.add(origin);
    do {
      this.state.heartbeat.dueMs = 0;
      const us = timed(() => this.#run({ kind: 'tick' }));
      beats.push({ bytes: this.#published, us });
    } while (this.state.heartbeat.changed.size > 0);
    return beats;
  }

  hear(heartbeats: readonly Uint8Array[]): (Beat & { readonly verifyUs: number })[] {
    return heartbeats.map((data) => {
      this.#verifyUs = 0;
      const us = timed(() => this.#run({ kind: 'gossip', topic: 'heartbeat', from: this.state.self, id: 'm', data }));
      return { bytes: data.length, us, verifyUs: this.#verifyUs };
    });
  }

  #run(event: Event): void {
    for (const effect of step(this.state, NOW, event).effects) this.#answer(effect);
  }

  #answer(effect: Effect): void {
    if (effect.kind === 'publish') this.#published = effect.data.length;
    if (effect.kind === 'store') {
      this.stored.push(effect);
      this.#run({ kind: 'stored', batch: effect.batch });
    }
    if (effect.kind !== 'verify') return;
    const valid: boolean[] = [];
    this.#verifyUs += timed(() => {
      for (const { domain, key, hash, signature } of effect.items)
        valid.push(this.#backend.verify(signature, signedMessage(domain, hash), key));
    });
    this.#run({ kind: 'verified', job: effect.job, valid });
  }
}

/** Microseconds on this thread, which does nothing else. */
function timed(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) * 1000;
}
