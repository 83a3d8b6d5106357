/**
 * How a node that holds less finds out what it lacks: two nodes of the core whose messages are handed over at once. What is counted ends
 * where the entries themselves are asked for.
 */
import { TessraxError } from '../src/core/errors.ts';
import type { Effect } from '../src/core/events.ts';
import { draftFederation, readFederation } from '../src/core/federation/genesis.ts';
import type { FeedHead } from '../src/core/ledger/feed.ts';
import { decodeMessage } from '../src/core/sync/messages.ts';
import { createIdentity } from '../src/identity/identity.ts';
import type { Bench } from './bench.ts';
import { DrivenNode } from './driven.ts';
import { headOf, originsOf } from './heads.ts';
import { type Measurement, median, rounded } from './report.ts';

const HELD = 1_000_000;
/** The first compiles the code. */
const ROUNDS = 6;

type Pattern = 'newest-heard' | 'newest-unheard' | 'scattered';

interface Case {
  readonly pattern: Pattern;
  /** Feeds held; `changed` of them are longer on one side, `missing` entries in all. */
  readonly feeds: number;
  readonly changed: number;
  readonly missing: number;
}

const NEWEST = [
  { feeds: 100, changed: 1, missing: 1 },
  { feeds: 100, changed: 1, missing: 100 },
  { feeds: 100, changed: 100, missing: 10_000 },
  { feeds: 10_000, changed: 1, missing: 1 },
];
const CASES: readonly Case[] = [
  ...NEWEST.map((each) => ({ pattern: 'newest-heard' as const, ...each })),
  ...NEWEST.map((each) => ({ pattern: 'newest-unheard' as const, ...each })),
  ...[1, 100, 10_000].map((missing) => ({
    pattern: 'scattered' as const,
    feeds: 10_000,
    changed: missing,
    missing,
  })),
];

export const delta: Bench = {
  name: 'delta',
  summary: `what it costs to find out which of n = ${HELD} entries are missing, by pattern`,
  async *run({ n = HELD }) {
    for (const each of CASES) if (n >= each.feeds * 2 && n >= each.missing * 2) yield measure(each, n);
  },
};

interface Discovery {
  readonly rounds: number;
  readonly bytes: number;
  readonly cpuMs: number;
}

function measure(each: Case, held: number): Measurement {
  const runs = Array.from({ length: ROUNDS }, () => discover(each, held)).slice(1);
  const [{ rounds, bytes } = { rounds: 0, bytes: 0 }] = runs;
  const cpuMs = median(runs.map((run) => run.cpuMs));
  return {
    n: held,
    seconds: rounded(cpuMs / 1000, 4),
    unit: 'bytes',
    held,
    missing: each.missing,
    feeds: each.feeds,
    changed: each.changed,
    pattern: each.pattern,
    rounds,
    bytes,
    bytes_per_changed: rounded(bytes / each.changed, 1),
    cpu_ms: rounded(cpuMs, 2),
  };
}

/** Holder and lacking side meet; the lacking one opens the exchange, or hears the holder's heartbeats. */
function discover(each: Case, held: number): Discovery {
  const { full, less } = headsOf(each, held);
  const identities = [createIdentity(), createIdentity()];
  const [a, b] = identities;
  if (a === undefined || b === undefined) throw new TessraxError('bench_invalid', 'there are no two nodes');
  const federation = readFederation(
    draftFederation({
      name: 'bench',
      witnesses: identities.map(({ peerId }) => ({ peer: peerId, organisation: '' })),
      openQuota: held,
    }),
  );
  const between = new Between();
  const holder = new DrivenNode(a, federation, full, (effect) => between.of('holder', effect));
  const lacking = new DrivenNode(b, federation, less, (effect) => between.of('lacking', effect));
  holder.state.heartbeat.dueMs = Number.POSITIVE_INFINITY;
  lacking.state.heartbeat.dueMs = Number.POSITIVE_INFINITY;
  between.join(holder, lacking);
  if (each.pattern === 'newest-heard') between.beat(full.slice(0, each.changed));
  else between.meet();
  const wanted = lacking.state.peers.get(a.peerId)?.wanted ?? new Map<string, number>();
  let found = 0;
  for (const [origin, size] of wanted) found += size - lacking.state.ledger.size(origin);
  if (found !== each.missing || between.asked === 0)
    throw new TessraxError('bench_not_done', `found ${found} of ${each.missing} missing entries`);
  return { rounds: between.rounds, bytes: between.bytes, cpuMs: holder.cpuMs + lacking.cpuMs };
}

function headsOf({ feeds, changed, missing }: Case, held: number): { full: FeedHead[]; less: FeedHead[] } {
  const size = Math.floor(held / feeds);
  const lack = missing / changed;
  const full = originsOf(feeds).map((origin) => headOf(origin, size));
  const less = full.map((head, i) => (i < changed ? headOf(head.origin, size - lack) : head));
  return { full, less };
}

type Side = 'holder' | 'lacking';

/** Hands over what the two say, in order, and counts it. The holder's own question is not asked: it would learn nothing. */
class Between {
  bytes = 0;
  rounds = 0;
  /** Requests for entries; they are where discovery ends, and not answered. */
  asked = 0;
  #holder: DrivenNode | undefined;
  #lacking: DrivenNode | undefined;
  readonly #line: (() => void)[] = [];
  #opened = 0;
  /** Which stream of the holder's is which of the other's. */
  readonly #inbound = new Map<number, number>();

  join(holder: DrivenNode, lacking: DrivenNode): void {
    this.#holder = holder;
    this.#lacking = lacking;
    lacking.now = { ...lacking.now, monoMs: 1 };
    holder.now = lacking.now;
    holder.take({ kind: 'peer_connected', peer: lacking.state.self });
    // What a node does once after its start is no part of a discovery.
    lacking.take({ kind: 'tick' });
    this.#quiet(holder);
    this.#quiet(lacking);
  }

  /** The holder's heartbeats name what changed. The other side knows it already, and has nothing to ask by time. */
  beat(changed: readonly FeedHead[]): void {
    const [holder, lacking] = this.#both();
    lacking.take({ kind: 'peer_connected', peer: holder.state.self });
    this.#reset();
    const peer = lacking.state.peers.get(holder.state.self);
    if (peer === undefined) throw new TessraxError('bench_invalid', 'the peer is not there');
    peer.session = undefined;
    peer.frontierDueMs = Number.POSITIVE_INFINITY;
    this.#quiet(lacking);
    for (const { origin } of changed) holder.state.heartbeat.changed.add(origin);
    holder.cpuMs = 0;
    lacking.cpuMs = 0;
    do {
      holder.state.heartbeat.dueMs = 0;
      holder.take({ kind: 'tick' });
    } while (holder.state.heartbeat.changed.size > 0);
    this.#quiet(holder);
    this.#run();
  }

  /** They connect, and the lacking side compares frontiers. */
  meet(): void {
    const [holder, lacking] = this.#both();
    this.#reset();
    holder.cpuMs = 0;
    lacking.cpuMs = 0;
    lacking.take({ kind: 'peer_connected', peer: holder.state.self });
    this.#run();
  }

  of(side: Side, effect: Effect): void {
    if (effect.kind === 'publish' && side === 'holder') this.#gossip(effect.data);
    if (effect.kind === 'open') this.#open(side, effect.stream, effect.frame);
    if (effect.kind === 'send') this.#send(side, effect.stream, effect.frame);
  }

  #gossip(data: Uint8Array): void {
    const [holder, lacking] = this.#both();
    this.bytes += data.length;
    const from = holder.state.self;
    this.#line.push(() => lacking.take({ kind: 'gossip', topic: 'heartbeat', from, id: String(this.bytes), data }));
  }

  #open(side: Side, stream: number, frame: Uint8Array): void {
    if (side === 'holder') return;
    const [holder, lacking] = this.#both();
    if (decodeMessage(frame).kind === 'ranges_request') {
      this.asked += 1;
      return;
    }
    this.#opened += 2;
    const inbound = this.#opened;
    this.#inbound.set(inbound, stream);
    this.#count(side, frame);
    this.#line.push(() => {
      holder.take({ kind: 'stream_opened', stream: inbound, peer: lacking.state.self });
      holder.take({ kind: 'frame', stream: inbound, data: frame });
    });
  }

  #send(side: Side, stream: number, frame: Uint8Array): void {
    const [holder, lacking] = this.#both();
    const inbound = [...this.#inbound].find(([, theirs]) => theirs === stream)?.[0];
    const own = this.#inbound.get(stream);
    const to = side === 'holder' ? own : inbound;
    if (to === undefined) return;
    this.#count(side, frame);
    const node = side === 'holder' ? lacking : holder;
    this.#line.push(() => node.take({ kind: 'frame', stream: to, data: frame }));
  }

  #count(side: Side, frame: Uint8Array): void {
    this.bytes += frame.length;
    if (side === 'lacking') this.rounds += 1;
  }

  #run(): void {
    for (let next = this.#line.shift(); next !== undefined; next = this.#line.shift()) next();
  }

  #reset(): void {
    this.#line.length = 0;
    this.#inbound.clear();
    this.bytes = 0;
    this.rounds = 0;
    this.asked = 0;
  }

  /** No heartbeat comes by time. */
  #quiet(node: DrivenNode): void {
    node.state.heartbeat.dueMs = Number.POSITIVE_INFINITY;
    node.state.heartbeat.changed.clear();
  }

  #both(): readonly [DrivenNode, DrivenNode] {
    if (this.#holder === undefined || this.#lacking === undefined)
      throw new TessraxError('bench_invalid', 'the nodes have not met');
    return [this.#holder, this.#lacking];
  }
}
