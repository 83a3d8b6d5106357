/** A witness whom no list of writers names: what it writes is taken wherever its admission is known, whatever came first. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { DAVE, decisionBytes, decisionOfEpoch } from '../../../../scripts/vectors/epochs.ts';
import { BinaryReader } from '../../../../src/core/binary.ts';
import { toHex } from '../../../../src/core/bytes.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import { EVERYONE } from '../../../../src/core/entry/types.ts';
import type { Draft } from '../../../../src/core/events.ts';
import { readDecision } from '../../../../src/core/federation/decision.ts';
import { forkPayload } from '../../../../src/core/ledger/fork.ts';
import { SEALS_IDLE_MAX } from '../../../../src/core/limits.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { readRunEntry } from '../../../../src/core/sync/statement.ts';
import { ALICE, BOB, CAROL, chain, FEDERATION, MALLORY, receipts, type TestKey } from '../fixtures.ts';
import { branch, forkAt } from '../forks.ts';
import { bannedFor, Harness, meet, ofKind, sent, statementOf } from './harness.ts';
import { Linked } from './linked.ts';

const ADMITTED = decisionBytes(decisionOfEpoch(0));
const RUNS = 25;
const LEFT = branch(DAVE, 4, 2, 'left');
const RIGHT = branch(DAVE, 4, 2, 'right');

function push(by: TestKey, entries: readonly Candidate[]): Uint8Array {
  const [event] = chain(by, [syncEventDraft(EVERYONE, [entries])], 'journal');
  if (event === undefined) throw new Error('there is an event');
  return encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(entries) });
}

function scarOf(one: readonly Candidate[], other: readonly Candidate[], seq: number): Draft {
  const body = {
    id: 'a fork',
    origin_event: 'somewhere',
    resolution: 'quarantine',
    summary: 'two branches',
    author: 'engine',
    verdict_hash: '00'.repeat(32),
    reviewers: [],
    payload: forkPayload(forkAt(seq, one, other), FEDERATION.id),
  };
  return { type: 'SCAR', body };
}

type Arrival = (node: Harness) => unknown;

const ARRIVALS: readonly Arrival[] = [
  (node) => node.gossip('entries', DAVE, push(DAVE, LEFT.slice(0, 2))),
  (node) => node.gossip('entries', DAVE, push(DAVE, LEFT.slice(2))),
  (node) => node.gossip('entries', DAVE, push(DAVE, RIGHT.slice(2))),
  (node) => node.gossip('entries', CAROL, push(CAROL, chain(CAROL, [scarOf(LEFT, RIGHT, 2)]))),
];

function agreed({ state }: Harness): string {
  const { root, heads } = state.durable;
  const sizes = [...heads.values()].map(({ origin, size }) => [origin, size]).sort();
  const seals = [...state.seals.values()].map(({ proof }) => [proof.origin, proof.seq]);
  return JSON.stringify([toHex(root), sizes, seals, state.epochs.epoch]);
}

describe('an admitted witness (R-26)', () => {
  it('is not asked for what it writes, nor blamed, before the decision is known; and asked for it then', () => {
    const node = Harness.running(ALICE);
    const entries = receipts(DAVE, 2);
    const before = [
      ...node.gossip('entries', DAVE, push(DAVE, entries)),
      ...meet(node, DAVE, [{ origin: DAVE.peer, size: 2, root: new Uint8Array(32) }]),
    ];
    equal(bannedFor(before), undefined);
    deepEqual(sent(before), []);
    const knowing = Harness.running(ALICE, { decisions: [ADMITTED] });
    const after = meet(knowing, DAVE, [{ origin: DAVE.peer, size: 2, root: new Uint8Array(32) }]);
    ok(sent(after).some(({ kind }) => kind === 'ranges_request'));
    knowing.gossip('entries', DAVE, push(DAVE, entries));
    equal(knowing.ledger(DAVE.peer).length, 2);
  });

  it('writes itself from then on', () => {
    const reply = (node: Harness) =>
      ofKind(node.append({ type: 'RECEIPT', body: { payload: {} } }), 'reply')[0]?.result;
    ok(reply(Harness.running(DAVE)) instanceof Error);
    ok(Array.isArray(reply(Harness.running(DAVE, { decisions: [ADMITTED] }))));
  });

  it('does not write over what it wrote, when its folder has lost the decision too: its own feed is asked for all the same', () => {
    const node = Harness.running(DAVE, { rejoin: 'untrusted' });
    meet(node, BOB, [{ origin: DAVE.peer, size: 2, root: new Uint8Array(32) }]);
    equal(node.state.rejoin.open, false);
  });

  it('forked before it was admitted: a scar counts whether it came before the decision or after', () => {
    const scar = push(CAROL, chain(CAROL, [scarOf(LEFT, RIGHT, 2)]));
    const node = Harness.running(ALICE);
    node.gossip('entries', CAROL, scar);
    deepEqual(
      [...node.seals.values()].map(({ proof, scarred }) => [proof.origin, proof.seq, scarred]),
      [[DAVE.peer, 2, true]],
    );
    equal(node.ledger(ALICE.peer).length, 0, 'it is recorded once');
  });

  it('said of another that it is not to be trusted: that is told on the topic when it counts, as nobody listened before', () => {
    const draft = { type: 'REVOCATION', body: { target: MALLORY.peer, reason: 'its key was stolen' } };
    const statements = chain(DAVE, [draft]).map((entry) => ({
      target: MALLORY.peer,
      statement: { ...statementOf(entry), entry: readRunEntry(new BinaryReader(entry.bytes)) },
    }));
    const node = Harness.running(ALICE, { revocations: statements });
    const [open] = ofKind(node.connect(BOB), 'open');
    ok(open !== undefined);
    const decisions = [readDecision(new BinaryReader(ADMITTED))];
    const effects = node.frame(open.stream, { kind: 'frontier', more: false, checkpoints: [], decisions });
    equal(node.state.epochs.epoch, 1);
    deepEqual(
      ofKind(effects, 'publish').map(({ topic }) => topic),
      ['revocations'],
    );
  });

  it('is one of few: forks of nodes that never become writers take bounded room', () => {
    const node = Harness.running(ALICE);
    const [proof] = [forkAt(2, LEFT, RIGHT)];
    for (let i = 0; i < SEALS_IDLE_MAX; i++) {
      const origin = `stranger ${i}`;
      node.state.seals.set(origin, { ...EMPTY_SEAL, proof: { ...proof, origin } });
    }
    node.gossip('entries', CAROL, push(CAROL, chain(CAROL, [scarOf(LEFT, RIGHT, 2)])));
    equal(node.state.seals.has(DAVE.peer), false);
    equal(node.state.seals.size, SEALS_IDLE_MAX);
  });

  it('is shown to fork by a stranger, who may not fill that room', () => {
    const node = Harness.running(ALICE);
    const proof = forkAt(2, LEFT, RIGHT);
    const ranges = [{ origin: DAVE.peer, from: 0, to: 4 }];
    const request = {
      kind: 'ranges_request',
      federation: FEDERATION.id,
      log: 'ledger',
      ranges,
      seals: [proof],
    } as const;
    node.frame(node.inbound(MALLORY), request);
    equal(node.state.seals.size, 0);
  });

  it('has one feed everywhere, whatever of it came in which order, before or after the decision', () => {
    const order = fc.shuffledSubarray([...ARRIVALS]);
    fc.assert(
      fc.property(order, order, order, fc.nat(2), (one, two, three, knows) => {
        const nodes = [ALICE, BOB, CAROL].map((key, i) =>
          Harness.running(key, i === knows ? { decisions: [ADMITTED] } : {}),
        );
        [one, two, three].forEach((arrivals, i) => {
          const node = nodes[i];
          if (node !== undefined) for (const arrive of arrivals) arrive(node);
        });
        const states = (): string[] => nodes.map(agreed);
        ok(
          new Linked(nodes).runUntil(
            () => new Set(states()).size === 1 && nodes.every(({ state }) => state.epochs.epoch === 1),
          ),
          states().join('\n'),
        );
      }),
      { numRuns: RUNS },
    );
  });
});

const EMPTY_SEAL = {
  certificate: undefined,
  scarred: true,
  found: false,
  sealedMs: 0,
  settled: true,
  proved: 0,
  reading: undefined,
  renewed: undefined,
};
