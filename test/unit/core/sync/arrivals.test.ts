/** Entries, votes, fork proofs and revocations in any order: what two nodes were told makes no difference once they have met. */
import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../../../src/core/bytes.ts';
import type { Candidate } from '../../../../src/core/entry/examine.ts';
import { EVERYONE } from '../../../../src/core/entry/types.ts';
import type { Draft } from '../../../../src/core/events.ts';
import { draftFederation, readFederation } from '../../../../src/core/federation/genesis.ts';
import { forkProof } from '../../../../src/core/ledger/fork.ts';
import { isRevocation } from '../../../../src/core/ledger/seal-reason.ts';
import { runOf, syncEventDraft } from '../../../../src/core/sync/delta.ts';
import { signHeartbeat } from '../../../../src/core/sync/heartbeat.ts';
import { encodeMessage } from '../../../../src/core/sync/messages.ts';
import { ALICE, BOB, CAROL, chain, type TestKey, testKey } from '../fixtures.ts';
import { at, checkpointOfEntries, headerOf, heartbeatDraft } from '../forks.ts';
import { Harness, statementOf } from './harness.ts';
import { Linked } from './linked.ts';

const DAVE = testKey(4);
/** Three of four: one of them may be anything, and Carol is. */
const FOUR = readFederation(
  draftFederation({
    name: 'Four',
    witnesses: [ALICE, BOB, CAROL, DAVE].map(({ peer }) => ({ peer, organisation: '' })),
  }),
);
/** More were run when it was written: 800. */
const RUNS = 25;
const FORK_SEQ = 2;
const REVOKED: Draft = { type: 'REVOCATION', body: { target: CAROL.peer, reason: 'she signs two branches' } };

function branch(name: string): Candidate[] {
  const labels = Array.from({ length: 5 }, (_, n) => (n < FORK_SEQ ? '' : name));
  const drafts = labels.map((label, n) => ({ type: 'RECEIPT', body: { payload: { n, label } } }));
  return chain(CAROL, drafts, 'ledger', FOUR);
}
const LEFT = branch('left');
const RIGHT = branch('right');

/** What may come to a node, and how it comes. */
type Arrival = (node: Harness) => unknown;

function push(by: TestKey, entries: readonly Candidate[]): Arrival {
  const [event] = chain(by, [syncEventDraft(EVERYONE, [entries])], 'journal', FOUR);
  if (event === undefined) throw new Error('there is an event');
  const data = encodeMessage({ kind: 'delta', event: statementOf(event), runs: runOf(entries) });
  return (node) => node.gossip('entries', by, data);
}

let counter = 1;

function vote(by: TestKey, entries: readonly Candidate[], size: number): Arrival {
  const checkpoints = [checkpointOfEntries(entries, size)];
  return (node) => {
    const draft = heartbeatDraft(by, checkpoints, { federation: FOUR.id, counter: counter++ });
    return node.gossip('heartbeat', by, signHeartbeat(draft, by.sign));
  };
}

const accusation: Arrival = (node) => {
  const entry = at(LEFT, FORK_SEQ);
  const proof = forkProof(entry, headerOf(entry), headerOf(at(RIGHT, FORK_SEQ)), FOUR.id);
  const ranges = [{ origin: CAROL.peer, from: FORK_SEQ, to: FORK_SEQ + 1 }];
  const seals = proof === undefined ? [] : [proof];
  return node.frame(node.inbound(DAVE), { kind: 'ranges_request', federation: FOUR.id, log: 'ledger', ranges, seals });
};

const ARRIVALS: readonly Arrival[] = [
  push(CAROL, LEFT.slice(0, 2)),
  push(CAROL, LEFT.slice(2, 4)),
  push(CAROL, LEFT.slice(4)),
  push(CAROL, RIGHT.slice(2, 4)),
  vote(CAROL, LEFT, 2),
  vote(CAROL, LEFT, 4),
  vote(CAROL, RIGHT, 4),
  (node) => node.tick(100), // its own vote, for what it holds just then
  accusation,
  (node) => node.append(REVOKED),
];

/** What honest nodes must agree on in the end. */
function agreed({ state }: Harness): object {
  const { root, height, heads, certified } = state.durable;
  return {
    root: toHex(root),
    height,
    heads: [...heads.values()].map(({ origin, size, hash }) => [origin, size, toHex(hash)]).sort(),
    certified: [...certified].filter(([, size]) => size > 0).sort(),
    revoked: [...state.seals.values()].filter(({ proof }) => isRevocation(proof)).map(({ proof }) => proof.origin),
  };
}

/** Whether all that a node holds is final: three of four witnesses are honest, and hold the same. */
function isFinal({ state }: Harness): boolean {
  return [...state.durable.heads.values()].every(({ origin, size }) => state.durable.certified.get(origin) === size);
}

describe('arrivals: entries, votes, fork proofs and revocations', () => {
  it('of any permutation of any subset, another at each node, end in one state, all of it final', () => {
    const order = fc.shuffledSubarray([...ARRIVALS]);
    let apart = 0;
    fc.assert(
      fc.property(order, order, order, (...orders) => {
        const nodes = [ALICE, BOB, DAVE].map((key) => Harness.running(key, { federation: FOUR }));
        nodes.forEach((node, i) => {
          for (const arrive of orders[i] ?? []) arrive(node);
        });
        const states = (): string[] => nodes.map((node) => JSON.stringify(agreed(node)));
        const areEqual = (): boolean => new Set(states()).size === 1;
        if (!areEqual()) apart++;
        ok(
          new Linked(nodes).runUntil(() => nodes.every(isFinal) && areEqual()),
          states().join('\n'),
        );
      }),
      { numRuns: RUNS },
    );
    ok(apart > RUNS / 2, `${apart} of ${RUNS} were apart before they met`);
  });
});
