/**
 * Governance in the node: the fold over certified entries, read from the store as more are certified; and the chain of decisions
 * each durable before the node goes by it. A decision comes from the fold, or from a peer that is ahead, with its proof.
 */
import { BinaryReader, BinaryWriter } from '../binary.ts';
import { TessraxError } from '../errors.ts';
import type { FeedRange, PlacedEntry, SignatureJob } from '../events.ts';
import {
  type Decision,
  decisionOf,
  type Evidence,
  examineDecision,
  type Ruling,
  readDecision,
  writeDecision,
} from '../federation/decision.ts';
import { amend, votesNeeded } from '../federation/epochs.ts';
import type { Governance } from '../federation/governance.ts';
import { governanceEntryOf } from '../federation/governance-body.ts';
import { NOTHING_SIGNED, type Signed } from '../federation/governance-state.ts';
import { DECISION_READ_BYTES_MAX, GOVERNANCE_READ_ENTRIES, GOVERNANCE_READ_FEEDS } from '../limits.ts';
import type { PeerIdText } from '../peer-id.ts';
import { commit } from './commit.ts';
import { beginElectorate } from './handoff.ts';
import { misbehaved } from './peers.ts';
import { hearNewWitnesses } from './revoking.ts';
import { emit, type Job, type NodeState, nextId } from './state.ts';

export interface Governing {
  readonly fold: Governance;
  /** Entries of a feed before this are done with. */
  readonly next: Map<PeerIdText, number>;
  /** Feeds whose next entry belongs to a ballot that is not open. */
  readonly waiting: Set<PeerIdText>;
  /** Feeds that are to be read on. At most all of them. */
  readonly due: Set<PeerIdText>;
  reading: { readonly job: number; readonly ranges: readonly FeedRange[] } | undefined;
  /** The entries of a decision are being read, or it is on its way to the disk. */
  proving: { readonly job: number; readonly evidence: Evidence } | undefined;
  /** What this node has signed: also what is not final yet. */
  signed: Signed;
  /** Decisions of a peer are under verification: one lot at a time. */
  checking: boolean;
}

/** From what the disk knew: decisions in order, and feeds of which something is certified. */
export function governingOf(
  fold: Governance,
  rulings: readonly Ruling[],
  certified: readonly PeerIdText[],
  signed: Signed = NOTHING_SIGNED,
): Governing {
  for (const ruling of rulings) fold.conclude(ruling);
  return {
    fold,
    next: new Map(),
    waiting: new Set(),
    due: new Set(certified),
    reading: undefined,
    proving: undefined,
    signed,
    checking: false,
  };
}

/** What a decision says that was judged before it was stored. */
export function storedRuling(bytes: Uint8Array, chain: Place): Ruling {
  const reader = new BinaryReader(bytes);
  const decision = readDecision(reader);
  reader.end();
  return examineDecision(decision, chain.id, chain).ruling;
}

type Place = Parameters<typeof examineDecision>[2] & { readonly id: string };

/** Reads on what became final, and proves what enough witnesses have declared. Once a step. */
export function govern(state: NodeState): void {
  readDue(state);
  prove(state);
}

function readDue(state: NodeState): void {
  const { governing, durable } = state;
  if (governing.reading !== undefined || governing.due.size === 0) return;
  const ranges: FeedRange[] = [];
  for (const origin of governing.due) {
    if (ranges.length >= GOVERNANCE_READ_FEEDS) break;
    governing.due.delete(origin);
    const from = governing.next.get(origin) ?? 0;
    const to = durable.certified.get(origin) ?? 0;
    if (!governing.waiting.has(origin) && from < to) ranges.push({ origin, from, to });
  }
  if (ranges.length === 0) return;
  const job = nextId(state);
  governing.reading = { job, ranges };
  emit(state, { kind: 'governance', job, ranges, entriesMax: GOVERNANCE_READ_ENTRIES });
}

export function onGovernance(state: NodeState, job: number, entries: readonly PlacedEntry[]): void {
  const { governing } = state;
  if (governing.reading?.job !== job) return;
  const { ranges } = governing.reading;
  governing.reading = undefined;
  for (const entry of entries) if (!governing.waiting.has(entry.origin)) take(governing, entry);
  // A full answer may have left out the end: all from the last feed named is asked for again.
  const last = entries.length < GOVERNANCE_READ_ENTRIES ? undefined : entries.at(-1)?.origin;
  let done = true;
  for (const { origin, to } of ranges) {
    if (origin === last) done = false;
    if (!done) governing.due.add(origin);
    else if (!governing.waiting.has(origin)) governing.next.set(origin, to);
  }
  wakeReady(governing);
}

function take({ fold, next, waiting }: Governing, placed: PlacedEntry): void {
  const { origin, seq } = placed;
  const entry = governanceEntryOf(placed);
  const taken = entry === undefined || fold.take(entry);
  next.set(origin, taken ? seq + 1 : seq);
  if (!taken) waiting.add(origin);
}

function wakeReady({ fold, next, waiting, due }: Governing): void {
  for (const { origin, seq } of fold.ready()) {
    if (!waiting.delete(origin)) continue; // already woken
    next.set(origin, seq);
    due.add(origin);
  }
}

/** The fold is ahead of the chain: the entries that prove its next decision are read, to be kept together and handed to others. */
function prove(state: NodeState): void {
  const { governing, epochs } = state;
  const known = governing.fold.evidence(epochs.epoch);
  if (governing.proving !== undefined || known === undefined) return;
  const declarations = [...known.declarations]
    .sort((a, b) => (a.origin < b.origin ? -1 : 1))
    .slice(0, votesNeeded(epochs.now));
  const evidence = { proposal: known.proposal, declarations };
  const job = nextId(state);
  governing.proving = { job, evidence };
  const ranges = [evidence.proposal, ...declarations].map(({ origin, seq }) => ({
    origin,
    from: Math.max(0, seq - 1),
    to: seq + 1,
  }));
  emit(state, {
    kind: 'read',
    job,
    log: 'ledger',
    ranges,
    entriesMax: ranges.length * 2,
    bytesMax: DECISION_READ_BYTES_MAX,
  });
}

/** The entries of a decision were read. False: the job is another's. */
export function onEvidence(state: NodeState, job: number, entries: readonly PlacedEntry[]): boolean {
  const { governing, epochs } = state;
  if (governing.proving?.job !== job) return false;
  const decision = decisionOf(governing.proving.evidence, entries);
  if (decision === undefined)
    throw new TessraxError('decision_missing', 'certified entries that decided an epoch are missing', {
      remedy: 'check the data folder: tessrax verify',
      fields: { epoch: epochs.epoch },
    });
  const writer = new BinaryWriter(1024);
  writeDecision(writer, decision);
  const bytes = writer.finish();
  keep(state, [{ bytes, ruling: storedRuling(bytes, epochs) }]);
  return true;
}

interface Proved {
  readonly bytes: Uint8Array;
  readonly ruling: Ruling;
}

function keep(state: NodeState, proved: readonly Proved[]): void {
  const decisions = proved.map(({ bytes, ruling: { epoch } }) => ({ epoch, bytes }));
  commit(state, { admissions: [], decisions }, { kind: 'decided', rulings: proved.map(({ ruling }) => ruling) });
}

/** Decisions are durable: the node goes by them now. */
export function onDecided(state: NodeState, rulings: readonly Ruling[]): void {
  const { governing, epochs } = state;
  governing.proving = undefined;
  let elected = false;
  for (const ruling of rulings) {
    if (ruling.epoch === epochs.epoch) elected = epochs.end(ruling) || elected;
    governing.fold.conclude(ruling);
  }
  wakeReady(governing);
  emit(state, { kind: 'note', note: { name: 'epoch_began', epoch: epochs.epoch, electedIn: epochs.current.since } });
  if (!elected) return;
  beginElectorate(state);
  hearNewWitnesses(state);
}

/** Decisions of a peer that is ahead: each is judged by the epoch that the one before it made. Throws `decision_invalid`. */
export function takeDecisions(state: NodeState, peer: PeerIdText, decisions: readonly Decision[]): void {
  const { governing, epochs } = state;
  if (governing.checking || governing.proving !== undefined) return; // they are offered again
  let { epoch, now } = epochs;
  const proved: Proved[] = [];
  const jobs: SignatureJob[] = [];
  for (const decision of decisions) {
    if (epochOfDecision(decision) < epoch) continue; // taken since it was asked for
    const examined = examineDecision(decision, epochs.id, { epoch, now });
    now = amend(now, examined.ruling.change, epoch);
    epoch += 1;
    const writer = new BinaryWriter(1024);
    writeDecision(writer, decision);
    proved.push({ bytes: writer.finish(), ruling: examined.ruling });
    jobs.push(...examined.jobs);
  }
  if (proved.length === 0) return;
  governing.checking = true;
  const job = nextId(state);
  state.jobs.set(job, { kind: 'decisions', peer, proved });
  emit(state, { kind: 'verify', job, items: jobs });
}

function epochOfDecision({ proposal: { origin, seq, entry } }: Decision): number {
  const body = governanceEntryOf({ origin, log: 'ledger', seq, hash: new Uint8Array(), bytes: entry.bytes })?.body;
  return body?.epoch ?? Number.POSITIVE_INFINITY;
}

export function onDecisionsVerified(
  state: NodeState,
  job: Extract<Job, { kind: 'decisions' }>,
  valid: readonly boolean[],
): void {
  state.governing.checking = false;
  if (!valid.every(Boolean)) {
    misbehaved(state, job.peer, 'signature_invalid');
    return;
  }
  const news = job.proved.filter(({ ruling }) => ruling.epoch >= state.epochs.epoch);
  if (news.length > 0) keep(state, news);
}

/** What became final is read on. */
export function readOn(state: NodeState, origins: readonly PeerIdText[]): void {
  for (const origin of origins) state.governing.due.add(origin);
}
