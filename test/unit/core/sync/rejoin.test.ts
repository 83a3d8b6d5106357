import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TessraxError } from '../../../../src/core/errors.ts';
import type { Effect } from '../../../../src/core/events.ts';
import { draftFederation, type Federation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { REJOIN_ALONE_MS } from '../../../../src/core/limits.ts';
import { decodeMessage } from '../../../../src/core/sync/messages.ts';
import type { RejoinTrust } from '../../../../src/core/sync/rejoin.ts';
import { ALICE, BOB, CAROL, MALLORY, type TestKey } from '../fixtures.ts';
import { Harness } from './harness.ts';

const DRAFT = { type: 'RECEIPT', body: { payload: { text: 'after the restart' } } };

function start(rejoin: RejoinTrust): Harness {
  return Harness.running(ALICE, { rejoin });
}

function replies(effects: readonly Effect[]) {
  return effects.filter((effect) => effect.kind === 'reply').map(({ result }) => result);
}

/** The stream on which the node asks for a peer's frontier. */
function frontierStream(effects: readonly Effect[]): number {
  for (const effect of effects) {
    if (effect.kind === 'open' && decodeMessage(effect.frame).kind === 'frontier_request') return effect.stream;
  }
  throw new Error('the node asked nobody');
}

describe('rejoin guard (R-97)', () => {
  it('lets the first node of a federation write at once', () => {
    assert.equal(replies(start('open').append(DRAFT)).length, 1);
  });

  it('holds an append until a peer has shown its frontier, and then writes it', () => {
    const node = start('untrusted');
    const stream = frontierStream(node.connect(BOB));
    assert.deepEqual(replies(node.append(DRAFT)), []);
    assert.equal(node.state.ledger.size(ALICE.peer), 0);
    const [reply] = replies(node.frame(stream, { kind: 'frontier', more: false, checkpoints: [] }));
    assert.ok(Array.isArray(reply), 'the append is answered with its entry');
    assert.equal(node.state.ledger.size(ALICE.peer), 1);
  });

  it('does not write while a peer claims more of our feed than we hold', () => {
    const node = start('untrusted');
    const stream = frontierStream(node.connect(BOB));
    node.append(DRAFT);
    const root = new Uint8Array(32).fill(7);
    const effects = node.frame(stream, {
      kind: 'frontier',
      more: false,
      checkpoints: [{ origin: ALICE.peer, size: 3, root }],
    });
    assert.deepEqual(replies(effects), []);
    const asked = effects.find((effect) => effect.kind === 'open');
    const request = asked?.kind === 'open' ? decodeMessage(asked.frame) : undefined;
    assert.deepEqual(request?.kind === 'ranges_request' ? request.ranges : [], [
      { origin: ALICE.peer, from: 0, to: 3 },
    ]);
  });

  it('forgets the answer of a peer that left before it gave what it claimed', () => {
    const node = start('untrusted');
    const stream = frontierStream(node.connect(BOB));
    node.append(DRAFT);
    const root = new Uint8Array(32).fill(7);
    node.frame(stream, { kind: 'frontier', more: false, checkpoints: [{ origin: ALICE.peer, size: 3, root }] });
    node.step({ kind: 'peer_disconnected', peer: BOB.peer });
    const asked = frontierStream(node.connect(CAROL));
    assert.equal(node.state.ledger.size(ALICE.peer), 0, 'not before the second peer has answered');
    const [reply] = replies(node.frame(asked, { kind: 'frontier', more: false, checkpoints: [] }));
    assert.ok(Array.isArray(reply));
  });

  it('refuses, and says what to do, when nobody answers and the folder cannot be trusted', () => {
    const node = start('untrusted');
    assert.deepEqual(replies(node.append(DRAFT)), []);
    const [held] = replies(node.tick(REJOIN_ALONE_MS));
    assert.ok(held instanceof TessraxError && held.code === 'rejoining' && held.remedy.includes('--alone'));
    const [late] = replies(node.append(DRAFT));
    assert.ok(late instanceof TessraxError && late.code === 'rejoining');
    assert.equal(node.state.ledger.size(ALICE.peer), 0);
  });

  it('lets a plain restart with nobody in reach write after a while, and wakes up for it', () => {
    const node = start('trusted');
    assert.deepEqual(replies(node.append(DRAFT)), []);
    assert.ok(node.wakeMs <= 1000 + REJOIN_ALONE_MS);
    const [reply] = replies(node.tick(REJOIN_ALONE_MS));
    assert.ok(Array.isArray(reply));
  });

  it('does not write while it holds less than its marker says it signed, whatever a peer answers, and says so', () => {
    const node = Harness.running(ALICE, { rejoin: 'untrusted', signed: 2 });
    const stream = frontierStream(node.connect(BOB));
    assert.deepEqual(replies(node.append(DRAFT)), []);
    assert.deepEqual(replies(node.frame(stream, { kind: 'frontier', more: false, checkpoints: [] })), []);
    const [held] = replies(node.tick(REJOIN_ALONE_MS));
    assert.ok(held instanceof TessraxError && held.code === 'rejoining' && held.fields['signed'] === 2);
    const [late] = replies(node.append(DRAFT));
    assert.ok(late instanceof TessraxError && late.code === 'rejoining');
    assert.equal(node.state.ledger.size(ALICE.peer), 0);
  });

  it('begins its heartbeat counter beyond what a restored reservation says', () => {
    const node = new Harness(ALICE, { counterReserved: 1024 });
    assert.ok(node.state.heartbeat.counter >= node.wallMs);
  });
});

/** These are the witnesses; anybody may write. */
function witnessed(...keys: readonly TestKey[]): Federation {
  const witnesses = keys.map(({ peer }) => ({ peer, organisation: '' }));
  return readFederation(draftFederation({ name: 'Few', witnesses, openQuota: 1000 }));
}

/** The peer shows a frontier with so much of Alice's feed. */
function answers(node: Harness, key: TestKey, size = 0): readonly Effect[] {
  const stream = frontierStream(node.connect(key));
  const checkpoints = size === 0 ? [] : [{ origin: ALICE.peer, size, root: new Uint8Array(32).fill(7) }];
  return node.frame(stream, { kind: 'frontier', more: false, checkpoints });
}

describe('rejoin guard without a marker (R-97)', () => {
  const unmarked = (federation: Federation): Harness => Harness.running(ALICE, { rejoin: 'unmarked', federation });

  it('believes no one witness alone where there are two others', () => {
    const node = unmarked(witnessed(ALICE, BOB, CAROL));
    assert.deepEqual(replies(node.append(DRAFT)), []);
    assert.deepEqual(replies(answers(node, BOB)), []);
    assert.deepEqual(replies(node.tick(1000)), []);
    const [reply] = replies(answers(node, CAROL));
    assert.ok(Array.isArray(reply));
  });

  it('counts no peers that are no witnesses, and no peer twice', () => {
    const node = unmarked(witnessed(ALICE, BOB, CAROL));
    node.append(DRAFT);
    answers(node, BOB);
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    assert.deepEqual(replies(answers(node, BOB)), []);
    assert.deepEqual(replies(answers(node, MALLORY)), []);
    assert.equal(node.state.rejoin.open, false);
  });

  it('lets one of two nodes start, and the only witness there is with any peer', () => {
    const [two] = replies(answers(waiting(witnessed(ALICE, BOB)), BOB));
    assert.ok(Array.isArray(two));
    const [one] = replies(answers(waiting(witnessed(ALICE)), MALLORY));
    assert.ok(Array.isArray(one));
    const [guest] = replies(answers(waiting(witnessed(BOB)), BOB));
    assert.ok(Array.isArray(guest));
  });

  function waiting(federation: Federation): Harness {
    const node = unmarked(federation);
    assert.deepEqual(replies(node.append(DRAFT)), []);
    return node;
  }

  it('does not count who held more of its feed and is gone before it was fetched', () => {
    const node = waiting(witnessed(ALICE, BOB, CAROL));
    answers(node, BOB, 3);
    node.run({ kind: 'peer_disconnected', peer: BOB.peer });
    assert.deepEqual(replies(answers(node, CAROL)), []);
    assert.equal(node.state.rejoin.open, false);
  });

  it('does not count who has more of its feed and does not give it, until it has shown its frontier anew', () => {
    const node = waiting(witnessed(ALICE, BOB, CAROL));
    const asked = answers(node, BOB, 3).find((effect) => effect.kind === 'open');
    assert.ok(asked?.kind === 'open');
    answers(node, CAROL);
    node.frame(asked.stream, { kind: 'end', status: 'done' });
    assert.equal(node.state.peers.get(BOB.peer)?.wanted.size, 0, 'the claim is dropped');
    assert.equal(node.state.rejoin.open, false);
  });

  it('says how many are missing', () => {
    const node = waiting(witnessed(ALICE, BOB, CAROL));
    answers(node, BOB);
    const [refusal] = replies(node.tick(REJOIN_ALONE_MS));
    assert.ok(refusal instanceof TessraxError && refusal.code === 'rejoining');
    assert.deepEqual([refusal.fields['answers'], refusal.fields['needed']], [1, 2]);
    assert.ok(refusal.remedy.includes('--alone'));
  });

  it('writes when there is a marker that says how much is to be found, after one answer', () => {
    const node = Harness.running(ALICE, { rejoin: 'untrusted', federation: witnessed(ALICE, BOB, CAROL) });
    node.append(DRAFT);
    assert.ok(Array.isArray(replies(answers(node, BOB))[0]));
  });
});
