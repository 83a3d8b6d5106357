/** Certification: heartbeats of witnesses are votes; what a threshold vouches for is final. */
import { equalBytes } from '../bytes.ts';
import { Tally } from '../federation/tally.ts';
import type { Vote, VoteTree } from '../federation/vote.ts';
import type { FeedHead } from '../ledger/feed.ts';
import { type Checkpoint, checkpointOf, ledgerLeaf } from '../ledger/ledger.ts';
import { ROOTS_PER_READ_MAX } from '../limits.ts';
import { MerkleTree } from '../merkle/tree.ts';
import type { PeerIdText } from '../peer-id.ts';
import { commit, isBeingCut } from './commit.ts';
import { hearWitness, isToRenew } from './handoff.ts';
import type { HeardHeartbeat } from './heartbeat.ts';
import { emit, type NodeState, nextId, type UncomparedVote } from './state.ts';

/** Takes a witness's heartbeat as its votes: for the feeds it names, and, when its root is ours, for everything we hold. */
export function hearVotes(state: NodeState, heard: HeardHeartbeat): void {
  const { heartbeat } = heard;
  if (!hearWitness(state, heartbeat)) return;
  if (heartbeat.checkpoints.some((checkpoint) => isNews(state, checkpoint))) {
    const list = new MerkleTree(heartbeat.checkpoints.map(ledgerLeaf));
    heartbeat.checkpoints.forEach((checkpoint, index) => {
      if (!isNews(state, checkpoint)) return;
      tallyOf(state, checkpoint.origin); // entries are there, or about to be: votes may be quicker
      hear(state, heard, { checkpoint, tree: 'changed', index, path: list.inclusion(index) });
    });
  }
  const same = equalBytes(heartbeat.root, state.durable.root) && heartbeat.feeds === state.durable.heads.size;
  // Paths come from the tree of admitted heads: they fit what was signed while nothing is on its way to the disk.
  if (same && equalBytes(state.ledger.root, state.durable.root)) hearWholeLedger(state, heard);
  countAll(state);
}

/** Whether a vote for it may certify more of a feed that we hold, or what is certified with the witnesses in force. */
function isNews(state: NodeState, { origin, size }: { readonly origin: PeerIdText; readonly size: number }): boolean {
  if (!state.durable.heads.has(origin)) return false;
  const certified = certifiedSize(state, origin);
  return size > certified || (size === certified && isToRenew(state, origin));
}

function hearWholeLedger(state: NodeState, heard: HeardHeartbeat): void {
  for (const [origin, tally] of state.certification.tallies) {
    const head = state.durable.heads.get(origin);
    if (head === undefined || tally.agreedSize(heard.heartbeat.node) >= head.size) continue;
    const { index, path } = state.ledger.inclusion(origin);
    hear(state, heard, { checkpoint: checkpointOf(head), tree: 'ledger', index, path });
  }
}

interface Place {
  readonly checkpoint: Checkpoint;
  readonly tree: VoteTree;
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

function hear(state: NodeState, { heartbeat, core, signature }: HeardHeartbeat, place: Place): void {
  const { origin } = place.checkpoint;
  if (!isNews(state, place.checkpoint)) return;
  state.certification.tallies.get(origin)?.hear({ witness: heartbeat.node, core, signature, ...place });
}

/** How much of a feed is certified, on its way to the disk or there. */
export function certifiedSize(state: NodeState, origin: PeerIdText): number {
  return state.certification.sizes.get(origin) ?? 0;
}

/** A feed grew, durably, or was cut: it has entries to be certified, and votes that waited may be comparable now. */
export function feedChanged(state: NodeState, head: FeedHead): void {
  tallyOf(state, head.origin).hold(checkpointOf(head));
}

function tallyOf({ certification: { tallies } }: NodeState, origin: PeerIdText): Tally {
  const tally = tallies.get(origin) ?? new Tally();
  tallies.set(origin, tally);
  return tally;
}

/** Compares what can be compared, and writes down what came to be certified. */
export function countAll(state: NodeState): void {
  const unknown: UncomparedVote[] = [];
  const isAnyCut = state.batches.some(({ cuts }) => cuts);
  for (const [origin, tally] of state.certification.tallies) {
    const head = state.durable.heads.get(origin);
    if (head === undefined || (isAnyCut && isBeingCut(state, origin))) continue;
    for (const vote of tally.comparable(head.size)) {
      const { size } = vote.checkpoint;
      const ownRoot = size === head.size ? checkpointOf(head).root : tally.heldRoot(size);
      if (ownRoot === undefined) unknown.push({ tally, vote });
      else compare(state, tally, vote, ownRoot);
    }
  }
  readRoots(state, unknown);
  certify(state);
}

function compare(state: NodeState, tally: Tally, vote: Vote, ownRoot: Uint8Array): void {
  if (tally.compare(vote, ownRoot)) return;
  const { origin, size } = vote.checkpoint;
  emit(state, { kind: 'note', note: { name: 'vote_disagrees', witness: vote.witness, origin, size } });
}

/** Our roots at sizes longer ago are read from the store: one read at a time, bounded, whatever is claimed. */
function readRoots(state: NodeState, unknown: readonly UncomparedVote[]): void {
  const { certification } = state;
  if (unknown.length === 0 || certification.rootsJob !== undefined) return;
  const votes = unknown.slice(0, ROOTS_PER_READ_MAX);
  const job = nextId(state);
  certification.rootsJob = { job, votes };
  emit(state, {
    kind: 'roots',
    job,
    items: votes.map(({ vote: { checkpoint } }) => ({ origin: checkpoint.origin, size: checkpoint.size })),
  });
}

export function onRoots(state: NodeState, job: number, roots: readonly (Uint8Array | undefined)[]): void {
  const { certification } = state;
  if (certification.rootsJob?.job !== job) return;
  const { votes } = certification.rootsJob;
  certification.rootsJob = undefined;
  votes.forEach(({ tally, vote }, i) => {
    const root = roots[i];
    // A feed that was cut meanwhile has another tally: what was read is not its root any more.
    const current = certification.tallies.get(vote.checkpoint.origin) === tally;
    if (root !== undefined && current) compare(state, tally, vote, root);
  });
  countAll(state);
}

/** Writes down every feed of which more is certified than before, with the votes that certify it. */
function certify(state: NodeState): void {
  const { certification, epochs } = state;
  const certified: { origin: PeerIdText; size: number }[] = [];
  const votes: Vote[] = [];
  for (const [origin, tally] of certification.tallies) {
    const size = tally.certifiedSize(epochs.current);
    if (!isNews(state, { origin, size })) continue;
    certification.sizes.set(origin, size);
    certified.push({ origin, size });
    votes.push(...tally.reaching(size));
    if (size === state.durable.heads.get(origin)?.size && !tally.isWaiting) certification.tallies.delete(origin);
  }
  if (certified.length > 0) commit(state, { admissions: [], votes, certified }, { kind: 'certified' });
}
