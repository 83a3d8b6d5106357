import { deepEqual, equal, ok } from 'node:assert/strict';
import { DEFAULT_RHYTHM } from '../../../../src/core/node.ts';
import { decodeMessage } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB } from '../fixtures.ts';
import { type EffectOf, Harness } from './harness.ts';

const RHYTHM = { ...DEFAULT_RHYTHM, reconcileFeedsMin: 0 };
const DRAFT = { type: 'RECEIPT', body: { payload: {} } };

/** Sizes that the first message of a comparison lists. */
function listed(node: Harness): readonly number[] {
  const open = node
    .step({ kind: 'peer_connected', peer: BOB.peer })
    .find((effect): effect is EffectOf<'open'> => effect.kind === 'open');
  ok(open, 'nothing was asked');
  const message = decodeMessage(open.frame);
  equal(message.kind, 'reconcile_request');
  const [range] = message.kind === 'reconcile_request' ? message.ranges : [];
  return range?.kind === 'list' ? range.list.sizes : [];
}

describe('comparison of ranges', () => {
  it('speaks of what is durable alone: not of entries on their way to the disk', () => {
    const node = Harness.running(ALICE, { rhythm: RHYTHM });
    node.append(DRAFT);
    node.step({ kind: 'append', requests: [{ request: 2, drafts: [DRAFT] }] });
    equal(node.state.ledger.size(ALICE.peer), 2);
    deepEqual(listed(node), [1]);
  });

  it('names no feed of which nothing is durable', () => {
    const node = Harness.running(ALICE, { rhythm: RHYTHM });
    node.step({ kind: 'append', requests: [{ request: 1, drafts: [DRAFT] }] });
    deepEqual(listed(node), []);
  });
});
