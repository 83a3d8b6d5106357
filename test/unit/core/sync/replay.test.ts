/** What was said before, elsewhere, or by a clock that is off, said again: nothing is accepted for it, and nothing gets lost. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { equalBytes } from '../../../../src/core/bytes.ts';
import { authorEntry } from '../../../../src/core/entry/author.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import type { Effect } from '../../../../src/core/events.ts';
import { emptyHead } from '../../../../src/core/ledger/admission.ts';
import { FRONTIER_INTERVAL_MS, FUTURE_WINDOW_MS, HEARTBEAT_INTERVAL_MS_MAX } from '../../../../src/core/limits.ts';
import { EMPTY_ROOT } from '../../../../src/core/merkle/hash.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { readHeartbeat, signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import {
  ALICE,
  authorOf,
  BOB,
  CAROL,
  chain,
  EPOCH_MS,
  FEDERATION,
  OPEN_FEDERATION,
  receipt,
  receipts,
} from '../fixtures.ts';
import { bannedFor, Harness, meet, notes, ofKind, only, range, sent, statementOf } from './harness.ts';

const DAY_MS = 86_400_000;
const ROOT = new Uint8Array(32).fill(5);

/** Bob's heartbeat: that he holds so much of his own feed. */
function heartbeat(counter: number, size: number): Uint8Array {
  const root = new Uint8Array(32).fill(size);
  const checkpoints = size === 0 ? [] : [{ origin: BOB.peer, size, root }];
  const journal = { origin: BOB.peer, size: 0, root: EMPTY_ROOT };
  const held = { height: size, feeds: checkpoints.length, root, journal, checkpoints };
  return signHeartbeat(
    { federation: FEDERATION.id, node: BOB.peer, epoch: 0, closed: false, counter, timestampMs: EPOCH_MS, ...held },
    BOB.sign,
  );
}

function verdictOf(effects: readonly Effect[]): string {
  return only(effects, 'gossip_verdict').verdict;
}

function counters(effects: readonly Effect[]): number[] {
  return ofKind(effects, 'publish').flatMap(({ topic, data }) =>
    topic === 'heartbeat' ? [readHeartbeat(data).heartbeat.counter] : [],
  );
}

/** Bob pushes these. */
function push(entries: readonly Candidate[]): Uint8Array {
  const [event] = chain(BOB, [syncEventDraft('*', [entries])], 'journal');
  ok(event !== undefined);
  return encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(entries) });
}

/** Who is asked for a range gives this. */
function serve(node: Harness, stream: number, entries: readonly Candidate[], by = BOB): readonly Effect[] {
  const [event] = chain(by, [syncEventDraft(ALICE.peer, [entries])], 'journal');
  ok(event !== undefined);
  const delta = { kind: 'delta', event: statementOf(event), runs: runOf(entries) } as const;
  return [...node.frame(stream, delta), ...node.frame(stream, { kind: 'end', status: 'done' })];
}

function fetches(effects: readonly Effect[]) {
  return ofKind(effects, 'open').flatMap((effect) =>
    sent([effect]).flatMap((message) =>
      message.kind === 'ranges_request' ? [{ stream: effect.stream, ranges: message.ranges }] : [],
    ),
  );
}

/** Time goes by, and Bob has nothing to say when he is asked. The fetches among what the node did. */
function wait(node: Harness, seconds: number) {
  const effects: Effect[] = [];
  for (let i = 0; i < seconds; i++) {
    const now = node.tick(1000);
    effects.push(...now);
    for (const effect of ofKind(now, 'open')) {
      if (sent([effect])[0]?.kind !== 'frontier_request') continue;
      effects.push(...node.frame(effect.stream, { kind: 'frontier', more: false, checkpoints: [] }));
      effects.push(...node.run({ kind: 'stream_closed', stream: effect.stream, reason: 'done' }));
    }
  }
  return fetches(effects);
}

describe('replay: heartbeats (R-42)', () => {
  it('an old one after a restart of the receiver claims what was true, changes nothing, and is over with the next', () => {
    const before = Harness.running();
    meet(before, BOB);
    before.gossip('heartbeat', BOB, heartbeat(7, 3));

    const restarted = Harness.running();
    meet(restarted, BOB);
    equal(verdictOf(restarted.gossip('heartbeat', BOB, heartbeat(9, 0))), 'accept');
    const { root } = restarted.state.durable;
    const replayed = restarted.gossip('heartbeat', BOB, heartbeat(7, 3));
    equal(verdictOf(replayed), 'ignore');
    deepEqual(fetches(replayed), []);

    const deaf = Harness.running(); // it hears the old one first
    meet(deaf, BOB);
    deaf.gossip('heartbeat', BOB, heartbeat(7, 3));
    equal(verdictOf(deaf.gossip('heartbeat', BOB, heartbeat(9, 0))), 'accept');
    equal(verdictOf(deaf.gossip('heartbeat', BOB, heartbeat(7, 3))), 'ignore');
    ok(equalBytes(deaf.state.durable.root, root));
    equal(deaf.journal().length, 0);
  });

  it('a restart with the clock set back goes on behind all counters that were ever used', () => {
    const life = Harness.running();
    life.advance(1000);
    const used = counters(life.tick(60_000));
    const reserved = life.state.heartbeat.reserved;
    const next = new Harness(ALICE, { counterReserved: reserved, now: { wallMs: EPOCH_MS - DAY_MS, monoMs: 0 } });
    next.wallMs = EPOCH_MS - DAY_MS;
    const [first] = counters(next.tick());
    ok(first !== undefined && used.every((counter) => counter < first));
    equal(first, reserved);
  });
});

describe('replay: entries', () => {
  it('of another federation is refused: here it has another hash', () => {
    const node = Harness.running();
    meet(node, BOB);
    const effects = node.gossip('entries', BOB, push(receipts(BOB, 2, OPEN_FEDERATION)));
    equal(verdictOf(effects), 'reject');
    equal(bannedFor(effects), 'delta_root_mismatch');
    equal(node.ledger(BOB.peer).length, 0);
  });

  it('with a nonce of the same feed is refused, however well signed (R-23)', () => {
    const author = authorOf(BOB);
    const first = authorEntry(author, emptyHead(BOB.peer, 'ledger'), receipt(0), EPOCH_MS);
    const low = { ...author, random: () => new Uint8Array(8) };
    for (const nonce of [first.nonce, minusOne(first.nonce)]) {
      // Its author takes the last nonce plus one plus nothing: one less than that is a nonce again.
      const tip = {
        origin: BOB.peer,
        log: 'ledger',
        size: 1,
        hash: first.hash,
        timestampMs: EPOCH_MS,
        nonce: minusOne(nonce),
      } as const;
      const second = authorEntry(low, tip, receipt(1), EPOCH_MS);
      const node = Harness.running();
      meet(node, BOB);
      const effects = node.gossip('entries', BOB, push([first, second]));
      deepEqual(
        notes(effects, 'entry_rejected').map(({ seq, reason }) => [seq, reason]),
        [[1, 'nonce_not_increasing']],
      );
      equal(node.ledger(BOB.peer).length, 1);
    }
  });

  it('pushed again are held already', () => {
    const node = Harness.running();
    meet(node, BOB);
    const data = push(receipts(BOB, 2));
    equal(verdictOf(node.gossip('entries', BOB, data)), 'accept');
    const again = node.gossip('entries', BOB, data);
    equal(verdictOf(again), 'ignore');
    equal(ofKind(again, 'verify').length, 0);
    equal(node.ledger(BOB.peer).length, 2);
  });
});

describe('time: entries from the future (R-25)', () => {
  /** Bob pushes once, and says nothing more. */
  function pushedEarly(): { readonly node: Harness; readonly entries: readonly Candidate[] } {
    const node = Harness.running();
    const entries = receipts(BOB, 3);
    node.wallMs = EPOCH_MS - FUTURE_WINDOW_MS - 60_000;
    meet(node, BOB);
    const effects = node.gossip('entries', BOB, push(entries));
    equal(verdictOf(effects), 'accept', 'others may have another clock');
    equal(node.ledger(BOB.peer).length, 0);
    equal(bannedFor(effects), undefined);
    return { node, entries };
  }

  it('are asked for when their time has come, though nobody pushes or claims them again', () => {
    const { node, entries } = pushedEarly();
    deepEqual(wait(node, 59), []);
    const [asked] = wait(node, 1);
    ok(asked !== undefined);
    deepEqual(asked.ranges, [range(BOB.peer, 0, 3)]);
    node.advance(2000); // one second for each of the others
    serve(node, asked.stream, entries);
    equal(node.ledger(BOB.peer).length, 3);
  });

  it('of one branch do not keep out the other, which somebody else holds', () => {
    const { node } = pushedEarly(); // Bob's clock was ahead when he signed these, and was not when he signed that
    const other = authorEntry(authorOf(BOB), emptyHead(BOB.peer, 'ledger'), receipt(9), EPOCH_MS - DAY_MS);
    const [asked] = fetches(meet(node, CAROL, [{ origin: BOB.peer, size: 1, root: ROOT }]));
    ok(asked !== undefined);
    deepEqual(asked.ranges, [range(BOB.peer, 0, 1)]);
    const effects = serve(node, asked.stream, [other], CAROL);
    equal(node.ledger(BOB.peer).length, 1);
    deepEqual(
      fetches(effects).map(({ ranges }) => ranges),
      [[range(BOB.peer, 1, 3)]],
      'Bob claimed more, and what he has does not fit: so the fork is found',
    );
  });

  it('are asked for once of each who claims them, and then when their time has come', () => {
    const { node, entries } = pushedEarly();
    const [asked] = fetches(meet(node, CAROL, [{ origin: BOB.peer, size: 3, root: ROOT }]));
    ok(asked !== undefined);
    serve(node, asked.stream, entries, CAROL);
    node.run({ kind: 'stream_closed', stream: asked.stream, reason: 'aborted' });
    equal(node.ledger(BOB.peer).length, 0);
    deepEqual(wait(node, 59), []);
    equal(wait(node, 1).length, 1);
  });

  it('are taken at once when our clock is put right', () => {
    const { node, entries } = pushedEarly();
    node.wallMs += DAY_MS;
    const [asked] = wait(node, 1);
    ok(asked !== undefined);
    serve(node, asked.stream, entries);
    equal(node.ledger(BOB.peer).length, 3);
  });

  it('stay what they are when our clock goes back once more: nothing is lost, and nobody is blamed', () => {
    const { node, entries } = pushedEarly();
    node.wallMs -= DAY_MS;
    deepEqual(wait(node, 600), []);
    node.wallMs += 2 * DAY_MS;
    const [asked] = wait(node, 1);
    ok(asked !== undefined);
    serve(node, asked.stream, entries);
    equal(node.ledger(BOB.peer).length, 3);
    equal(node.state.standings.get(BOB.peer)?.points ?? 0, 0);
  });
});

describe('time: jumps of the clock', () => {
  for (const [what, ms] of [
    ['a day forward', DAY_MS],
    ['a day back', -DAY_MS],
  ] as const) {
    it(`${what}: heartbeats and frontiers come as before`, () => {
      const node = Harness.running();
      meet(node, BOB);
      node.wallMs += ms;
      let beats = 0;
      let asked = 0;
      for (let waitedMs = 0; waitedMs < 10 * HEARTBEAT_INTERVAL_MS_MAX; waitedMs += 1000) {
        const effects = node.tick(1000);
        beats += counters(effects).length;
        for (const { stream } of ofKind(effects, 'open')) {
          asked += 1;
          node.frame(stream, { kind: 'frontier', more: false, checkpoints: [] });
          node.run({ kind: 'stream_closed', stream, reason: 'done' });
        }
      }
      ok(beats >= 9, `${beats} heartbeats in ten of their longest intervals`);
      ok(asked >= (10 * HEARTBEAT_INTERVAL_MS_MAX) / (FRONTIER_INTERVAL_MS * 1.25) - 1, `${asked} frontiers`);
      ok(node.wakeMs > node.monoMs && node.wakeMs <= node.monoMs + HEARTBEAT_INTERVAL_MS_MAX);
    });
  }

  it('forward and back: what was written in between stays, and the node writes on, never back in time (R-22)', () => {
    const node = Harness.running();
    node.append(receipt(0));
    node.wallMs += DAY_MS;
    node.append(receipt(1));
    node.wallMs -= DAY_MS;
    const effects = node.append(receipt(2));
    ok(Array.isArray(only(effects, 'reply').result));
    equal(node.ledger(ALICE.peer).length, 3);
  });

  it('decides nothing of what is accepted: at whatever time it comes, a feed ends the same', () => {
    const entries = receipts(BOB, 3);
    const roots = [0, DAY_MS, 365 * DAY_MS].map((ms) => {
      const node = Harness.running();
      node.wallMs += ms;
      meet(node, BOB);
      node.gossip('entries', BOB, push(entries));
      return node.state.durable.root;
    });
    ok(roots.every((root) => equalBytes(root, roots[0] ?? new Uint8Array())));
    ok(!equalBytes(roots[0] ?? EMPTY_ROOT, EMPTY_ROOT));
  });
});

function minusOne(nonce: Uint8Array): Uint8Array {
  const less = Uint8Array.from(nonce);
  for (let i = less.length - 1; i >= 0; i--) {
    const byte = less[i] ?? 0;
    less[i] = (byte + 255) % 256;
    if (byte > 0) break;
  }
  return less;
}
