import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TessraxError } from '../../../../src/core/errors.ts';
import type { Effect } from '../../../../src/core/events.ts';
import { REJOIN_ALONE_MS } from '../../../../src/core/limits.ts';
import { decodeMessage } from '../../../../src/core/sync/messages.ts';
import type { RejoinTrust } from '../../../../src/core/sync/rejoin.ts';
import { ALICE, BOB, CAROL } from '../fixtures.ts';
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
