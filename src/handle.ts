/** The running node as others see it: durable state only (persist, then speak). */

import { compareBytes, equalBytes } from './core/bytes.ts';
import type { Note } from './core/events.ts';
import type { Federation } from './core/federation/genesis.ts';
import type { FeedHead } from './core/ledger/feed.ts';
import { isRevocation } from './core/ledger/seal-reason.ts';
import { FUTURE_WINDOW_MS } from './core/limits.ts';
import { type PeerIdText, publicKeyOf } from './core/peer-id.ts';
import { isRevoked } from './core/sync/revoking.ts';
import { pointsOf, standingName } from './core/sync/standing.ts';
import type { Network, NodeHandle, NodeStatus, PeerStatus, SealStatus, Signer, Store } from './ports.ts';
import type { Runtime } from './runtime.ts';
import { SyncRate } from './sync-rate.ts';

interface HandleParts {
  readonly runtime: Runtime;
  readonly network: Network;
  readonly store: Store;
  readonly signer: Signer;
  readonly federation: Federation;
  readonly listeners: Set<(note: Note) => void>;
  readonly startedMs: number;
}

export function handleOf(parts: HandleParts): NodeHandle {
  const { runtime, network, store, signer, federation, listeners, startedMs } = parts;
  const { state } = runtime;
  const rate = new SyncRate(performance.now());
  listeners.add((note) => rate.observe(note, performance.now()));
  return {
    peerId: state.self,
    federation,
    store,
    signer,
    status: () => status(runtime, startedMs, rate.perSecond(performance.now())),
    peers: () => network.peers().map((info) => withClaims(runtime, info)),
    addresses: () => network.addresses(),
    traffic: () => network.traffic(),
    topics: () => network.topics(),
    troubles: () => network.troubles(),
    revocations: () =>
      [...state.revocations].map(([target, statements]) => ({
        target,
        signers: [...statements.keys()],
        inForce: isRevoked(state, target),
      })),
    seals: () => seals(runtime),
    peerJournalSize: (peer) => state.peers.get(peer)?.journal?.size,
    peerJournal: (range) => runtime.peerJournal(range),
    heads: () => sortedHeads(runtime),
    certifiedSize: (origin) => state.durable.certified.get(origin) ?? 0,
    append: (drafts, memo) => runtime.append(drafts, memo),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    governance: () => state.governing.fold.state(),
    electorates: () => state.epochs.electorates,
    wallMs: () => Date.now(),
  };
}

function status({ state }: Runtime, startedMs: number, receivedPerSecond: number): NodeStatus {
  const { durable, peers } = state;
  const all = [...peers.values()];
  return {
    peerId: state.self,
    height: durable.height,
    certifiedHeight: [...durable.certified.values()].reduce((sum, size) => sum + size, 0),
    root: durable.root,
    peersConnected: all.length,
    peersAgreeing: all.filter(({ root }) => root !== undefined && equalBytes(root, durable.root)).length,
    syncing: all.some(({ session }) => session?.kind === 'fetch') || state.batches.length > 0,
    ...missing(state, Date.now()),
    receivedPerSecond,
    journalSize: durable.journal.size,
    startedMs,
  };
}

/** The largest claim for each feed, less what is durable; apart those that wait for their time. */
function missing({ peers, durable, held }: Runtime['state'], wallMs: number): Pick<NodeStatus, 'behind' | 'held'> {
  const claims = new Map<PeerIdText, number>();
  for (const { wanted } of peers.values()) {
    for (const [origin, size] of wanted) claims.set(origin, Math.max(size, claims.get(origin) ?? 0));
  }
  let behind = 0;
  let entries = 0;
  const waiting: { readonly origin: PeerIdText; readonly untilMs: number }[] = [];
  for (const [origin, size] of claims) {
    const lacking = Math.max(0, size - (durable.heads.get(origin)?.size ?? 0));
    const untilMs = held.get(origin)?.untilMs ?? 0;
    if (lacking === 0) continue;
    if (untilMs <= wallMs) {
      behind += lacking;
      continue;
    }
    entries += lacking;
    waiting.push({ origin, untilMs });
  }
  waiting.sort((a, b) => b.untilMs - a.untilMs);
  const untilMs = waiting[0]?.untilMs ?? 0;
  const aheadMs = untilMs === 0 ? 0 : untilMs + FUTURE_WINDOW_MS - wallMs;
  return { behind, held: { entries, origins: waiting.map(({ origin }) => origin), untilMs, aheadMs } };
}

function withClaims({ state }: Runtime, info: ReturnType<Network['peers']>[number]): PeerStatus {
  const peer = state.peers.get(info.peer);
  const root = peer?.root;
  return {
    ...info,
    standing: info.bannedUntilMs > 0 ? 'banned' : standingName(state, info.peer),
    points: Math.round(pointsOf(state, info.peer)),
    why: state.standings.get(info.peer)?.why ?? '',
    height: peer?.height ?? 0,
    root,
    agrees: root !== undefined && equalBytes(root, state.durable.root),
  };
}

function seals({ state }: Runtime): SealStatus[] {
  return [...state.seals].map(([origin, { proof, scarred }]) => ({
    origin,
    from: proof.seq,
    reason: isRevocation(proof) ? 'revocation' : 'equivocation',
    kept: state.durable.heads.get(origin)?.size ?? 0,
    certified: state.durable.certified.get(origin) ?? 0,
    recorded: scarred || isRevocation(proof),
  }));
}

function sortedHeads({ state }: Runtime): FeedHead[] {
  const keyed = [...state.durable.heads.values()].map((head) => ({
    head,
    key: publicKeyOf(head.origin) ?? new Uint8Array(),
  }));
  return keyed.sort((a, b) => compareBytes(a.key, b.key)).map(({ head }) => head);
}
