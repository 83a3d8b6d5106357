/** Made-up federations with a history of proposals and votes, most of them sensible, and a reader that takes them as a node does. */
import { sha256 } from '#sha256';
import { toHex } from '../../../../src/core/bytes.ts';
import { draftFederation, type Federation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { foldGovernance, Governance } from '../../../../src/core/federation/governance.ts';
import { ballotFor } from '../../../../src/core/federation/governance-state.ts';
import type {
  Change,
  GovernanceBody,
  GovernanceEntry,
  GovernanceState,
} from '../../../../src/core/federation/governance-types.ts';
import { type PeerIdText, peerIdOf } from '../../../../src/core/peer-id.ts';
import type { SlowState } from '../../../reference/governance.ts';
import { Dice } from '../../../sim/dice.ts';

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
  const draft = {
    name: 'Made up',
    openQuota: 1000,
    witnesses: PEERS.slice(0, witnesses).map((id, i) => ({ peer: id, organisation: `Org ${i}` })),
  };
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

  declare(origin: PeerIdText, proposal: string, epoch = 0, ballot = 0): string {
    return this.write(origin, { action: 'decision', epoch, ballot, proposal }).hash;
  }

  /** The state after all witnesses have declared what was adopted, as honest ones do by themselves. */
  settled(): GovernanceState {
    for (;;) {
      const state = foldGovernance(this.genesis, this.feeds);
      if (state.adopted === null) return state;
      const { epoch, witnesses } = state;
      const { proposal, ballot } = state.adopted;
      const silent = witnesses.filter(
        (witness) =>
          !this.feeds.get(witness.peer)?.some(({ body }) => body.action === 'decision' && body.epoch === epoch),
      );
      if (silent.length === 0) return state;
      for (const witness of silent) this.declare(witness.peer, proposal, epoch, ballot);
    }
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
    return new Map(
      [...this.#world.feeds].map(([origin, entries]) => [origin, entries.slice(0, this.arrived.get(origin) ?? 0)]),
    );
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

/** A world of this many entries: most follow the state of affairs, some are anything at all. */
export function inventWorld(seed: number, entries: number): World {
  const dice = new Dice(seed);
  const witnesses = dice.int(1, 5);
  const world = new World(federationOf(witnesses, dice.chance(0.25) ? dice.int(1, witnesses) : undefined));
  const reader = new Reader(world);
  for (let i = 0; i < entries && reader.governance.ballot <= BALLOTS_MAX; i++) {
    const state = reader.governance.state();
    const witness = dice.pick(state.witnesses).peer;
    const actor = dice.chance(0.1) ? dice.pick(PEERS) : witness;
    if (dice.chance(actor === witness ? 0.06 : 0.5)) world.write(actor, anything(dice, world, state));
    else act(dice, world, state, actor);
    reader.read(actor, 1);
  }
  return world;
}

function act(dice: Dice, world: World, state: GovernanceState, actor: PeerIdText): void {
  if (state.adopted !== null && dice.chance(0.8)) {
    world.declare(actor, state.adopted.proposal, state.epoch, state.adopted.ballot);
    return;
  }
  const sound = state.proposals.filter(({ refusal }) => refusal === null);
  if (sound.length === 0 || dice.chance(0.1)) {
    world.propose(actor, inventChange(dice, state), state.epoch, state.ballot);
    return;
  }
  const { hash } = dice.chance(0.7) ? dice.pick(sound.slice(0, 1)) : dice.pick(sound);
  const ballot = ballotFor(state, actor, hash) ?? state.ballot;
  world.vote(actor, hash, dice.chance(0.12) ? 'no' : 'yes', state.epoch, ballot);
}

function anything(dice: Dice, { feeds }: World, state: GovernanceState): GovernanceBody {
  const epoch = Math.max(0, state.epoch + dice.int(-1, 1));
  const ballot = dice.chance(0.5) ? state.ballot : dice.int(0, BALLOTS_MAX);
  const written = [...feeds.values()].flat();
  const proposal = written.length === 0 || dice.chance(0.1) ? 'ab'.repeat(32) : dice.pick(written).hash;
  const action = dice.pick(['proposal', 'vote', 'vote', 'decision'] as const);
  if (action === 'proposal') return { action, epoch, ballot, change: inventChange(dice, state) };
  if (action === 'decision') return { action, epoch, ballot, proposal };
  return { action, epoch, ballot, proposal, choice: dice.chance(0.25) ? 'no' : 'yes' };
}

function inventChange(dice: Dice, { witnesses }: GovernanceState): Change {
  const threshold = dice.chance(0.2) ? { threshold: dice.int(1, witnesses.length + 1) } : {};
  switch (dice.int(0, 6)) {
    case 0:
    case 1:
      return { kind: 'admit', peer: dice.pick(PEERS), organisation: '', ...threshold };
    case 2:
    case 3:
      return { kind: 'remove', peer: dice.pick(witnesses).peer, ...threshold };
    case 4:
      return { kind: 'threshold', threshold: dice.int(Math.ceil(witnesses.length / 2), witnesses.length) };
    case 5:
      return { kind: 'policy', name: dice.pick(['a', 'b']), value: dice.pick([1, 2, null]) };
    default:
      return { kind: 'decision', title: 'Something' };
  }
}

/** The state in the words of the slow form. */
export function inSlowWords({
  epoch,
  witnesses,
  threshold,
  policies,
  adopted,
  history,
  ballots,
  proposals,
}: GovernanceState): SlowState {
  return {
    epoch,
    witnesses: witnesses.map((witness) => witness.peer),
    threshold,
    policies: policies.map(({ name, value, since }) => `${name}=${JSON.stringify(value)} since ${since}`),
    adopted: adopted === null ? null : { hash: adopted.proposal, ballot: adopted.ballot, declared: adopted.declared },
    history: history.map(({ proposal, votes }) => ({
      hash: proposal.hash,
      votes: votes.map(({ witness }) => witness),
    })),
    ballots: ballots.map(({ ballot, only, remaining }) => ({ ballot, only, remaining })),
    proposals: proposals.map(({ hash }) => hash),
  };
}
