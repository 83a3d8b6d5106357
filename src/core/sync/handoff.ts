/**
 * From one set of witnesses to the next. Who learns of new ones votes no more with the old, says so, and votes with the new
 * when it holds what a threshold of the old held when they had stopped. What the old certified, every honest voter of the new then holds.
 */
import type { Electorate } from '../federation/governance-record.ts';
import { Tally } from '../federation/tally.ts';
import { ownHash } from '../merkle/hash.ts';
import type { PeerIdText } from '../peer-id.ts';
import { commit } from './commit.ts';
import type { HeartbeatCore } from './heartbeat.ts';
import { nameLedger } from './ledgers.ts';
import { heartbeatSoon } from './peers.ts';
import type { NodeState } from './state.ts';

export interface Handoff {
  /** The epoch of the witnesses with whom this node votes, durable; behind those in force while it takes over. */
  votes: number;
  /** Whether that is being written. */
  writing: boolean;
  /** The last heartbeat of each witness of the last two sets: what it held, and with whom it votes. */
  readonly said: Map<PeerIdText, Said>;
  /** Witnesses that said, of the witnesses of which epoch they vote with, what we have held too. */
  readonly agreed: Map<PeerIdText, number>;
  /** Own ledgers, the latest last, as `nameLedger` names them. */
  readonly ledgers: Set<string>;
}

type Said = Pick<HeartbeatCore, 'epoch' | 'closed' | 'feeds' | 'root'>;

export function handoffOf(votes: number): Handoff {
  return { votes, writing: false, said: new Map(), agreed: new Map(), ledgers: new Set() };
}

/** Whether this node has stopped voting with one set of witnesses and does not vote with the next yet. */
export function isTakingOver({ handoff, epochs }: NodeState): boolean {
  return handoff.votes !== epochs.current.since;
}

/** Takes what a witness says of itself. Gives back whether it counts as a vote now. */
export function hearWitness(state: NodeState, heartbeat: HeartbeatCore): boolean {
  const { handoff, epochs } = state;
  const { node, epoch, closed, feeds, root } = heartbeat;
  const { current, previous } = epochs;
  if (current.witnesses.has(node) || previous?.witnesses.has(node) === true) {
    handoff.said.set(node, { epoch, closed, feeds, root: ownHash(root) });
    takeOver(state);
  }
  return epoch === current.since && !closed && current.witnesses.has(node);
}

/** New witnesses, or another threshold: what the old said about what is not final yet has to be said anew. */
export function beginElectorate(state: NodeState): void {
  const { certification, durable, handoff, epochs, heartbeat } = state;
  const { current, previous } = epochs;
  certification.tallies.clear();
  for (const [origin, { size }] of durable.heads) {
    if (size <= (certification.sizes.get(origin) ?? 0) && !isToRenew(state, origin)) continue;
    certification.tallies.set(origin, new Tally());
    heartbeat.changed.add(origin);
  }
  handoff.agreed.clear();
  for (const node of handoff.said.keys())
    if (!current.witnesses.has(node) && previous?.witnesses.has(node) !== true) handoff.said.delete(node);
  heartbeatSoon(state);
  takeOver(state);
}

/** Votes with the witnesses in force from when enough of those before them, or of themselves, are caught up with. */
export function takeOver(state: NodeState): void {
  const { handoff, epochs, self } = state;
  const { current, previous } = epochs;
  if (!isTakingOver(state) || handoff.writing || previous === undefined) return;
  for (const [node, said] of handoff.said) {
    const { epoch, closed } = said;
    const stopped = epoch === current.since || (epoch === previous.since && closed);
    if (stopped && handoff.ledgers.has(nameLedger(said))) handoff.agreed.set(node, epoch);
  }
  handoff.agreed.delete(self);
  let before = hasStopped(state, previous) ? 1 : 0;
  let now = 0;
  for (const [node, epoch] of handoff.agreed) {
    if (previous.witnesses.has(node)) before += 1;
    if (epoch === current.since && current.witnesses.has(node)) now += 1;
  }
  if (before < previous.threshold && now < current.threshold) return;
  handoff.writing = true;
  commit(state, { admissions: [], votingSince: current.since }, { kind: 'took_over', since: current.since });
}

/**
 * Whether this node itself counts among those who stopped voting with a set of witnesses. It did when it voted with them. And it never
 * will when it did not: any threshold of them that certified is then one of the others, so that still every two thresholds meet in an
 * honest one; but one honest one must be left to catch up with, and where all must vote there may be none (0018).
 */
function hasStopped({ handoff, self }: NodeState, { since, witnesses, threshold }: Electorate): boolean {
  return witnesses.has(self) && (handoff.votes === since || threshold < witnesses.size);
}

/**
 * Whether certificates of the witnesses of an epoch count: of those in force, and of all since those before the ones this node votes with.
 * It may be what they certified that it lacks to vote with newer ones.
 */
export function isRecent({ epochs, handoff }: NodeState, epoch: number | undefined): boolean {
  const { electorates } = epochs;
  const own = electorates.findIndex(({ since }) => since === handoff.votes);
  return electorates.slice(Math.max(0, own - 1)).some(({ since }) => since === epoch);
}

/** It is durable with whom this node votes: now it may say so. */
export function onTookOver(state: NodeState, since: number): void {
  state.handoff.writing = false;
  state.handoff.votes = since;
  for (const origin of state.certification.tallies.keys()) state.heartbeat.changed.add(origin);
  heartbeatSoon(state);
  takeOver(state); // there may be newer ones still
}

/** Whether a sealed feed's certificate is of earlier witnesses: nodes that know the present ones will soon not take it any more. */
export function isToRenew({ seals, epochs, certification }: NodeState, origin: PeerIdText): boolean {
  const seal = seals.get(origin);
  if (seal?.certificate === undefined || seal.renewed === epochs.current.since) return false;
  return (certification.sizes.get(origin) ?? 0) > seal.proof.seq;
}

/** Asks for votes on a sealed feed whose certificate is of earlier witnesses, and gives our own. */
export function openRenewal(state: NodeState, origin: PeerIdText): void {
  const { tallies } = state.certification;
  if (!isToRenew(state, origin)) return;
  if (!tallies.has(origin)) tallies.set(origin, new Tally());
  state.heartbeat.changed.add(origin);
  heartbeatSoon(state);
}
