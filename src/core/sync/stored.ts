/** What the node says once a batch is durable. */
import type { PeerIdText } from '../peer-id.ts';
import { closeWhenConfirmed } from './fetch.ts';
import { onDecided, readOn } from './governing.ts';
import { onTookOver, takeOver } from './handoff.ts';
import { compareAllRoots, heartbeatSoon } from './peers.ts';
import { takeRevocations, takeStatement } from './revoking.ts';
import { NOBODY } from './scars.ts';
import { renewCertificates } from './sealing.ts';
import { onEventStored, onRevocationsStored } from './serve.ts';
import { emit, type NodeState, type PendingBatch } from './state.ts';
import { countAll, feedChanged } from './voting.ts';

/** A batch is durable: now it may be spoken of. */
export function onStored(state: NodeState, { after, stored, heads, certified }: PendingBatch): void {
  if (certified.length > 0) becameFinal(state, certified);
  for (const head of heads) if (head.log === 'ledger') feedChanged(state, head);
  const ledgerEntries = stored.filter(({ log }) => log === 'ledger');
  if (ledgerEntries.length > 0) {
    const { height, root } = state.durable;
    const source = after.kind === 'delivered' || after.kind === 'pushed' ? after.peer : state.self;
    emit(state, {
      kind: 'note',
      note: { name: 'entries_stored', entries: ledgerEntries, source, local: source === state.self, height, root },
    });
    heartbeatSoon(state);
  }
  takeRevocations(state, ledgerEntries);
  switch (after.kind) {
    case 'appended':
      for (const { request, result } of after.replies) {
        state.appendsPending -= result.length;
        if (request !== NOBODY) emit(state, { kind: 'reply', request, result });
      }
      if (after.push !== undefined) emit(state, { kind: 'publish', topic: 'entries', data: after.push });
      break;
    case 'delivered':
      if (state.sessions.has(after.stream)) {
        emit(state, { kind: 'send', stream: after.stream, frame: after.confirm });
        closeWhenConfirmed(state, after.stream);
      }
      noteConfirmed(state, after, false);
      break;
    case 'pushed':
      noteConfirmed(state, after, true);
      break;
    case 'event':
      onEventStored(state, after);
      break;
    case 'confirmed':
      emit(state, { kind: 'note', note: { name: 'sync_served', peer: after.peer, entries: after.entries } });
      break;
    case 'revocation':
      takeStatement(state, after.target, after.statement);
      break;
    case 'revocations_shown':
      onRevocationsStored(state, after);
      break;
    case 'certified':
      break;
    case 'sealed':
      countAll(state); // votes waited while a cut was under way
      break;
    case 'decided':
      onDecided(state, after.rulings);
      break;
    case 'took_over':
      onTookOver(state, after.since);
      break;
    case 'counter':
      state.heartbeat.reserved = after.reserved;
      state.heartbeat.reserving = false;
      break;
  }
  if (ledgerEntries.length > 0) {
    compareAllRoots(state);
    takeOver(state);
    countAll(state);
  }
}

/** Governance is read on, and certificates of sealed feeds are made anew. */
function becameFinal(state: NodeState, certified: PendingBatch['certified']): void {
  emit(state, { kind: 'note', note: { name: 'entries_certified', feeds: certified } });
  const origins = certified.map(({ origin }) => origin);
  readOn(state, origins);
  renewCertificates(state, certified);
}

/** `federation_latency_seconds`: from the mismatch, when one was seen, else from the arrival of the entries, to SYNC_CONFIRMED. */
function noteConfirmed(
  state: NodeState,
  done: { peer: PeerIdText; entries: number; receivedMs: number },
  pushed: boolean,
): void {
  const sinceMs = pushed ? done.receivedMs : (state.peers.get(done.peer)?.mismatchSinceMs ?? done.receivedMs);
  const latencyMs = state.now.monoMs - sinceMs;
  emit(state, {
    kind: 'note',
    note: { name: 'sync_confirmed', peer: done.peer, entries: done.entries, pushed, latencyMs },
  });
}
