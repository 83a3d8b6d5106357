/** Heartbeats and pushed entries; revocations have a file of their own. Gossip is a hint: losing any of it costs time, never consistency. */
import { equalBytes } from '../bytes.ts';
import { EVERYONE } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import type { GossipTopic } from '../events.ts';
import { checkpointOf } from '../ledger/ledger.ts';
import {
  FEEDS_COUNT_MAX,
  GOSSIP_PENDING_MAX,
  HEARTBEAT_CHECKPOINTS_MAX,
  HEARTBEAT_COUNTER_BLOCK,
  HEARTBEAT_NODES_MAX,
  HEARTBEAT_OTHERS_MAX,
  HEARTBEAT_OTHERS_MS_EACH,
  HEARTBEATS_UNDIMMED,
  PUSH_ENTRIES_MAX,
} from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { commit } from './commit.ts';
import { examineDelta } from './delta.ts';
import { admitRuns, confirm } from './fetch.ts';
import { isTakingOver } from './handoff.ts';
import { type HeartbeatCore, signHeartbeat } from './heartbeat.ts';
import { type Received, refuseForged, startJob, verdict } from './judging.ts';
import { decodeMessage } from './messages.ts';
import { compareRoots, debounceMs, expectMore, hold, misbehaved, suspect, takeClaims } from './peers.ts';
import { onRevocation } from './revocation-gossip.ts';
import { takeScars } from './sealing.ts';
import { type Delivery, emit, type Job, type NodeState } from './state.ts';
import { hearVotes } from './voting.ts';

/** A gossip message: checked as far as it can be without signatures, then those. Only what is valid is passed on. */
export function onGossip(state: NodeState, topic: GossipTopic, received: Received): void {
  if (state.gossipPending >= GOSSIP_PENDING_MAX) {
    verdict(state, received, 'ignore');
    return;
  }
  try {
    if (topic === 'heartbeat') onHeartbeat(state, received);
    else if (topic === 'entries') onPush(state, received);
    else onRevocation(state, received);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    verdict(state, received, 'reject');
    misbehaved(state, received.from, error.code);
  }
}

function onHeartbeat(state: NodeState, received: Received): void {
  const { heartbeat, core, job } = state.readHeartbeat(received.data);
  if (heartbeat.federation !== state.federation.id) {
    throw new TessraxError('wrong_federation', 'a heartbeat of another federation', {
      fields: { federation: heartbeat.federation },
    });
  }
  if (heartbeat.node === state.self || heartbeat.counter <= (state.counters.get(heartbeat.node) ?? -1)) {
    verdict(state, received, 'ignore'); // replayed, or overtaken by a newer one: R-42
    return;
  }
  const heard = { heartbeat, core, signature: job.signature };
  startJob(state, { kind: 'heartbeat', id: received.id, from: received.from, heard }, [job]);
}

function onPush(state: NodeState, received: Received): void {
  const message = decodeMessage(received.data);
  if (message.kind !== 'delta') throw new TessraxError('message_unexpected', `a ${message.kind} on the entries topic`);
  const { event, runs } = message;
  const [run] = runs;
  if (run === undefined || runs.length !== 1 || run.origin !== event.origin || run.entries.length > PUSH_ENTRIES_MAX) {
    throw new TessraxError('push_invalid', `a push has 1 to ${PUSH_ENTRIES_MAX} fresh entries of its sender`);
  }
  const held = state.ledger.size(run.origin);
  const end = run.from + run.entries.length;
  const refusal = state.epochs.writerRefusal(run.origin, end - 1);
  if (refusal === 'quota_exceeded') throw new TessraxError(refusal, 'a push of a node that may not write it');
  // Who is no writer here may be one by a decision that has not come yet: it is fetched then.
  if (refusal !== undefined || end <= held || (held === 0 && state.ledger.feedCount >= FEEDS_COUNT_MAX)) {
    verdict(state, received, 'ignore');
    return;
  }
  const examined = examineDelta(message, { source: run.origin, target: EVERYONE, federation: state.federation.id });
  const delivery: Delivery = {
    event,
    eventHash: examined.eventHash,
    runs: examined.runs,
    certificates: new Map(),
    receivedMs: state.now.monoMs,
    verified: false,
  };
  const jobs = [...examined.eventJobs, ...examined.runs.flatMap((entries) => entries.flatMap((entry) => entry.jobs))];
  startJob(state, { kind: 'push', id: received.id, from: received.from, delivery }, jobs);
}

export function onHeartbeatVerified(
  state: NodeState,
  job: Extract<Job, { kind: 'heartbeat' }>,
  valid: readonly boolean[],
): void {
  state.gossipPending -= 1;
  if (refuseForged(state, job, valid)) return;
  const { heartbeat } = job.heard;
  if (heartbeat.counter <= (state.counters.get(heartbeat.node) ?? -1)) {
    verdict(state, job, 'ignore');
    return;
  }
  verdict(state, job, 'accept');
  rememberCounter(state, heartbeat.node, heartbeat.counter);
  const { node, height, root, timestampMs } = heartbeat;
  const agrees = equalBytes(root, state.durable.root);
  emit(state, { kind: 'note', note: { name: 'heartbeat_received', node, timestampMs, height, root, agrees } });
  if (!agrees) state.heartbeat.differs = true;
  hearVotes(state, job.heard);
  askWhoIsAhead(state, job.heard.heartbeat, job.from);
  const peer = state.peers.get(node);
  if (peer === undefined) return;
  peer.height = height;
  peer.journal = heartbeat.journal;
  peer.root = root;
  takeClaims(state, peer, heartbeat.checkpoints);
  compareRoots(state, peer);
}

/** A node that votes with witnesses we do not know, or no more with those we know, has decisions that we lack. */
function askWhoIsAhead(state: NodeState, { node, epoch, closed }: HeartbeatCore, from: PeerIdText): void {
  const { since } = state.epochs.current;
  if (epoch < since || (epoch === since && !closed)) return;
  const peer = state.peers.get(node) ?? state.peers.get(from);
  if (peer !== undefined) expectMore(state, peer);
}

/** Keeps the newest counter of each node; the node heard of longest ago is forgotten first. */
function rememberCounter(state: NodeState, node: PeerIdText, counter: number): void {
  state.counters.delete(node);
  state.counters.set(node, counter);
  if (state.counters.size <= HEARTBEAT_NODES_MAX) return;
  for (const oldest of state.counters.keys()) {
    state.counters.delete(oldest);
    return;
  }
}

export function onPushVerified(state: NodeState, job: Extract<Job, { kind: 'push' }>, valid: readonly boolean[]): void {
  state.gossipPending -= 1;
  if (refuseForged(state, job, valid)) return;
  takePush(state, job);
  // Last: to pass it on costs more than all else here, and can be done while the disk writes.
  verdict(state, job, 'accept');
}

function takePush(state: NodeState, job: Extract<Job, { kind: 'push' }>): void {
  const { delivery } = job;
  const source = delivery.event.origin;
  const first = delivery.runs[0]?.[0];
  const last = delivery.runs[0]?.at(-1);
  if (first === undefined || last === undefined || last.seq < state.ledger.size(source)) return; // pulled meanwhile
  if (first.seq > state.ledger.size(source)) {
    claimOfPush(state, source, last.seq + 1);
    return;
  }
  const admissions = admitRuns(state, delivery);
  for (const { stopped, head } of admissions) {
    if (stopped?.verdict.kind === 'wait' && stopped.verdict.untilMs !== undefined) {
      hold(state, source, source, stopped.verdict.untilMs); // it is fetched when its time has come: nobody need push it again
      claimOfPush(state, source, last.seq + 1);
    }
    if (stopped?.verdict.kind !== 'reject') continue;
    const { reason } = stopped.verdict;
    const sender = state.peers.get(source);
    if (reason === 'chain_broken' && sender !== undefined) suspect(state, sender, source, head.size);
    emit(state, {
      kind: 'note',
      note: { name: 'entry_rejected', origin: head.origin, seq: stopped.seq, reason, peer: job.from },
    });
  }
  if (admissions.every(({ accepted }) => accepted.length === 0)) return;
  const { write, entries } = confirm(state, source, delivery, admissions);
  commit(state, write, { kind: 'pushed', peer: source, entries, receivedMs: delivery.receivedMs });
  takeScars(state, admissions);
}

/** Entries before a push are missing: its sender signed that it has them. */
function claimOfPush(state: NodeState, source: PeerIdText, size: number): void {
  const peer = state.peers.get(source);
  if (peer !== undefined) takeClaims(state, peer, [{ origin: source, size, root: state.durable.root }]);
}

/** Sends the heartbeat when it is due; before that, makes sure on disk that its counter was never used. */
export function beat(state: NodeState): void {
  const { heartbeat, now, rhythm } = state;
  if (now.monoMs < heartbeat.dueMs || isCutting(state)) return;
  if (heartbeat.counter >= heartbeat.reserved) {
    if (heartbeat.reserving) return;
    heartbeat.reserving = true;
    const reserved = heartbeat.reserved + HEARTBEAT_COUNTER_BLOCK;
    commit(state, { admissions: [], counterReserved: reserved }, { kind: 'counter', reserved });
    return;
  }
  // Entries that wait for votes keep the rhythm up for a while: it is heartbeats that make them final.
  heartbeat.idle = heartbeat.changed.size === 0 ? heartbeat.idle + 1 : 0;
  const patience = state.certification.tallies.size === 0 && !isTakingOver(state) ? 0 : HEARTBEATS_UNDIMMED;
  const idle = heartbeat.idle > patience;
  publishHeartbeat(state);
  heartbeat.intervalMs = idle
    ? Math.min(heartbeat.intervalMs * 2, rhythm.heartbeatIntervalMsMax)
    : rhythm.heartbeatIntervalMs;
  // More feeds changed than fit: the next heartbeat follows at once.
  heartbeat.dueMs = now.monoMs + (heartbeat.changed.size > 0 ? debounceMs(state) : heartbeat.intervalMs);
}

/** While entries are being cut off, what is durable is about to be less: nothing is said until it is. */
export function isCutting(state: NodeState): boolean {
  return state.batches.some(({ cuts }) => cuts);
}

/**
 * Where all ledgers are equal, one root is a vote for every feed. Where one is not, because it is behind, or waits for an entry of the
 * future, or because somebody always writes, nothing would ever vote there for a feed that is quiet: so these are named too, in turn.
 */
function othersToName(
  { heartbeat, durable, now, rhythm, counters, epochs, self }: NodeState,
  named: ReadonlySet<PeerIdText>,
) {
  if (!heartbeat.differs || now.monoMs < heartbeat.othersDueMs || !epochs.current.witnesses.has(self)) return [];
  heartbeat.differs = false;
  heartbeat.othersDueMs = now.monoMs + Math.max(rhythm.heartbeatIntervalMs, counters.size * HEARTBEAT_OTHERS_MS_EACH);
  if (heartbeat.others.size === 0) for (const origin of durable.heads.keys()) heartbeat.others.add(origin);
  const room = Math.min(HEARTBEAT_OTHERS_MAX, HEARTBEAT_CHECKPOINTS_MAX - named.size);
  const chosen: PeerIdText[] = [];
  for (const origin of heartbeat.others) {
    if (chosen.length >= room) break;
    heartbeat.others.delete(origin);
    if (!named.has(origin)) chosen.push(origin);
  }
  return chosen;
}

function publishHeartbeat(state: NodeState): void {
  const { heartbeat, durable } = state;
  const named: PeerIdText[] = durable.heads.has(state.self) ? [state.self] : [];
  heartbeat.changed.delete(state.self);
  for (const origin of heartbeat.changed) {
    if (named.length >= HEARTBEAT_CHECKPOINTS_MAX) break;
    named.push(origin);
    heartbeat.changed.delete(origin);
  }
  named.push(...othersToName(state, new Set(named)));
  const checkpoints = named.flatMap((origin) => {
    const head = durable.heads.get(origin);
    return head === undefined ? [] : [checkpointOf(head)];
  });
  const data = signHeartbeat(
    {
      federation: state.federation.id,
      node: state.self,
      epoch: state.handoff.votes,
      closed: isTakingOver(state),
      counter: heartbeat.counter++,
      timestampMs: state.now.wallMs,
      height: durable.height,
      feeds: durable.heads.size,
      root: durable.root,
      journal: checkpointOf(durable.journal),
      checkpoints,
    },
    (message) => state.author.sign(message),
  );
  emit(state, { kind: 'publish', topic: 'heartbeat', data });
  const { heartbeat: own, core, job } = state.readHeartbeat(data);
  hearVotes(state, { heartbeat: own, core, signature: job.signature }); // a witness's own vote counts like any other
  emit(state, { kind: 'note', note: { name: 'heartbeat_sent', height: durable.height } });
}
