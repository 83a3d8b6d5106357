/** Answers that a cut overtakes. */
import type { PeerIdText } from '../peer-id.ts';
import { emit, type NodeState, type Served } from './state.ts';

/**
 * Entries of a feed may be about to be cut off: what was read of it before, and is not journaled yet, or is read before the cut is there,
 * would be sent when it is no longer held, or with a certificate of less. Those answers end here; who asked asks again.
 */
export function stopServing(state: NodeState, origin: PeerIdText): void {
  for (const served of state.served.values()) {
    if (served.log !== 'ledger' || served.state !== 'serving' || !isUnderWay(served, origin)) continue;
    served.state = 'ended';
    served.ranges = [];
    served.reading = undefined;
    served.proving = undefined;
    emit(state, { kind: 'abort', stream: served.stream, code: 'feed_cut' });
  }
}

/** Whether some of the feed is still to be read, or was and is not journaled; also while the answer waits for confirmations. */
function isUnderWay({ proving, ranges }: Served, origin: PeerIdText): boolean {
  const isRead = proving?.runs.some(([first]) => first?.origin === origin) ?? false;
  return isRead || ranges.some((range) => range.origin === origin);
}
