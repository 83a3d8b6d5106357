import { deepEqual, equal, ok } from 'node:assert/strict';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import { readEntry } from '../../../../src/core/entry/codec.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type { Effect } from '../../../../src/core/events.ts';
import {
  FUTURE_WINDOW_MS,
  SESSION_BACKOFF_MS,
  SESSION_STEAL_MS,
  STREAM_IDLE_MS_MAX,
} from '../../../../src/core/limits.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { encodeMessage, type Outgoing } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, CAROL, chain, EPOCH_MS, MALLORY, receipt, receipts, type TestKey } from '../fixtures.ts';
import { bannedFor, Harness, hashes, meet, notes, ofKind, only, range, sent, statementOf } from './harness.ts';

const ROOT = new Uint8Array(32).fill(5);
const BOBS = receipts(BOB, 8);

/** The SYNC_EVENTs of a provider, one delta each. */
function deltas(key: TestKey, cuts: readonly (readonly Candidate[])[], target = ALICE.peer): Outgoing[] {
  const events = chain(
    key,
    cuts.map((entries) => syncEventDraft(target, [entries])),
    'journal',
  );
  return cuts.map((entries, i) => {
    const event = events[i];
    if (event === undefined) throw new Error('there is an event for each delta');
    return { kind: 'delta', event: statementOf(event), runs: runOf(entries) };
  });
}

/** A node that fetches from a peer who claims to hold so much of each feed. */
function fetching(key: TestKey, ...claims: readonly (readonly [TestKey, number])[]): { node: Harness; stream: number } {
  const node = Harness.running();
  const effects = meet(
    node,
    key,
    claims.map(([{ peer }, size]) => ({ origin: peer, size, root: ROOT })),
  );
  return { node, stream: only(effects, 'open').stream };
}

function asked(effects: readonly Effect[]) {
  return sent(effects).flatMap((message) => (message.kind === 'ranges_request' ? [message.ranges] : []));
}

function confirmed(node: Harness): Record<string, unknown>[] {
  return node
    .journal()
    .map(({ bytes }) => JSON.parse(new TextDecoder().decode(readEntry(new BinaryReader(bytes)).body)));
}

describe('fetching: a delta (R-52 to R-55)', () => {
  it('is asked for from where our feed ends', () => {
    const node = Harness.running();
    node.run({ kind: 'append', requests: [{ request: 1, drafts: [receipt(0), receipt(1)] }] });
    const effects = meet(node, BOB, [
      { origin: ALICE.peer, size: 5, root: ROOT },
      { origin: BOB.peer, size: 3, root: ROOT },
      { origin: MALLORY.peer, size: 9, root: ROOT },
    ]);
    deepEqual(asked(effects), [[range(ALICE.peer, 2, 5), range(BOB.peer, 0, 3)]]);
  });

  it('is stored in one write with its SYNC_CONFIRMED and the statement, and confirmed when that is durable', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const [delta] = deltas(BOB, [BOBS]);
    ok(delta !== undefined);
    const verify = only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify');
    equal(verify.items.length, 1 + BOBS.length);
    const admitted = node.carryOut(verify);
    deepEqual(sent(admitted), []);
    const store = only(admitted, 'store');
    deepEqual(hashes(store.write.entries.slice(0, -1)), hashes(BOBS));
    equal(store.write.entries.at(-1)?.log, 'journal');
    equal(store.write.statements.length, 1);
    const spoken = node.carryOut(store);
    deepEqual(
      sent(spoken, stream).map(({ kind }) => kind),
      ['confirm'],
    );
    const [body] = confirmed(node);
    equal(body?.source, BOB.peer);
    equal(body?.event, toHex(store.write.statements[0]?.hash ?? new Uint8Array()));
    equal(body?.entries, 8);
    deepEqual(body?.ranges, [[BOB.peer, 0, 8]]);
    equal(body?.ledger_height, node.state.durable.height);
    equal(body?.ledger_root, toHex(node.state.durable.root));
  });
});

describe('fetching: deltas out of step', () => {
  it('that is verified early waits for those before it', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const jobs = deltas(BOB, [BOBS.slice(0, 3), BOBS.slice(3, 6), BOBS.slice(6)]).map((delta) =>
      only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify'),
    );
    for (const job of jobs.slice(1).reverse()) equal(ofKind(node.carryOut(job), 'store').length, 0);
    const [first] = jobs;
    ok(first !== undefined);
    equal(ofKind(node.carryOut(first), 'store').length, 3);
    node.settle();
    deepEqual(hashes(node.ledger(BOB.peer)), hashes(BOBS));
    deepEqual(
      confirmed(node).map(({ ranges }) => ranges),
      [[[BOB.peer, 0, 3]], [[BOB.peer, 3, 6]], [[BOB.peer, 6, 8]]],
    );
  });

  it('of entries that came by another way meanwhile is confirmed for nothing', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const [delta] = deltas(BOB, [BOBS]);
    const [push] = deltas(BOB, [BOBS], '*');
    ok(delta !== undefined && push !== undefined);
    const verify = only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify');
    const pushed = only(
      node.step({ kind: 'gossip', topic: 'entries', from: BOB.peer, id: 'x', data: encodeMessage(push) }),
      'verify',
    );
    node.carryOut(pushed);
    const effects = [...node.carryOut(verify), ...node.settle()];
    deepEqual(
      notes(effects, 'entries_duplicate').map(({ count }) => count),
      [8],
    );
    deepEqual(
      confirmed(node).map(({ entries }) => entries),
      [8, 0],
    );
    deepEqual(
      sent(effects, stream).map(({ kind }) => kind),
      ['confirm'],
    );
  });
});

describe('fetching: how it ends (R-56)', () => {
  it('closes its side when the last confirmation is out, whichever of it and the end comes last', () => {
    for (const late of [true, false]) {
      const { node, stream } = fetching(BOB, [BOB, 8]);
      const [delta] = deltas(BOB, [BOBS]);
      ok(delta !== undefined);
      const effects = [
        ...node.step({ kind: 'frame', stream, data: encodeMessage(delta) }),
        ...(late ? node.settle() : []),
      ];
      effects.push(...node.step({ kind: 'frame', stream, data: encodeMessage({ kind: 'end', status: 'done' }) }));
      effects.push(...node.settle());
      const spoken = effects.filter(
        (effect) => effect.kind === 'close' || (effect.kind === 'send' && effect.stream === stream),
      );
      deepEqual(
        spoken.map(({ kind }) => kind),
        ['send', 'close'],
      );
    }
  });

  it('drops claims that the peer does not serve, and lets it rest', () => {
    const { node, stream } = fetching(BOB, [BOB, 1_000_000]);
    const effects = node.frame(stream, { kind: 'end', status: 'done' });
    deepEqual(
      notes(effects, 'session_failed').map(({ code }) => code),
      ['not_served'],
    );
    deepEqual(asked(node.tick(SESSION_BACKOFF_MS)), []);
    equal(bannedFor(effects), undefined);
  });

  for (const status of ['busy', 'refused'] as const) {
    it(`asks again later when the peer is ${status}, longer and longer`, () => {
      const { node, stream: first } = fetching(BOB, [BOB, 8]);
      let stream = first;
      for (const restMs of [1, 2, 4, 8].map((factor) => factor * SESSION_BACKOFF_MS)) {
        equal(only(node.frame(stream, { kind: 'end', status }), 'abort').code, status);
        node.run({ kind: 'stream_closed', stream, reason: status });
        deepEqual(asked(node.tick(restMs - 1)), []);
        const again = node.tick(1);
        deepEqual(asked(again), [[range(BOB.peer, 0, 8)]]);
        stream = only(again, 'open').stream;
      }
    });
  }

  it('keeps what was verified when the stream breaks, and asks for the rest', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const [delta] = deltas(BOB, [BOBS.slice(0, 3)]);
    ok(delta !== undefined);
    const verify = only(node.step({ kind: 'frame', stream, data: encodeMessage(delta) }), 'verify');
    node.step({ kind: 'stream_closed', stream, reason: 'reset' });
    node.carryOut(verify);
    node.settle();
    equal(node.ledger(BOB.peer).length, 3);
    deepEqual(asked(node.tick(SESSION_BACKOFF_MS)), [[range(BOB.peer, 3, 8)]]);
  });
});

describe('fetching: waking', () => {
  it('asks again although something else happens at the moment at which it wanted to be woken', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    node.frame(stream, { kind: 'end', status: 'busy' });
    node.run({ kind: 'stream_closed', stream, reason: 'busy' });
    node.advance(SESSION_BACKOFF_MS);
    const effects = node.run({ kind: 'stream_closed', stream: 9999, reason: 'not ours' });
    const soon = node.wakeMs <= node.monoMs + 1 ? node.tick(1) : [];
    deepEqual(asked([...effects, ...soon]), [[range(BOB.peer, 0, 8)]]);
  });

  it('gives up on a peer that stalls, after others had their turn', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    meet(node, CAROL, [{ origin: BOB.peer, size: 8, root: ROOT }]);
    deepEqual(asked(node.tick(SESSION_STEAL_MS - 1)), [], 'Bob has it');
    equal(ofKind(node.tick(1), 'open')[0]?.peer, CAROL.peer);
    const effects = node.tick(STREAM_IDLE_MS_MAX - SESSION_STEAL_MS);
    const dropped = ofKind(effects, 'abort').map(({ stream: of, code }) => [of, code]);
    deepEqual(dropped, [[stream, 'stalled']]);
    equal(bannedFor(effects), undefined);
  });
});

describe('fetching: what is not admitted', () => {
  it('a branch that does not fit ours: the rest of the feed is not asked of this peer again, and nobody is blamed', () => {
    const node = Harness.running();
    const [own] = deltas(BOB, [BOBS.slice(0, 2)], '*');
    ok(own !== undefined);
    node.gossip('entries', BOB, encodeMessage(own));
    const branch = chain(BOB, [7, 8, 9, 10].map(receipt));
    const { stream } = only(meet(node, CAROL, [{ origin: BOB.peer, size: 4, root: ROOT }]), 'open');
    const [delta] = deltas(CAROL, [branch.slice(2)]);
    ok(delta !== undefined);
    const effects = node.frame(stream, delta);
    deepEqual(
      notes(effects, 'entry_rejected').map(({ seq, reason }) => [seq, reason]),
      [[2, 'chain_broken']],
    );
    equal(bannedFor(effects), undefined);
    equal(node.ledger(BOB.peer).length, 2);
    deepEqual(asked(node.tick(SESSION_BACKOFF_MS)), []);
  });

  it('an entry from the future: what is before it stays, and it is asked for when its time has come', () => {
    const { node, stream } = fetching(BOB, [BOB, 3]);
    node.wallMs = EPOCH_MS - FUTURE_WINDOW_MS + 1000; // entry i bears EPOCH_MS + i seconds
    const [delta] = deltas(BOB, [BOBS.slice(0, 3)]);
    ok(delta !== undefined);
    const effects = node.frame(stream, delta);
    equal(node.ledger(BOB.peer).length, 2);
    deepEqual(
      notes(effects, 'session_failed').map(({ code }) => code),
      ['future'],
    );
    node.run({ kind: 'stream_closed', stream, reason: 'aborted' });
    deepEqual(asked(node.tick(999)), []);
    deepEqual(asked(node.tick(1)), [[range(BOB.peer, 2, 3)]]);
  });
});

/** Bob's entries, the fifth with one bit of its signature changed. */
const FORGED = BOBS.map((entry, i) => {
  if (i !== 4) return entry;
  const bytes = Uint8Array.from(entry.bytes);
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  return { ...entry, bytes };
});

describe('fetching: refused, and the provider dropped', () => {
  const [asAsked] = deltas(BOB, [BOBS]);
  const [otherEvent] = deltas(BOB, [chain(BOB, [5, 6, 7, 8, 9, 10, 11, 12].map(receipt))]);
  if (asAsked?.kind !== 'delta' || otherEvent?.kind !== 'delta') throw new Error('these are deltas');
  const cases: readonly (readonly [string, Outgoing | undefined, string])[] = [
    ['entries that were not asked for', deltas(BOB, [receipts(CAROL, 2)])[0], 'delta_not_asked'],
    ['entries from another place than asked', deltas(BOB, [BOBS.slice(1)])[0], 'delta_not_asked'],
    ['more entries than asked', deltas(BOB, [receipts(BOB, 9)])[0], 'delta_not_asked'],
    ['an event signed by another', deltas(CAROL, [BOBS])[0], 'delta_source'],
    ['an event meant for another', deltas(BOB, [BOBS], CAROL.peer)[0], 'delta_target'],
    ['an event to everyone', deltas(BOB, [BOBS], '*')[0], 'delta_target'],
    ['fewer entries than the event names', { ...asAsked, runs: runOf(BOBS.slice(0, 7)) }, 'delta_ranges'],
    ['other entries than the event was made over', { ...asAsked, event: otherEvent.event }, 'delta_root_mismatch'],
    ['a forged entry', deltas(BOB, [FORGED])[0], 'signature_invalid'],
    ['a frontier in answer to a fetch', { kind: 'frontier', more: false, checkpoints: [] }, 'message_unexpected'],
    [
      'a request in answer to a fetch',
      { kind: 'frontier_request', federation: '00'.repeat(32), epoch: 0, checkpoints: [] },
      'message_unexpected',
    ],
  ];
  for (const [what, message, code] of cases) {
    it(`${what}: nothing is stored`, () => {
      const { node, stream } = fetching(BOB, [BOB, 8]);
      ok(message !== undefined);
      const effects = node.frame(stream, message);
      equal(bannedFor(effects), code);
      equal(only(effects, 'abort').stream, stream);
      equal(node.disk.size, 0);
      equal(node.statements.length, 0);
    });
  }
});

describe('fetching: refused, by name or by number', () => {
  it('a forged entry is named', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const [delta] = deltas(BOB, [FORGED]);
    ok(delta !== undefined);
    const rejected = notes(node.frame(stream, delta), 'entry_rejected');
    deepEqual(
      rejected.map(({ origin, seq, reason, peer }) => [origin, seq, reason, peer]),
      [[BOB.peer, 4, 'signature_invalid', BOB.peer]],
    );
  });

  it("a forged event is the provider's", () => {
    const { node, stream } = fetching(CAROL, [BOB, 8]);
    const [delta] = deltas(CAROL, [BOBS]);
    ok(delta?.kind === 'delta');
    const bytes = Uint8Array.from(delta.event.entry.bytes);
    bytes[60] = (bytes[60] ?? 0) ^ 1;
    const effects = node.frame(stream, { ...delta, event: { ...delta.event, entry: { bytes } } });
    equal(bannedFor(effects), 'signature_invalid');
    deepEqual(
      notes(effects, 'entry_rejected').map(({ origin }) => origin),
      [CAROL.peer],
    );
  });

  it('more deltas than the window allows', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const five = deltas(
      BOB,
      [0, 1, 2, 3, 4].map((i) => BOBS.slice(i, i + 1)),
    );
    const effects = five.flatMap((delta) => node.step({ kind: 'frame', stream, data: encodeMessage(delta) }));
    equal(bannedFor(effects), 'delta_unexpected');
  });

  it('a delta after the end', () => {
    const { node, stream } = fetching(BOB, [BOB, 8]);
    const [first, second] = deltas(BOB, [BOBS.slice(0, 4), BOBS.slice(4)]);
    ok(first !== undefined && second !== undefined);
    node.step({ kind: 'frame', stream, data: encodeMessage(first) });
    node.step({ kind: 'frame', stream, data: encodeMessage({ kind: 'end', status: 'done' }) });
    equal(bannedFor(node.step({ kind: 'frame', stream, data: encodeMessage(second) })), 'delta_unexpected');
  });
});
