/** What certificates of earlier witnesses let in beyond a fork. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { DAVE, decisionBytes, decisionOfEpoch } from '../../../../scripts/vectors/epochs.ts';
import type { SealRecord } from '../../../../src/core/events.ts';
import { epochOf } from '../../../../src/core/federation/vote.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../../../src/core/limits.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { ALICE, BOB, CAROL, plain, type TestKey } from '../fixtures.ts';
import { certificateFor, checkpointOfEntries, deltaCertificate, heartbeatDraft } from '../forks.ts';
import { bannedFor, type Harness, hashes } from './harness.ts';
import { deltaTo, FORK, FORK_SEQ, holding, LEFT, receive, told } from './sealing-rig.ts';

const SIZE = 5;
const SEALED: readonly SealRecord[] = [{ proof: FORK, certificate: undefined, scarred: true }];
/** Of Alice, Bob and Carol, the witnesses of the federation file. */
const CERTIFICATE = certificateFor(LEFT, SIZE);
/** Dave comes, and Alice goes. */
const DECISIONS = [0, 1].map((epoch) => decisionBytes(decisionOfEpoch(epoch)));

/** A node that cut the feed, votes with the witnesses of an epoch, and is served what the first ones certified. */
function served(votingSince: number, key: TestKey = ALICE): Harness {
  const node = holding(LEFT.slice(0, FORK_SEQ), { key, seals: SEALED, decisions: DECISIONS, votingSince });
  const delta = deltaTo(key, LEFT.slice(FORK_SEQ, SIZE), deltaCertificate(LEFT, SIZE, CERTIFICATE));
  equal(bannedFor(receive(node, SIZE, delta)), undefined);
  return node;
}

function sizeIn(node: Harness): number {
  const { length } = node.ledger(CAROL.peer);
  deepEqual(hashes(node.ledger(CAROL.peer)), hashes(LEFT.slice(0, length)));
  equal(node.state.ledger.size(CAROL.peer), length);
  return length;
}

function finalIn(node: Harness): number | undefined {
  return node.certified.get(CAROL.peer);
}

describe('a certificate of the first witnesses, two changes later', () => {
  for (const votingSince of [0, 1]) {
    it(`counts for who votes with epoch ${votingSince}`, () => {
      const node = served(votingSince);
      deepEqual([sizeIn(node), finalIn(node)], [SIZE, SIZE]);
    });
  }

  it('is nothing to who votes with epoch 2 and has no vote in it', () => {
    const node = served(2, DAVE);
    deepEqual([sizeIn(node), finalIn(node)], [FORK_SEQ, undefined]);
  });

  it('lets who has a vote in it hold again what that was for; it is not final', () => {
    const node = served(2);
    deepEqual([sizeIn(node), finalIn(node)], [SIZE, undefined]);
    deepEqual(plain(node.seals.get(CAROL.peer)?.certificate), plain(CERTIFICATE));
  });

  it('is nothing to who has a part of it that is certified beyond the fork', () => {
    const held = LEFT.slice(0, FORK_SEQ + 1);
    const node = holding(held, {
      certified: [{ origin: CAROL.peer, size: held.length }],
      seals: [{ proof: FORK, certificate: certificateFor(held), scarred: true }],
      decisions: DECISIONS,
      votingSince: 2,
    });
    receive(node, SIZE, deltaTo(ALICE, LEFT.slice(held.length, SIZE), deltaCertificate(LEFT, SIZE, CERTIFICATE)));
    equal(sizeIn(node), held.length);
  });

  it('is no such thing with another vote in its name: that is forged', () => {
    const [own, ...others] = CERTIFICATE.votes;
    ok(own !== undefined);
    const forged = {
      ...own.vote,
      signature: Uint8Array.from(own.vote.signature, (byte, i) => (i === 0 ? byte ^ 1 : byte)),
    };
    const node = holding(LEFT.slice(0, FORK_SEQ), { seals: SEALED, decisions: DECISIONS, votingSince: 2 });
    const certificate = { ...CERTIFICATE, votes: [{ ...own, vote: forged }, ...others] };
    const delta = deltaTo(ALICE, LEFT.slice(FORK_SEQ, SIZE), deltaCertificate(LEFT, SIZE, certificate));
    equal(bannedFor(receive(node, SIZE, delta)), 'signature_invalid');
    equal(sizeIn(node), FORK_SEQ);
  });
});

describe('what is held again', () => {
  it('stays over a restart', () => {
    const seals = [...served(2).seals.values()];
    const again = holding(LEFT.slice(0, SIZE), { seals, decisions: DECISIONS, votingSince: 2 });
    deepEqual([sizeIn(again), finalIn(again)], [SIZE, undefined]);
  });

  it('is voted for, and final when the witnesses in force certify it, with a certificate of theirs', () => {
    const node = served(2);
    deepEqual(told(node.tick(HEARTBEAT_INTERVAL_MS)), [SIZE]);
    for (const key of [BOB, CAROL, DAVE]) {
      const draft = heartbeatDraft(key, [checkpointOfEntries(LEFT, SIZE)], { epoch: 2 });
      node.gossip('heartbeat', key, signHeartbeat(draft, key.sign));
    }
    deepEqual([sizeIn(node), finalIn(node)], [SIZE, SIZE]);
    const votes = node.seals.get(CAROL.peer)?.certificate?.votes ?? [];
    deepEqual(
      votes.map(({ vote }) => [vote.witness, epochOf(vote)]),
      [BOB, CAROL, DAVE].map(({ peer }) => [peer, 2]),
    );
  });
});
