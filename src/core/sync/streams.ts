/** Frames and ends of sync streams, whoever opened them; and when something falls due by time alone. */
import { TessraxError } from '../errors.ts';
import { SESSION_STEAL_MS, STREAM_IDLE_MS_MAX } from '../limits.ts';
import { failFetch, finishFetch, onDelta, onFetchEnd } from './fetch.ts';
import { onFrontier } from './frontier.ts';
import { isCutting } from './gossip.ts';
import { decodeMessage } from './messages.ts';
import { misbehaved, rest } from './peers.ts';
import { onReconcile } from './reconciling.ts';
import { onHeaders } from './search.ts';
import { onServedFrame } from './serve.ts';
import { emit, type NodeState, type Peer, type Session } from './state.ts';

export function onFrame(state: NodeState, stream: number, data: Uint8Array): void {
  const served = state.served.get(stream);
  const peerId = served?.peer ?? state.sessions.get(stream);
  if (peerId === undefined) return; // the stream is over for us, and the adapter was told
  try {
    const message = decodeMessage(data);
    if (served !== undefined) {
      onServedFrame(state, served, message);
      return;
    }
    const peer = state.peers.get(peerId);
    const session = peer?.session;
    if (peer === undefined || session?.stream !== stream) return;
    if (session.kind === 'frontier' && message.kind === 'frontier') onFrontier(state, peer, session, message);
    else if (session.kind === 'frontier' && message.kind === 'reconcile') onReconcile(state, peer, session, message);
    else if (session.kind === 'fetch' && message.kind === 'delta') onDelta(state, peer, session, message);
    else if (session.kind === 'search' && message.kind === 'headers') onHeaders(state, session, message);
    else if (message.kind === 'end') onEnd(state, peer, session, message.status);
    else throw new TessraxError('message_unexpected', `a ${message.kind} in answer to a ${session.kind}`);
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    endSession(state, state.peers.get(peerId), stream, error.code);
    misbehaved(state, peerId, error.code);
  }
}

function onEnd(state: NodeState, peer: Peer, session: Session, status: 'done' | 'busy' | 'refused'): void {
  if (session.kind === 'fetch') onFetchEnd(state, peer, session, status);
  else endSession(state, peer, session.stream, status);
}

export function onStreamClosed(state: NodeState, stream: number): void {
  state.served.delete(stream);
  const peer = state.peers.get(state.sessions.get(stream) ?? '');
  state.sessions.delete(stream);
  const session = peer?.session;
  if (peer === undefined || session?.stream !== stream) return;
  if (session.kind === 'fetch') {
    session.closed = true;
    finishFetch(state, peer, session);
  } else if (session.kind === 'frontier' || session.reading === undefined) {
    endSession(state, peer, stream, 'stream_closed');
  }
}

/** Ends a session that did not come to its end, whatever it was. */
function endSession(state: NodeState, peer: Peer | undefined, stream: number, code: string): void {
  const session = peer?.session;
  if (peer === undefined || session?.stream !== stream) {
    emit(state, { kind: 'abort', stream, code });
    return;
  }
  if (session.kind === 'fetch') {
    failFetch(state, peer, session, code);
    return;
  }
  peer.session = undefined;
  if (state.sessions.has(stream)) emit(state, { kind: 'abort', stream, code });
  rest(state, peer.id, code);
  peer.frontierDueMs = peer.restUntilMs;
}

/** A stream on which nothing moves is dropped, whoever opened it: every exchange has an end. */
export function dropIdleStreams(state: NodeState): void {
  const deadlineMs = state.now.monoMs - STREAM_IDLE_MS_MAX;
  for (const peer of state.peers.values()) {
    if (peer.session !== undefined && peer.session.activityMs <= deadlineMs)
      endSession(state, peer, peer.session.stream, 'stalled');
  }
  for (const served of state.served.values()) {
    if (served.activityMs > deadlineMs) continue;
    served.activityMs = state.now.monoMs; // once: `stream_closed` follows
    emit(state, { kind: 'abort', stream: served.stream, code: 'stalled' });
  }
}

/** When something falls due by time alone. */
export function wakeTime(state: NodeState): number {
  let wakeMs = state.heartbeat.reserving || isCutting(state) ? Number.POSITIVE_INFINITY : state.heartbeat.dueMs;
  for (const peer of state.peers.values()) {
    if (peer.session !== undefined) wakeMs = Math.min(wakeMs, sessionWake(state, peer.session));
    else if (peer.wanted.size > 0 && peer.restUntilMs > state.now.monoMs) wakeMs = Math.min(wakeMs, peer.restUntilMs);
    else wakeMs = Math.min(wakeMs, Math.max(peer.frontierDueMs, peer.restUntilMs));
  }
  for (const served of state.served.values()) wakeMs = Math.min(wakeMs, served.activityMs + STREAM_IDLE_MS_MAX);
  if (!state.rejoin.open && state.rejoin.openAtMs > state.now.monoMs) wakeMs = Math.min(wakeMs, state.rejoin.openAtMs);
  for (const { untilMs } of state.held.values())
    wakeMs = Math.min(wakeMs, state.now.monoMs + Math.max(1, untilMs - state.now.wallMs));
  return wakeMs;
}

/** A standing fetch is looked at when others may take over, and when it is given up. */
function sessionWake(state: NodeState, { activityMs }: Session): number {
  const stealMs = activityMs + SESSION_STEAL_MS;
  return stealMs > state.now.monoMs ? stealMs : activityMs + STREAM_IDLE_MS_MAX;
}
