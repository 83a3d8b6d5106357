import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Draft } from '../../../../src/core/events.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, FEDERATION, receipt } from '../fixtures.ts';
import { Harness, meet, only, range, sent } from './harness.ts';

function holding(...drafts: readonly Draft[]): Harness {
  const node = Harness.running();
  node.append(...drafts);
  return node;
}

describe('serving: the frontier (R-51)', () => {
  it('answers with all durable checkpoints, and closes', () => {
    const node = holding(receipt(0), receipt(1), receipt(2));
    const stream = node.inbound(BOB);
    node.step({ kind: 'append', requests: [{ request: 5, drafts: [receipt(1)] }] });
    const effects = node.step({
      kind: 'frame',
      stream,
      data: encodeMessage({ kind: 'frontier_request', federation: FEDERATION.id, epoch: 0, checkpoints: [] }),
    });
    const [answer] = sent(effects);
    ok(answer?.kind === 'frontier' && !answer.more);
    deepEqual(
      answer.checkpoints.map(({ origin, size }) => [origin, size]),
      [[ALICE.peer, 3]],
    );
    equal(only(effects, 'close').stream, stream);
  });

  it('takes what the peer says it holds', () => {
    const node = holding(receipt(0));
    meet(node, BOB);
    const checkpoints = [{ origin: BOB.peer, size: 2, root: new Uint8Array(32) }];
    const effects = node.frame(node.inbound(BOB), {
      kind: 'frontier_request',
      federation: FEDERATION.id,
      epoch: 0,
      checkpoints,
    });
    const [fetch] = sent(effects).filter(({ kind }) => kind === 'ranges_request');
    ok(fetch?.kind === 'ranges_request');
    deepEqual(fetch.ranges, [range(BOB.peer, 0, 2)]);
  });
});
