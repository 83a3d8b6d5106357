import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Effect } from '../../../../src/core/events.ts';
import { DELTAS_IN_FLIGHT_MAX } from '../../../../src/core/limits.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { BOB, CAROL, FEDERATION, MALLORY } from '../fixtures.ts';
import { deltaCertificate } from '../forks.ts';
import { type Harness, ofKind, only } from './harness.ts';
import {
  accusation,
  accuse,
  certifiedTo,
  claimed,
  deltaOf,
  FORK,
  FORK_SEQ,
  holding,
  LEFT,
  RIGHT,
} from './sealing-rig.ts';

/** Bob asks for all of Carol's feed; nothing of it is read yet. */
function asked(node: Harness, stream: number): readonly Effect[] {
  const ranges = [{ origin: CAROL.peer, from: 0, to: LEFT.length }];
  const request = { kind: 'ranges_request', federation: FEDERATION.id, log: 'ledger', ranges, seals: [] } as const;
  return node.step({ kind: 'frame', stream, data: encodeMessage(request) });
}

function endedBy(effects: readonly Effect[]): (readonly [number, string])[] {
  return ofKind(effects, 'abort').map(({ stream, code }) => [stream, code]);
}

describe('a cut ends an answer with more of the feed to send: what is gone is not sent', () => {
  it('that was read', () => {
    const node = holding(LEFT);
    const stream = node.inbound(BOB);
    const { job } = only(asked(node, stream), 'read');
    node.open.splice(0);
    deepEqual(endedBy(accuse(node, FORK)), [[stream, 'feed_cut']]);
    deepEqual(node.step({ kind: 'read', job, entries: LEFT }), []);
  });

  it('that waits for confirmations', () => {
    const node = holding(LEFT);
    const stream = node.inbound(BOB);
    let effects = asked(node, stream);
    for (let seq = 0; seq < DELTAS_IN_FLIGHT_MAX; seq++) {
      const entries = LEFT.slice(Math.max(0, seq - 1), seq + 1);
      effects = node.step({ kind: 'read', job: only(effects, 'read').job, entries });
    }
    deepEqual(ofKind(effects, 'read'), []); // the window is full
    node.open.splice(0, node.open.length, ...ofKind(node.open, 'store'));
    node.settle();
    deepEqual(endedBy(accuse(node, FORK)), [[stream, 'feed_cut']]);
  });

  it('before the certificate of what stays is made: it would go with entries that it is too small for', () => {
    const node = certifiedTo(LEFT, FORK_SEQ - 1);
    const [stream, accused] = [node.inbound(BOB), node.inbound(MALLORY)];
    asked(node, stream);
    const showing = node.step({ kind: 'frame', stream: accused, data: encodeMessage(accusation(FORK)) });
    const sealed = node.carryOut(only(showing, 'verify'));
    equal(only(sealed, 'seal_read').size, FORK_SEQ - 1);
    deepEqual(endedBy(sealed), [[stream, 'feed_cut']]);
  });
});

describe('while a cut is on its way to the disk', () => {
  it('no answer goes beyond the fork, though a certificate has let as much in again: the disk has what is gone', () => {
    const node = holding(LEFT.slice(0, 5));
    const [asker, accuser] = [node.inbound(BOB), node.inbound(MALLORY)];
    const showing = node.step({ kind: 'frame', stream: accuser, data: encodeMessage(accusation(FORK)) });
    const cut = node.carryOut(only(node.carryOut(only(showing, 'verify')), 'seal_read'));
    ok(only(cut, 'store').write.cuts !== undefined);
    node.open.splice(0); // the disk takes its time
    const { stream } = claimed(node, 5);
    const delta = deltaOf(RIGHT.slice(FORK_SEQ), deltaCertificate(RIGHT, 5));
    node.carryOut(only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify'));
    equal(node.state.ledger.size(CAROL.peer), 5);
    equal(node.state.seals.get(CAROL.peer)?.certificate?.checkpoint.size, 5);
    const { ranges } = only(asked(node, asker), 'read');
    deepEqual(ranges, [{ origin: CAROL.peer, from: 0, to: FORK_SEQ }]);
  });
});
