/** A node's first state: what the store knew, and nothing else. */
import type { Author } from './entry/author.ts';
import type { SealRecord, Stamp } from './events.ts';
import type { Federation } from './federation/genesis.ts';
import { Tally } from './federation/tally.ts';
import { emptyHead } from './ledger/admission.ts';
import type { FeedHead } from './ledger/feed.ts';
import { Ledger } from './ledger/ledger.ts';
import {
  FRONTIER_INTERVAL_MS,
  HEARTBEAT_DEBOUNCE_MS,
  HEARTBEAT_INTERVAL_MS,
  HEARTBEAT_INTERVAL_MS_MAX,
  RECONCILE_FEEDS_MIN,
} from './limits.ts';
import type { PeerIdText } from './peer-id.ts';
import { type RejoinTrust, rejoinOf } from './sync/rejoin.ts';
import type { Certification, NodeState, Rhythm } from './sync/state.ts';
import type { Statement } from './sync/statement.ts';

export const DEFAULT_RHYTHM: Rhythm = {
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
  heartbeatIntervalMsMax: HEARTBEAT_INTERVAL_MS_MAX,
  heartbeatDebounceMs: HEARTBEAT_DEBOUNCE_MS,
  frontierIntervalMs: FRONTIER_INTERVAL_MS,
  reconcileFeedsMin: RECONCILE_FEEDS_MIN,
};

export interface NodeOptions {
  readonly self: PeerIdText;
  readonly federation: Federation;
  /** Pure functions of what they are given, or dice: the node's key and its random numbers. */
  readonly author: Author;
  readonly rhythm?: Rhythm;
  /** What the store knew when it opened. */
  readonly heads: readonly FeedHead[];
  readonly certified?: readonly { readonly origin: PeerIdText; readonly size: number }[];
  readonly seals?: readonly SealRecord[];
  readonly revocations?: readonly { readonly target: PeerIdText; readonly statement: Statement }[];
  readonly counterReserved: number;
  /** Whether the node may write before it has compared its feed with its peers'. Absent: it may. */
  readonly rejoin?: RejoinTrust;
  readonly now: Stamp;
}

export function createNodeState(options: NodeOptions): NodeState {
  const ledger = new Ledger();
  const durableHeads = new Map<PeerIdText, FeedHead>();
  let journal = emptyHead(options.self, 'journal');
  for (const head of options.heads) {
    if (head.log === 'ledger') {
      ledger.set(head);
      durableHeads.set(head.origin, head);
    } else if (head.origin === options.self) {
      journal = head;
    }
  }
  const rhythm = options.rhythm ?? DEFAULT_RHYTHM;
  // A folder restored from a backup has an old reservation; time has gone on since.
  const counter = Math.max(options.counterReserved, options.now.wallMs);
  return {
    self: options.self,
    federation: options.federation,
    author: options.author,
    rhythm,
    now: options.now,
    effects: [],
    planDue: false,
    wakeMs: options.now.monoMs,
    ledger,
    journal,
    durable: {
      heads: durableHeads,
      certified: new Map((options.certified ?? []).map(({ origin, size }) => [origin, size])),
      journal,
      height: ledger.height,
      root: ledger.root,
    },
    batches: [],
    appendsPending: 0,
    certification: certificationOf(options, ledger),
    seals: new Map(
      (options.seals ?? []).map((record) => [
        record.proof.origin,
        { ...record, found: true, settled: false, reading: undefined },
      ]),
    ),
    rejoin: rejoinOf(options.rejoin ?? 'open', options.now.monoMs),
    revocations: revocationsOf(options),
    jobs: new Map(),
    gossipPending: 0,
    reads: new Map(),
    peers: new Map(),
    standings: new Map(),
    sessions: new Map(),
    served: new Map(),
    fetching: new Map(),
    held: new Map(),
    counters: new Map(),
    heartbeat: {
      dueMs: options.now.monoMs,
      intervalMs: rhythm.heartbeatIntervalMs,
      counter,
      reserved: counter,
      reserving: false,
      idle: 0,
      changed: new Set(),
    },
    nextId: 0,
  };
}

/** Votes are heard anew after a start; what they certified before is known. */
function certificationOf({ federation, certified = [] }: NodeOptions, ledger: Ledger): Certification {
  const sizes = new Map(certified.map(({ origin, size }) => [origin, size]));
  const open = [...ledger.heads()].filter(({ origin, size }) => size > (sizes.get(origin) ?? 0));
  return {
    witnesses: new Set(federation.witnesses.map(({ peer }) => peer)),
    sizes,
    tallies: new Map(open.map(({ origin }) => [origin, new Tally()])),
    rootsJob: undefined,
  };
}

function revocationsOf({ revocations = [] }: NodeOptions): Map<PeerIdText, Map<PeerIdText, Statement>> {
  const all = new Map<PeerIdText, Map<PeerIdText, Statement>>();
  for (const { target, statement } of revocations) {
    all.set(target, (all.get(target) ?? new Map<PeerIdText, Statement>()).set(statement.origin, statement));
  }
  return all;
}
