import { deepEqual, equal, ok } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import { TessraxError } from '../../../../src/core/errors.ts';
import type { Draft, Effect, PlacedEntry } from '../../../../src/core/events.ts';
import { APPEND_BATCH_MAX, APPENDS_PENDING_MAX, PUSH_ENTRIES_MAX } from '../../../../src/core/limits.ts';
import { ALICE, BOB, MALLORY, OPEN_FEDERATION, receipt } from '../fixtures.ts';
import { Harness, hashes, ofKind, only, pushes } from './harness.ts';

function failure(effects: readonly Effect[]): TessraxError {
  const { result } = only(effects, 'reply');
  if (result instanceof TessraxError) return result;
  throw new Error('the append went through');
}

function bodyOf(entry: PlacedEntry | undefined): Record<string, unknown> {
  ok(entry !== undefined);
  return JSON.parse(new TextDecoder().decode(readEntry(new BinaryReader(entry.bytes)).body));
}

function many(count: number): Draft[] {
  return Array.from({ length: count }, (_, i) => receipt(i));
}

describe('append', () => {
  it('persists, then speaks: no reply and no push before the store has it', () => {
    const node = Harness.running();
    node.connect(BOB);
    const before = node.step({ kind: 'append', requests: [{ request: 7, drafts: many(2) }] });
    deepEqual(
      before.map(({ kind }) => kind),
      ['store'],
    );
    const after = node.carryOut(only(before, 'store'));
    const reply = only(after, 'reply');
    equal(reply.request, 7);
    ok(!(reply.result instanceof TessraxError));
    deepEqual(hashes(reply.result), hashes(node.ledger(ALICE.peer)));
    deepEqual(
      reply.result.map(({ seq }) => seq),
      [0, 1],
    );
    equal(pushes(after).length, 1);
  });

  it('pushes what is small and fresh under a SYNC_EVENT to everyone, journaled in the same write', () => {
    const node = Harness.running();
    node.connect(BOB);
    const [write, ...more] = ofKind(node.append(...many(3)), 'store');
    ok(write !== undefined && more.length === 0);
    deepEqual(
      write.write.entries.map(({ log, seq }) => [log, seq]),
      [
        ['ledger', 0],
        ['ledger', 1],
        ['ledger', 2],
        ['journal', 0],
      ],
    );
    const event = bodyOf(node.journal()[0]);
    equal(event.target, '*');
    equal(event.entries, 3);
    deepEqual(event.ranges, [[ALICE.peer, 0, 3]]);
  });

  it('pushes the entries as they are on disk', () => {
    const node = Harness.running();
    node.connect(BOB);
    const [message] = pushes(node.append(...many(2)));
    ok(message?.kind === 'delta');
    deepEqual(
      message.runs.flatMap(({ entries }) => entries.map(({ bytes }) => toHex(bytes))),
      node.ledger(ALICE.peer).map(({ bytes }) => toHex(bytes)),
    );
  });

  it('does not push and does not journal when nobody is connected', () => {
    const node = Harness.running();
    const effects = node.append(...many(1));
    equal(pushes(effects).length, 0);
    equal(node.journal().length, 0);
  });

  it('leaves many entries, and large ones, to be pulled', () => {
    const node = Harness.running();
    node.connect(BOB);
    const large: Draft = { type: 'RECEIPT', body: { payload: { text: 'x'.repeat(60_000) } } };
    for (const drafts of [many(PUSH_ENTRIES_MAX + 1), [large, large]]) {
      equal(pushes(node.append(...drafts)).length, 0);
    }
    equal(node.journal().length, 0);
    equal(pushes(node.append(...many(PUSH_ENTRIES_MAX))).length, 1);
  });
});

describe('append: order and size', () => {
  it('continues one chain over appends that are not stored yet', () => {
    const node = Harness.running();
    const first = only(node.step({ kind: 'append', requests: [{ request: 1, drafts: many(1) }] }), 'store');
    const second = only(node.step({ kind: 'append', requests: [{ request: 2, drafts: many(1) }] }), 'store');
    equal(ofKind(node.carryOut(first), 'reply').length, 1);
    equal(ofKind(node.carryOut(second), 'reply').length, 1);
    equal(node.ledger(ALICE.peer).length, 2);
  });
});

describe('append: several requests at once', () => {
  const LARGE: Draft = { type: 'RECEIPT', body: { payload: { text: 'x'.repeat(40_000) } } };

  /** The requests, numbered from 1, in one event; what is stored for it, batch by batch, and what else comes of it. */
  function appendAll(node: Harness, ...requests: readonly (readonly Draft[])[]) {
    const all = requests.map((drafts, i) => ({ request: i + 1, drafts }));
    const first = node.step({ kind: 'append', requests: all });
    const effects = [...first, ...node.settle()];
    const stored = ofKind(first, 'store').map(({ write }) =>
      write.entries.filter(({ log }) => log === 'ledger').map(({ seq }) => seq),
    );
    return { first, effects, stored, replies: ofKind(effects, 'reply') };
  }

  it('share a batch and a SYNC_EVENT; each gets its own answer', () => {
    const node = Harness.running();
    node.connect(BOB);
    const { first, effects, stored, replies } = appendAll(node, many(2), many(1), many(3));
    deepEqual(ofKind(first, 'reply'), []);
    deepEqual(stored, [[0, 1, 2, 3, 4, 5]]);
    equal(node.journal().length, 1);
    equal(pushes(effects).length, 1);
    deepEqual(
      replies.map(({ request, result }) => [request, result instanceof TessraxError || result.map(({ seq }) => seq)]),
      [
        [1, [0, 1]],
        [2, [2]],
        [3, [3, 4, 5]],
      ],
    );
    equal(node.state.appendsPending, 0);
  });

  it('are refused alone: the others go on without a gap', () => {
    const node = Harness.running();
    const { stored, replies } = appendAll(node, many(1), [receipt(1), { type: 'RECEIPT', body: {} }], many(1), []);
    deepEqual(stored, [[0, 1]]);
    deepEqual(
      replies.map(({ request, result }) => [request, result instanceof TessraxError ? result.code : result.length]),
      [
        [2, 'schema_violation'],
        [4, 'append_count'],
        [1, 1],
        [3, 1],
      ],
    );
  });

  it('share what one push holds, and no more; one that is larger stands alone, in its place', () => {
    const node = Harness.running();
    node.connect(BOB);
    const byCount = appendAll(node, many(PUSH_ENTRIES_MAX - 1), many(2), many(PUSH_ENTRIES_MAX + 1), many(1), many(1));
    deepEqual(
      byCount.stored.map(({ length }) => length),
      [PUSH_ENTRIES_MAX - 1, 2, PUSH_ENTRIES_MAX + 1, 2],
    );
    equal(pushes(byCount.effects).length, 3);
    const bySize = appendAll(node, many(1), [LARGE], [LARGE], many(1));
    deepEqual(
      bySize.stored.map(({ length }) => length),
      [2, 2],
    );
    equal(pushes(bySize.effects).length, 2);
  });

  it('count together: against the quota, and against what may wait', () => {
    const node = Harness.running(MALLORY, { federation: OPEN_FEDERATION });
    node.append(...many(997));
    const codes = (all: ReturnType<typeof appendAll>) =>
      all.replies.flatMap(({ request, result }) => (result instanceof TessraxError ? [[request, result.code]] : []));
    deepEqual(codes(appendAll(node, many(2), many(2), many(1), many(1))), [
      [2, 'quota_exceeded'],
      [4, 'quota_exceeded'],
    ]);
    const busy = Harness.running();
    busy.state.appendsPending = APPENDS_PENDING_MAX - 2;
    deepEqual(codes(appendAll(busy, many(1), many(2), many(1), many(1))), [
      [2, 'append_busy'],
      [4, 'append_busy'],
    ]);
  });

  it('may not hold two votes in one ballot', () => {
    const node = Harness.running();
    const vote = (choice: string): Draft => ({
      type: 'GOVERNANCE',
      body: { action: 'vote', epoch: 0, ballot: 0, proposal: 'ab'.repeat(32), choice },
    });
    const { replies, stored } = appendAll(node, [vote('yes')], [vote('no')], many(1));
    deepEqual(stored, [[0, 1]]);
    deepEqual(
      replies.map(({ request, result }) => [request, result instanceof TessraxError ? result.code : result.length]),
      [
        [2, 'vote_closed'],
        [1, 1],
        [3, 1],
      ],
    );
  });

  it('keep their memos, each with the place of its own entries', () => {
    const node = Harness.running();
    const memo = (name: string) => ({ name, text: 'done' });
    const requests = [
      { request: 1, drafts: many(2), memo: memo('a') },
      { request: 2, drafts: many(1) },
      { request: 3, drafts: many(3), memo: memo('b') },
    ];
    deepEqual(only(node.step({ kind: 'append', requests }), 'store').write.values, [
      { name: 'a', value: 'done 0 2' },
      { name: 'b', value: 'done 3 3' },
    ]);
  });
});

describe('append: refused', () => {
  it('whole, when one draft is wrong, naming it', () => {
    const node = Harness.running();
    const error = failure(node.append(receipt(0), { type: 'RECEIPT', body: {} }, receipt(2)));
    equal(error.code, 'schema_violation');
    equal(error.fields.index, 1);
    equal(node.ledger(ALICE.peer).length, 0);
    equal(ofKind(node.append(receipt(0)), 'store')[0]?.write.entries[0]?.seq, 0);
  });

  it('of a node that may not write', () => {
    const node = Harness.running(MALLORY);
    const error = failure(node.append(receipt(0)));
    equal(error.code, 'not_a_writer');
    ok(error.remedy.length > 0);
  });

  it('beyond the quota, as a whole', () => {
    const node = Harness.running(MALLORY, { federation: OPEN_FEDERATION });
    node.append(...many(999));
    equal(failure(node.append(...many(2))).code, 'quota_exceeded');
    equal(node.ledger(MALLORY.peer).length, 999);
    equal(ofKind(node.append(receipt(0)), 'store').length, 1);
    equal(failure(node.append(receipt(0))).code, 'quota_exceeded');
  });

  it('of nothing, and of too many', () => {
    const node = Harness.running();
    equal(failure(node.append()).code, 'append_count');
    const tooMany = new Array<Draft>(APPEND_BATCH_MAX + 1).fill(receipt(0));
    equal(failure(node.append(...tooMany)).code, 'append_count');
  });

  it('while too many wait for the disk, and no longer when they are stored', () => {
    const node = Harness.running();
    node.state.appendsPending = APPENDS_PENDING_MAX;
    equal(failure(node.append(receipt(0))).code, 'append_busy');
    node.state.appendsPending = APPENDS_PENDING_MAX - 1;
    const store = only(node.step({ kind: 'append', requests: [{ request: 2, drafts: [receipt(0)] }] }), 'store');
    equal(failure(node.step({ kind: 'append', requests: [{ request: 3, drafts: [receipt(0)] }] })).code, 'append_busy');
    node.carryOut(store);
    equal(ofKind(node.append(receipt(0)), 'store').length, 1);
  });
});
