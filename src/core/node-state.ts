/** A node's first state: what the store knew, and nothing else. */
import type { Author } from './entry/author.ts';
import type { SealRecord, Stamp } from './events.ts';
import type { Ruling } from './federation/decision.ts';
import { EpochChain } from './federation/epoch-chain.ts';
import { certificateEpoch } from './federation/feed-certificate.ts';
import type { Federation } from './federation/genesis.ts';
import { Governance } from './federation/governance.ts';
import type { Signed } from './federation/governance-state.ts';
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
import { hasSay, unheardName } from './sync/accusations.ts';
import { governingOf, storedRuling } from './sync/governing.ts';
import { handoffOf } from './sync/handoff.ts';
import { type HeartbeatReader, readHeartbeat } from './sync/heartbeat.ts';
import { rememberLedger } from './sync/ledgers.ts';
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
  /** Absent: `readHeartbeat`. Where many nodes share one process, what reaches all of them need be read once only. */
  readonly readHeartbeat?: HeartbeatReader;
  readonly rhythm?: Rhythm;
  /** What the store knew when it opened. */
  readonly heads: readonly FeedHead[];
  readonly certified?: readonly { readonly origin: PeerIdText; readonly size: number }[];
  readonly seals?: readonly SealRecord[];
  readonly revocations?: readonly { readonly target: PeerIdText; readonly statement: Statement }[];
  /** How epochs ended, in order, with their proofs. */
  readonly decisions?: readonly Uint8Array[];
  /** What it has signed in governance. */
  readonly governanceSigned?: Signed;
  /** The epoch of the witnesses with whom it votes. */
  readonly votingSince?: number;
  readonly counterReserved: number;
  /** Whether the node may write before it has compared its feed with its peers'. Absent: it may. */
  readonly rejoin?: RejoinTrust;
  /** Own ledger entries that the marker beside the key says were certainly signed. */
  readonly signed?: number;
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
  const { epochs, rulings } = chainOf(options);
  const certified = (options.certified ?? []).map(({ origin }) => origin);
  const state: NodeState = {
    self: options.self,
    federation: options.federation,
    author: options.author,
    readHeartbeat: options.readHeartbeat ?? readHeartbeat,
    rhythm,
    epochs,
    governing: governingOf(new Governance(options.federation), rulings, certified, options.governanceSigned),
    handoff: handoffOf(options.votingSince ?? 0),
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
        {
          ...record,
          found: true,
          sealedMs: options.now.monoMs,
          settled: false,
          proved: record.certificate?.checkpoint.size ?? 0,
          reading: undefined,
          renewed: record.certificate === undefined ? undefined : certificateEpoch(record.certificate),
        },
      ]),
    ),
    rejoin: rejoinOf(options.rejoin ?? 'open', options.signed ?? 0, options.now.monoMs),
    revocations: new Map(),
    unheard: new Map(
      (options.revocations ?? []).map((each) => [unheardName(each.statement.origin, each.target), each]),
    ),
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
      differs: false,
      othersDueMs: options.now.monoMs,
      others: new Set(),
    },
    nextId: 0,
  };
  rememberLedger(state, false);
  sortRevocations(state);
  return state;
}

/** The epochs that the disk knew. */
function chainOf({ federation, decisions = [] }: NodeOptions): { epochs: EpochChain; rulings: Ruling[] } {
  const epochs = new EpochChain(federation);
  const rulings = decisions.map((bytes) => {
    const ruling = storedRuling(bytes, epochs);
    epochs.end(ruling);
    return ruling;
  });
  return { epochs, rulings };
}

/** Votes are heard anew after a start; what they certified before is known. */
function certificationOf({ certified = [] }: NodeOptions, ledger: Ledger): Certification {
  const sizes = new Map(certified.map(({ origin, size }) => [origin, size]));
  const open = [...ledger.heads()].filter(({ origin, size }) => size > (sizes.get(origin) ?? 0));
  return {
    sizes,
    tallies: new Map(open.map(({ origin }) => [origin, new Tally()])),
    rootsJob: undefined,
  };
}

/** Those of who has a say are heard; the seals they led to are known. */
function sortRevocations({ epochs, revocations, unheard }: NodeState): void {
  for (const [name, { target, statement }] of unheard) {
    if (!hasSay({ epochs }, statement.origin, target)) continue;
    unheard.delete(name);
    const statements = revocations.get(target) ?? new Map<PeerIdText, Statement>();
    revocations.set(target, statements.set(statement.origin, statement));
  }
}
