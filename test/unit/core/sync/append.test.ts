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
