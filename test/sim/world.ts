/** Everything of one simulation: nodes, network, time, chance, and what the checkers have found. */
import type { Draft, Effect, Event } from '../../src/core/events.ts';
import type { Federation } from '../../src/core/federation/genesis.ts';
import type { Checker } from './checkers/checker.ts';
import { DiskDamage } from './damage.ts';
import type { Dice } from './dice.ts';
import type { DiskDefects } from './disk.ts';
import { SimNetwork } from './network.ts';
import { Reading, type Shown } from './reading.ts';
import { MS, Schedule, SECOND } from './schedule.ts';
import type { KeyTable } from './signatures.ts';
import { type NodeContext, SimNode } from './sim-node.ts';
import { Trace } from './trace.ts';

/** Faults strike in the safety phase; in liveness and silence the network is whole and nobody appends. */
export type Phase = 'safety' | 'liveness' | 'silence' | 'over';

export interface Failure {
  readonly invariant: string;
  readonly message: string;
  readonly atSeconds: number;
}

/** What a test breaks on purpose, to see that a checker notices. */
export interface Defects {
  readonly verifiesAll?: boolean;
  /** Events that never reach a core. */
  readonly loses?: (event: Event) => boolean;
  readonly disk?: DiskDefects;
  /** Is shown what all nodes share from then on. No defect, unless it changes it. */
  readonly shown?: Shown;
  /** Some last change to the world before it runs. */
  readonly prepare?: (world: World) => void;
}

export interface WorldParts {
  readonly dice: Dice;
  readonly table: KeyTable;
  readonly federation: Federation;
  readonly pairs: readonly (readonly [number, number])[];
  readonly checkers: readonly Checker[];
  readonly defects: Defects;
}

const DOWN_US_MIN = 50 * MS;
const DOWN_US_MAX = 20 * SECOND;

/** What honest nodes do only when it matters: a run in which they never did it has tested nothing of it. */
export const RARE_PATHS: readonly string[] = [
  'entries_certified',
  'feed_sealed',
  'entries_quarantined',
  'entries_adopted',
  'epoch_began',
  'damage_noticed',
  'elected_spoke',
];

const NONE: readonly Checker[] = [];

export class World {
  readonly schedule = new Schedule();
  readonly trace = new Trace();
  readonly dice: Dice;
  readonly table: KeyTable;
  readonly federation: Federation;
  readonly nodes: readonly SimNode[];
  readonly witnesses: readonly SimNode[];
  readonly network: SimNetwork;
  readonly reading: Reading;
  /** How often each kind of fault struck. */
  readonly fired = new Map<string, number>();
  /** How often honest nodes went a rare path. */
  readonly seen = new Map<string, number>();
  /** So many times more rarely clients and members write than in a small federation. */
  slowness = 1;
  /** The members change witnesses and threshold in this seed. */
  changesWitnesses = false;
  phase: Phase = 'safety';
  /** The first broken invariant ends the run. */
  failure: Failure | undefined;
  readonly #checkers: readonly Checker[];
  /** Those that look at every step, and those that look at a kind of effect. */
  readonly #watchers: readonly Checker[];
  readonly #lookers = new Map<string, Checker[]>();
  #nextRequest = 0;

  constructor({ dice, table, federation, pairs, checkers, defects }: WorldParts) {
    this.dice = dice;
    this.table = table;
    this.federation = federation;
    this.#checkers = checkers;
    this.reading = new Reading(table, defects.shown);
    this.#watchers = checkers.filter(({ stepped }) => stepped !== undefined);
    for (const checker of checkers)
      for (const kind of checker.looksAt ?? []) this.#lookers.set(kind, [...(this.#lookers.get(kind) ?? []), checker]);
    const context = this.#nodeContext(defects);
    this.nodes = table.keys.map(
      (key, index) =>
        new SimNode(index, key, context, {
          crash: () => this.crash(this.node(index)),
          appendBroken: ({ log, seq }, size) =>
            this.fail('append_only', `node ${index}: ${log} entry ${seq} is written behind ${size} entries`),
          damaged: () => this.damaged(this.node(index)),
        }),
    );
    const named = new Set(federation.witnesses.map(({ peer }) => peer));
    this.witnesses = this.nodes.filter(({ peer }) => named.has(peer));
    for (const { disk } of this.nodes) Object.assign(disk.defects, defects.disk);
    this.network = new SimNetwork(
      {
        peers: table.keys.map(({ peer }) => peer),
        isUp: (node) => this.nodes[node]?.state !== undefined,
        deliver: (node, event) => this.nodes[node]?.deliver(event),
        verdictUnknown: (node, id) =>
          this.fail('gossip_verdict', `node ${node} judged gossip message ${id}, which it did not hold`),
      },
      pairs,
      this.schedule,
      dice,
    );
  }

  get honest(): readonly SimNode[] {
    return this.nodes.filter(({ hostile }) => !hostile);
  }

  /** Who must end equal: the honest nodes, and a hostile one that behaves again. */
  get joined(): readonly SimNode[] {
    return this.nodes.filter(
      (node) => !node.hostile || (node.tampers.length === 0 && !node.expelled && this.isMember(node)),
    );
  }

  /** Whether it can be heard, and goes by the same federation file: others refuse what a trespasser wrote. */
  isMember({ index, federation }: SimNode): boolean {
    return federation === this.federation && !this.network.isIsolated(index);
  }

  node(index: number): SimNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  get running(): boolean {
    return this.failure === undefined;
  }

  /** Lets so much virtual time go by, or less when an invariant breaks. */
  run(durationUs: number): void {
    this.schedule.runUntil(this.schedule.nowUs + durationUs, () => this.running);
  }

  fail(invariant: string, message: string): void {
    this.failure ??= { invariant, message, atSeconds: this.schedule.nowUs / 1e6 };
  }

  countFault(kind: string): void {
    this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
  }

  /** Clients of the node call at the same moment. */
  append(node: SimNode, ...calls: readonly (readonly Draft[])[]): void {
    const requests = calls.map((drafts) => {
      this.#nextRequest += 1;
      return { request: this.#nextRequest, drafts };
    });
    node.deliver({ kind: 'append', requests });
  }

  /** A node dies, and comes back from its disk some time later. */
  crash(node: SimNode): void {
    if (node.state === undefined) return;
    this.trace.mark(this.schedule.nowUs, `crash ${node.index}`);
    node.crash();
    this.network.nodeDown(node.index);
    this.schedule.after(this.dice.between(DOWN_US_MIN, DOWN_US_MAX), () => this.start(node));
  }

  /** A node has read what was not written, and says so. Its operator moves the folder away and starts it anew. */
  damaged(node: SimNode): void {
    this.trace.mark(this.schedule.nowUs, `damaged ${node.index}`);
    this.see('damage_noticed');
    this.forget(node, () => node.disk.wipe());
  }

  /** Lost its marker with its disk. It goes by what its peers say it has signed: none of these may have forgotten that, or will. */
  unmarked: SimNode | undefined;

  /**
   * Whether the federation can bear that this node forgets: it is then one of the witnesses that fail, of which two quorums must have
   * more in common than these (section 13 of the protocol). Where the members change them, that is not known beforehand. And a clock that was
   * wrong may have used up heartbeat counters of the future.
   */
  mayForget(node: SimNode): boolean {
    if (this.changesWitnesses || (this.unmarked !== undefined && this.unmarked !== node)) return false;
    const failing = this.witnesses.filter((each) => each.hostile || each.lapsed || each === node);
    return !node.hostile && !node.skewed && 2 * this.federation.threshold > this.witnesses.length + failing.length;
  }

  /** A node dies, and comes back with another disk. */
  forget(node: SimNode, change: () => void): void {
    node.lapsed = true;
    if (node.state === undefined)
      this.schedule.after(this.dice.between(DOWN_US_MIN, DOWN_US_MAX), () => this.start(node));
    this.crash(node);
    change();
    for (const checker of this.#checkers) checker.forgot?.(this, node);
  }

  start(node: SimNode): void {
    if (node.state !== undefined) return;
    this.trace.mark(this.schedule.nowUs, `start ${node.index}`);
    try {
      node.start();
    } catch (error) {
      if (!(error instanceof DiskDamage)) throw error;
      this.damaged(node);
      return;
    }
    for (const checker of this.#checkers) checker.started?.(this, node);
  }

  /** Lets the checkers look at the whole when everything is over. */
  conclude(): void {
    for (const checker of this.#checkers) if (this.running) checker.conclude?.(this);
  }

  /** Tells the checkers that another phase begins. */
  enter(phase: Phase): void {
    this.phase = phase;
    this.trace.mark(this.schedule.nowUs, phase);
    for (const checker of this.#checkers) checker.entered?.(this, phase);
  }

  #nodeContext(defects: Defects): NodeContext {
    return {
      schedule: this.schedule,
      dice: this.dice,
      federation: this.federation,
      readHeartbeat: (data) => this.reading.heartbeat(data),
      isSigned: (job) => defects.verifiesAll === true || this.reading.isSigned(job),
      loses: defects.loses ?? (() => false),
      network: (node, effect) => this.network.carryOut(node.index, effect),
      stepped: (node, event, effects) => this.#stepped(node, event, effects),
      acknowledged: (node, write) => {
        for (const checker of this.#checkers) checker.acknowledged?.(this, node, write);
      },
      damaged: (node) => this.damaged(node),
      threw: (node, error) =>
        this.fail(
          'no_throw',
          `node ${node.index}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ),
      spins: (node) => this.fail('no_spin', `node ${node.index} goes on without letting time go by`),
    };
  }

  #stepped(node: SimNode, event: Event, effects: readonly Effect[]): void {
    this.trace.step(this.schedule.nowUs, node.index, event, effects);
    for (const checker of this.#watchers) checker.stepped?.(this, node, event, effects);
    for (const effect of effects) {
      for (const checker of this.#lookers.get(effect.kind) ?? NONE) checker.saw?.(this, node, effect, effects);
      if (effect.kind === 'note' && !node.hostile) this.see(effect.note.name);
    }
  }

  see(name: string): void {
    if (RARE_PATHS.includes(name)) this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
  }
}
