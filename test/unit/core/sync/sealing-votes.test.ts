/** Votes on a feed that is being cut off: what is gone, or about to be, is certified by nobody here. */
import { deepEqual, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Effect } from '../../../../src/core/events.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { BOB, CAROL, type TestKey } from '../fixtures.ts';
import { checkpointOfEntries, deltaCertificate, heartbeatDraft } from '../forks.ts';
import { type Harness, hashes, ofKind, only } from './harness.ts';
import { accusation, accuse, claimed, deltaOf, FORK, FORK_SEQ, holding, LEFT, RIGHT } from './sealing-rig.ts';

const SIZE = 4;

/** A witness votes for entries of the branch that is held, some of them beyond the fork. Its signature is still to be checked. */
function vote(node: Harness, key: TestKey): Effect {
  const data = signHeartbeat(heartbeatDraft(key, [checkpointOfEntries(LEFT, SIZE)]), key.sign);
  return only(node.step({ kind: 'gossip', topic: 'heartbeat', from: key.peer, id: key.peer, data }), 'verify');
}

describe('sealing: votes', () => {
  it('that were compared with what was read before the cut are dropped', () => {
    const node = holding(LEFT);
    const heard = [BOB, CAROL].flatMap((key) => [...node.carryOut(vote(node, key))]);
    const [roots] = ofKind(heard, 'roots');
    ok(roots !== undefined);
    const answer = {
      kind: 'roots',
      job: roots.job,
      roots: roots.items.map(({ size }) => checkpointOfEntries(LEFT, size).root),
    } as const;
    node.open.splice(0);
    accuse(node, FORK);
    deepEqual(hashes(node.ledger(CAROL.peer)), hashes(LEFT.slice(0, FORK_SEQ)));
    node.run(answer);
    const tally = node.state.certification.tallies.get(CAROL.peer);
    deepEqual(
      [BOB, CAROL].map(({ peer }) => tally?.agreedSize(peer)),
      [0, 0],
    );
  });

  it('in a certificate say nothing of the other branch, which is held until the cut', () => {
    const node = holding(LEFT.slice(0, FORK_SEQ + 1));
    const { stream } = claimed(node, 5);
    const accused = node.inbound(BOB);
    const proof = only(node.step({ kind: 'frame', stream: accused, data: encodeMessage(accusation(FORK)) }), 'verify');
    node.carryOut(proof);
    const delta = deltaOf(RIGHT.slice(FORK_SEQ + 1), deltaCertificate(RIGHT, 5));
    const delivered = only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify');
    const { write } = only(node.carryOut(delivered), 'store');
    deepEqual([write.certified ?? [], write.seals ?? []], [[], []]);
    node.settle();
    deepEqual([...node.certified], []);
    deepEqual(hashes(node.ledger(CAROL.peer)), hashes(LEFT.slice(0, FORK_SEQ)));
  });
});
