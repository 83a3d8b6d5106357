/** One node, stepped by hand: real signatures, a store in memory, a clock that the test moves. */
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type {
  Draft,
  Effect,
  Event,
  FeedRange,
  GossipTopic,
  Note,
  PlacedEntry,
  SealRecord,
} from '../../../../src/core/events.ts';
import type { Federation } from '../../../../src/core/federation/genesis.ts';
import type { Vote } from '../../../../src/core/federation/vote.ts';
import { emptyHead } from '../../../../src/core/ledger/admission.ts';
import type { Checkpoint } from '../../../../src/core/ledger/ledger.ts';
import { appendLeaves, rootOfLeaves } from '../../../../src/core/merkle/compact-range.ts';
import { createNodeState, type NodeOptions, type NodeState, step } from '../../../../src/core/node.ts';
import type { PeerIdText } from '../../../../src/core/peer-id.ts';
import { decodeMessage, encodeMessage, type Message, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { ReferenceTree } from '../../../reference/merkle.ts';
import { ALICE, authorOf, EPOCH_MS, FEDERATION, isValid, type TestKey } from '../fixtures.ts';

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { kind: K }>;
type NoteOf<N extends Note['name']> = Extract<Note, { name: N }>;

const HOUR_MS = 3_600_000;
/** Effects that the store or the verifier answers. */
const ASKING: readonly Effect['kind'][] = ['verify', 'store', 'read', 'roots', 'seal_read', 'paths', 'decisions'];

export class Harness {
  readonly state: NodeState;
  readonly federation: Federation;
  /** What the node asked for and nobody has answered yet. */
  readonly open: Effect[] = [];
  /** Everything on disk, by feed. */
  readonly disk = new Map<string, PlacedEntry[]>();
  readonly statements: { readonly hash: Uint8Array; readonly json: string }[] = [];
  /** The last seal, certified size and votes of each feed, and what was cut off feeds. */
  readonly seals = new Map<PeerIdText, SealRecord>();
  readonly certified = new Map<PeerIdText, number>();
  readonly votes = new Map<string, Vote>();
  readonly quarantine: PlacedEntry[] = [];
  readonly decisions: Uint8Array[] = [];
  wallMs = EPOCH_MS + HOUR_MS;
  monoMs = 1000;
  wakeMs = 0;
  #inbound = 0;
  #messages = 0;

  constructor(key: TestKey = ALICE, options: Partial<NodeOptions> & { readonly federation?: Federation } = {}) {
    this.federation = options.federation ?? FEDERATION;
    this.state = createNodeState({
      self: key.peer,
      federation: this.federation,
      author: authorOf(key, this.federation),
      heads: [],
      counterReserved: 0,
      now: { wallMs: this.wallMs, monoMs: this.monoMs },
      ...options,
    });
    this.decisions.push(...(options.decisions ?? []));
  }

  /** A node that has sent its first heartbeat: nothing is due for a while. */
  static running(key?: TestKey, options?: ConstructorParameters<typeof Harness>[1]): Harness {
    const node = new Harness(key, options);
    node.run({ kind: 'tick' });
    return node;
  }

  /** One event, and what the node decided. Nothing of it is carried out. */
  step(event: Event): readonly Effect[] {
    const { effects, wakeMs } = step(this.state, { wallMs: this.wallMs, monoMs: this.monoMs }, event);
    this.wakeMs = wakeMs;
    this.open.push(...effects.filter(({ kind }) => ASKING.includes(kind)));
    return effects;
  }

  /** Carries out one effect of the store or the verifier. */
  carryOut(effect: Effect): readonly Effect[] {
    this.open.splice(this.open.indexOf(effect), 1);
    switch (effect.kind) {
      case 'verify':
        return this.step({ kind: 'verified', job: effect.job, valid: effect.items.map(isValid) });
      case 'store':
        this.#write(effect);
        return this.step({ kind: 'stored', batch: effect.batch });
      case 'read':
        return this.step({ kind: 'read', job: effect.job, entries: this.#read(effect) });
      case 'roots':
        return this.step({
          kind: 'roots',
          job: effect.job,
          roots: effect.items.map(({ origin, size }) => this.#root(origin, size)),
        });
      case 'seal_read':
        return this.step(this.#sealRead(effect));
      case 'paths':
        return this.step({ kind: 'paths', job: effect.job, paths: effect.items.map((item) => this.#path(item)) });
      case 'decisions':
        return this.step({ kind: 'decisions', job: effect.job, decisions: this.decisions.slice(effect.from) });
      default:
        throw new Error(`${effect.kind} is nothing to carry out`);
    }
  }

  /** Carries out everything that is open, oldest first, until nothing is. Gives back all other effects. */
  settle(): readonly Effect[] {
    const effects: Effect[] = [];
    for (let effect = this.open[0]; effect !== undefined; effect = this.open[0]) effects.push(...this.carryOut(effect));
    return effects;
  }

  /** The event and all that follows from it. */
  run(event: Event): readonly Effect[] {
    return [...this.step(event), ...this.settle()];
  }

  advance(ms: number): void {
    this.monoMs += ms;
    this.wallMs += ms;
  }

  tick(ms = 0): readonly Effect[] {
    this.advance(ms);
    return this.run({ kind: 'tick' });
  }

  connect(key: TestKey): readonly Effect[] {
    return this.run({ kind: 'peer_connected', peer: key.peer });
  }

  append(...drafts: readonly Draft[]): readonly Effect[] {
    return this.run({ kind: 'append', requests: [{ request: 1, drafts }] });
  }

  gossip(topic: GossipTopic, from: TestKey, data: Uint8Array): readonly Effect[] {
    return this.run({ kind: 'gossip', topic, from: from.peer, id: `m${this.#messages++}`, data });
  }

  frame(stream: number, message: Outgoing): readonly Effect[] {
    return this.run({ kind: 'frame', stream, data: encodeMessage(message) });
  }

  /** A stream that the peer opens. */
  inbound(key: TestKey): number {
    this.#inbound += 2;
    this.run({ kind: 'stream_opened', stream: this.#inbound, peer: key.peer });
    return this.#inbound;
  }

  ledger(origin: PeerIdText): readonly PlacedEntry[] {
    return this.disk.get(`ledger ${origin}`) ?? [];
  }

  journal(): readonly PlacedEntry[] {
    return this.disk.get(`journal ${this.state.self}`) ?? [];
  }

  #write({ write }: EffectOf<'store'>): void {
    for (const entry of write.entries) {
      const key = `${entry.log} ${entry.origin}`;
      const feed = this.disk.get(key) ?? [];
      if (feed.length !== entry.seq) throw new Error(`entry ${entry.seq} of ${key} after ${feed.length} entries`);
      feed.push(entry);
      this.disk.set(key, feed);
    }
    this.statements.push(...write.statements);
    for (const { head } of write.cuts ?? []) {
      this.quarantine.push(...(this.disk.get(`ledger ${head.origin}`)?.splice(head.size) ?? []));
    }
    for (const seal of write.seals ?? []) this.seals.set(seal.proof.origin, seal);
    this.decisions.push(...(write.decisions ?? []).map(({ bytes }) => bytes));
    for (const { origin, size } of write.certified ?? []) this.certified.set(origin, size);
    for (const vote of write.votes ?? []) this.votes.set(`${vote.checkpoint.origin} ${vote.witness}`, vote);
  }

  #sealRead({ job, origin, size, votes }: EffectOf<'seal_read'>): Event {
    const entries = this.ledger(origin).slice(0, size);
    const { peaks } = appendLeaves(
      [],
      0,
      entries.map(({ hash }) => hash),
    );
    const last = entries.at(-1);
    const empty = emptyHead(origin, 'ledger');
    const { timestampMs, nonce } = last === undefined ? empty : readEntry(new BinaryReader(last.bytes));
    const head = { ...empty, hash: last?.hash ?? empty.hash, timestampMs, nonce, size, peaks };
    const reaching = [...this.votes.values()].filter(
      ({ checkpoint }) => votes && checkpoint.origin === origin && checkpoint.size >= size,
    );
    const paths = reaching.map((vote) => ({
      vote,
      path: this.#path({ origin, from: size, to: vote.checkpoint.size }),
    }));
    return { kind: 'seal_read', job, head, votes: paths };
  }

  #path({ origin, from, to }: FeedRange): Uint8Array[] {
    return from === to ? [] : new ReferenceTree(this.ledger(origin).map(({ hash }) => hash)).proof(from, to);
  }

  #read({ log, ranges, entriesMax, bytesMax }: EffectOf<'read'>): PlacedEntry[] {
    const entries: PlacedEntry[] = [];
    let bytes = 0;
    for (const { origin, from, to } of ranges) {
      for (const entry of this.disk.get(`${log} ${origin}`)?.slice(from, to) ?? []) {
        if (entries.length >= entriesMax || (bytes > 0 && bytes + entry.bytes.length > bytesMax)) return entries;
        entries.push(entry);
        bytes += entry.bytes.length;
      }
    }
    return entries;
  }

  #root(origin: PeerIdText, size: number): Uint8Array | undefined {
    if (this.ledger(origin).length < size) return undefined;
    return rootOfLeaves(
      this.ledger(origin)
        .slice(0, size)
        .map(({ hash }) => hash),
    );
  }
}

export function ofKind<K extends Effect['kind']>(effects: readonly Effect[], kind: K): EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);
}

/** The one effect of a kind; a test that wants one is wrong with none or two. */
export function only<K extends Effect['kind']>(effects: readonly Effect[], kind: K): EffectOf<K> {
  const [effect, ...more] = ofKind(effects, kind);
  if (effect === undefined || more.length > 0) {
    throw new Error(
      `${more.length + (effect === undefined ? 0 : 1)} effects "${kind}" among: ${effects.map((one) => one.kind).join(' ')}`,
    );
  }
  return effect;
}

export function notes<N extends Note['name']>(effects: readonly Effect[], name: N): NoteOf<N>[] {
  return ofKind(effects, 'note').flatMap(({ note }) => (isNote(note, name) ? [note] : []));
}

function isNote<N extends Note['name']>(note: Note, name: N): note is NoteOf<N> {
  return note.name === name;
}

/** What was sent on a stream, opening frames included. */
export function sent(effects: readonly Effect[], stream?: number): Message[] {
  return effects.flatMap((effect) => {
    const isFrame = effect.kind === 'send' || effect.kind === 'open';
    return isFrame && (stream === undefined || effect.stream === stream) ? [decodeMessage(effect.frame)] : [];
  });
}

/** What was published on the entries topic. */
export function pushes(effects: readonly Effect[]): Message[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) => (topic === 'entries' ? [decodeMessage(data)] : []));
}

/** Connects a peer, which says to our first question that it holds these. */
export function meet(node: Harness, key: TestKey, checkpoints: readonly Checkpoint[] = []): readonly Effect[] {
  const { stream } = only(node.connect(key), 'open');
  const effects = node.frame(stream, { kind: 'frontier', more: false, checkpoints });
  return [...effects, ...node.run({ kind: 'stream_closed', stream, reason: 'done' })];
}

/** Why a peer was disconnected; undefined when it was not. */
export function bannedFor(effects: readonly Effect[]): string | undefined {
  return ofKind(effects, 'disconnect')[0]?.code;
}

export function statementOf(entry: Candidate) {
  return { ...entry, entry };
}

export function range(origin: PeerIdText, from: number, to: number): FeedRange {
  return { origin, from, to };
}

export function hashes(entries: readonly { readonly hash: Uint8Array }[]): string[] {
  return entries.map(({ hash }) => toHex(hash));
}
