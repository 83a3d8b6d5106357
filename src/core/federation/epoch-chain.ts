/** The epochs that a node knows: from the federation file, decision by decision, each judged by the witnesses of the epoch it ended. */

import type { PeerIdText } from '../peer-id.ts';
import type { Ruling } from './decision.ts';
import { amend, type Constitution, foundingConstitution } from './epochs.ts';
import type { Federation, Writers } from './genesis.ts';
import { type Electorate, electorateOf } from './governance-record.ts';

/** `not_a_writer` may end with a later decision, `quota_exceeded` never. */
export type WriterRefusal = 'not_a_writer' | 'quota_exceeded';

export class EpochChain {
  /** Federation ID. */
  readonly id: string;
  readonly #electorates: [Electorate, ...Electorate[]];
  readonly #writers: Writers;
  readonly #witnessedEver: Set<PeerIdText>;
  #epoch = 0;
  #now: Constitution;

  constructor(federation: Federation) {
    this.id = federation.id;
    this.#now = foundingConstitution(federation);
    this.#electorates = [electorateOf(this.#now, 0)];
    this.#writers = federation.writers;
    this.#witnessedEver = new Set(this.#now.witnesses.keys());
  }

  /** The epoch in force: as many decisions were taken. */
  get epoch(): number {
    return this.#epoch;
  }

  get now(): Constitution {
    return this.#now;
  }

  /** Witnesses and threshold in force. */
  get current(): Electorate {
    return this.#electorates.at(-1) ?? this.#electorates[0];
  }

  /** Those before them; none in the first. */
  get previous(): Electorate | undefined {
    return this.#electorates.at(-2);
  }

  /** All there have been, oldest first. */
  get electorates(): readonly Electorate[] {
    return this.#electorates;
  }

  /** The witnesses and the threshold that came into force with an epoch; none when it changed neither, or has not come. */
  electedWith(epoch: number): Electorate | undefined {
    return this.#electorates.find(({ since }) => since === epoch);
  }

  /** Whether a node is a witness, or was one. That can only become true: what rests on it does not depend on who heard of what first. */
  wasWitness(peer: PeerIdText): boolean {
    return this.#witnessedEver.has(peer);
  }

  /** Whether `origin` may write entry `seq` of its ledger; the reason when not. One who may now may for ever. */
  writerRefusal(origin: PeerIdText, seq: number): WriterRefusal | undefined {
    if (this.#writers.mode === 'open') return seq < this.#writers.quota ? undefined : 'quota_exceeded';
    return this.#writers.peers.has(origin) || this.wasWitness(origin) ? undefined : 'not_a_writer';
  }

  /** Takes the decision that ends the present epoch. Gives back whether witnesses or threshold are others now. */
  end({ change }: Pick<Ruling, 'change'>): boolean {
    const next = amend(this.#now, change, this.#epoch);
    const changed = next.witnesses !== this.#now.witnesses || next.threshold !== this.#now.threshold;
    this.#epoch += 1;
    this.#now = next;
    if (changed) this.#electorates.push(electorateOf(next, this.#epoch));
    if (change.kind === 'admit') this.#witnessedEver.add(change.peer);
    return changed;
  }
}
