/** Made-up federations with a history of proposals and votes, most of them sensible, and a reader that takes them as a node does. */
import { sha256 } from '#sha256';
import { toHex } from '../../../../src/core/bytes.ts';
import { draftFederation, type Federation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { Governance } from '../../../../src/core/federation/governance.ts';
import { ballotFor } from '../../../../src/core/federation/governance-state.ts';
import type { Change, GovernanceBody, GovernanceEntry, GovernanceState } from '../../../../src/core/federation/governance-types.ts';
import { type PeerIdText, peerIdOf } from '../../../../src/core/peer-id.ts';
import type { SlowState } from '../../../reference/governance.ts';

/** Peer IDs of keys that nobody has. */
export const PEERS: readonly PeerIdText[] = Array.from({ length: 12 }, (_, i) => peerIdOf(sha256(`peer ${i}`)));
/** Ballots that the made-up entries name. */
export const BALLOTS_MAX = 5;

export function peer(index: number): PeerIdText {
  const id = PEERS[index];
  if (id === undefined) throw new RangeError(`there is no peer ${index}`);
  return id;
}

/** A federation of the first peers, an organisation each; anybody writes. */
export function federationOf(witnesses: number, threshold?: number): Federation {
  const draft = { name: 'Made up', openQuota: 1000, witnesses: PEERS.slice(0, witnesses).map((id, i) => ({ peer: id, organisation: `Org ${i}` })) };
  return readFederation(draftFederation(threshold === undefined ? draft : { ...draft, threshold }));
}

/** Entries by feed, and their making. */
export class World {
  readonly genesis: Federation;
  readonly feeds = new Map<PeerIdText, GovernanceEntry[]>();

  constructor(genesis: Federation) {
    this.genesis = genesis;
  }

  write(origin: PeerIdText, body: GovernanceBody): GovernanceEntry {
    const feed = this.feeds.get(origin) ?? [];
    this.feeds.set(origin, feed);
    const seq = feed.length * 3; // other entries lie between
    const entry = { origin, seq, hash: toHex(sha256(`${origin}/${seq}`)), body };
    feed.push(entry);
    return entry;
  }

  propose(origin: PeerIdText, change: Change, epoch = 0, ballot = 0): string {
    return this.write(origin, { action: 'proposal', epoch, ballot, change }).hash;
  }

  vote(origin: PeerIdText, proposal: string, choice: 'yes' | 'no' = 'yes', epoch = 0, ballot = 0): string {
    return this.write(origin, { action: 'vote', epoch, ballot, proposal, choice }).hash;
  }
}

/** Takes the feeds of a world in any order, a prefix of each at a time. */
export class Reader {
  readonly governance: Governance;
  readonly #world: World;
  /** Entries of each feed that have arrived. */
  readonly arrived = new Map<PeerIdText, number>();
  waited = 0;

  constructor(world: World) {
    this.#world = world;
    this.governance = new Governance(world.genesis);
  }

  /** The next `count` entries of a feed arrive. */
  read(origin: PeerIdText, count: number): void {
    const from = this.arrived.get(origin) ?? 0;
    const fresh = this.#world.feeds.get(origin)?.slice(from, from + count) ?? [];
    this.arrived.set(origin, from + fresh.length);
    for (const entry of fresh) if (!this.governance.take(entry)) this.waited++;
    this.#resume();
  }

  readAll(): void {
    for (const origin of this.#world.feeds.keys()) this.read(origin, Number.MAX_SAFE_INTEGER);
  }

  /** What has arrived. */
  feeds(): Map<PeerIdText, readonly GovernanceEntry[]> {
    return new Map([...this.#world.feeds].map(([origin, entries]) => [origin, entries.slice(0, this.arrived.get(origin) ?? 0)]));
  }

  #resume(): void {
    const feeds = this.feeds();
    for (let ready = this.governance.ready(); ready.length > 0; ready = this.governance.ready()) {
      for (const { origin, seq } of ready) {
        const rest = (feeds.get(origin) ?? []).filter((entry) => entry.seq >= seq);
        for (const entry of rest) if (!this.governance.take(entry)) break;
      }
    }
  }
}

/** Numbers from a list, as dice. */
export class Rolls {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  get over(): boolean {
    return this.#at >= this.#numbers.length;
  }

  /** From 0 to `sides` - 1; 0 when the list is used up. */
  roll(sides: number): number {
    return (this.#numbers[this.#at++] ?? 0) % sides;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.roll(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

/** A world in which three of four entries follow the state of affairs, and the fourth is anything at all. */
export function inventWorld(numbers: readonly number[]): World {
  const rolls = new Rolls(numbers);
  const witnesses = 1 + rolls.roll(5);
  const world = new World(federationOf(witnesses, rolls.roll(4) === 0 ? 1 + rolls.roll(witnesses) : undefined));
  const reader = new Reader(world);
  while (!rolls.over) {
    const state = reader.governance.state();
    const actor = rolls.roll(5) === 0 ? rolls.pick(PEERS) : rolls.pick(state.witnesses).peer;
    if (rolls.roll(4) === 0) world.write(actor, anything(rolls, world, state));
    else act(rolls, world, state, actor);
    reader.read(actor, 1);
  }
  return world;
}

function act(rolls: Rolls, world: World, state: GovernanceState, actor: PeerIdText): void {
  const sound = state.proposals.filter(({ refusal }) => refusal === null);
  if (sound.length === 0 || rolls.roll(6) === 0) {
    world.propose(actor, inventChange(rolls, state), state.epoch, state.ballot);
    return;
  }
  const { hash } = sound[rolls.roll(2) % sound.length] ?? rolls.pick(sound);
  const ballot = ballotFor(state, actor, hash) ?? state.ballot;
  world.vote(actor, hash, rolls.roll(6) === 0 ? 'no' : 'yes', state.epoch, ballot);
}

function anything(rolls: Rolls, { feeds }: World, state: GovernanceState): GovernanceBody {
  const epoch = Math.max(0, state.epoch - 1 + rolls.roll(3));
  const ballot = rolls.roll(BALLOTS_MAX + 1);
  const written = [...feeds.values()].flat();
  const proposal = written.length === 0 || rolls.roll(8) === 0 ? 'ab'.repeat(32) : rolls.pick(written).hash;
  const action = rolls.pick(['proposal', 'vote', 'vote', 'decision'] as const);
  if (action === 'proposal') return { action, epoch, ballot, change: inventChange(rolls, state) };
  if (action === 'decision') return { action, epoch, ballot, proposal };
  return { action, epoch, ballot, proposal, choice: rolls.roll(4) === 0 ? 'no' : 'yes' };
}

function inventChange(rolls: Rolls, { witnesses }: GovernanceState): Change {
  const threshold = rolls.roll(4) === 0 ? { threshold: 1 + rolls.roll(witnesses.length + 1) } : {};
  switch (rolls.roll(6)) {
    case 0:
    case 1:
      return { kind: 'admit', peer: rolls.pick(PEERS), organisation: '', ...threshold };
    case 2:
      return { kind: 'remove', peer: rolls.pick(witnesses).peer, ...threshold };
    case 3:
      return { kind: 'threshold', threshold: Math.ceil((witnesses.length + 1 + rolls.roll(witnesses.length)) / 2) };
    case 4:
      return { kind: 'policy', name: rolls.pick(['a', 'b']), value: rolls.pick([1, 2, null]) };
    default:
      return { kind: 'decision', title: 'Something' };
  }
}

/** The state in the words of the slow form. */
export function inSlowWords({ epoch, witnesses, threshold, policies, history, ballots, proposals }: GovernanceState): SlowState {
  return {
    epoch,
    witnesses: witnesses.map((witness) => witness.peer),
    threshold,
    policies: policies.map(({ name, value, since }) => `${name}=${JSON.stringify(value)} since ${since}`),
    history: history.map(({ proposal, votes }) => ({ hash: proposal.hash, votes: votes.map(({ witness }) => witness) })),
    ballots: ballots.map(({ ballot, only, remaining }) => ({ ballot, only, remaining })),
    proposals: proposals.map(({ hash }) => hash),
  };
}
