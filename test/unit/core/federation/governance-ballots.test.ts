/** Governance by example: when the next ballot opens, and what is kept. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { Governance } from '../../../../src/core/federation/governance.ts';
import {
  aheadRefusal,
  ballotFor,
  ballotToPropose,
  proposalRefusal,
} from '../../../../src/core/federation/governance-state.ts';
import type { Change, GovernanceState } from '../../../../src/core/federation/governance-types.ts';
import {
  GOVERNANCE_BALLOT_MAX,
  PROPOSALS_PER_WITNESS_MAX,
  PROPOSALS_PER_WRITER_MAX,
} from '../../../../src/core/limits.ts';
import { federationOf, peer, Reader, World } from './governance-world.ts';

const [ALICE, BOB, CAROL, DAVE, STRANGER, ZOE] = [peer(0), peer(1), peer(2), peer(3), peer(7), peer(8)];
const ADMIT: Change = { kind: 'admit', peer: ZOE, organisation: 'Zeta' };
const NOTE: Change = { kind: 'decision', title: 'We meet on Mondays' };
const UNKNOWN = 'ab'.repeat(32);

/** Four witnesses, of whom three decide. */
function four(): World {
  return new World(federationOf(4));
}

/** As it is when the witnesses have declared what was adopted. */
function stateOf(world: World): GovernanceState {
  return world.settled();
}

describe('governance: the next ballot (R-75)', () => {
  it('opens for anything when nothing can be adopted in the one before', () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    for (const voter of [CAROL]) world.vote(voter, admit);
    equal(stateOf(world).ballot, 1, 'Dave may yet make it three: open for the note alone');
    equal(stateOf(world).ballots[1]?.only, note);
    world.vote(DAVE, admit);
    deepEqual(
      stateOf(world).ballots.map(({ ballot, only }) => [ballot, only]),
      [[1, null]],
    );
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, admit, 'yes', 0, 1);
    equal(stateOf(world).history[0]?.proposal.hash, admit);
  });

  it('opens for what alone can still be adopted: a silent witness holds nothing up that the others agree on', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    world.vote(CAROL, note, 'no');
    const state = stateOf(world);
    deepEqual(
      [ALICE, DAVE, STRANGER].map((voter) => ballotFor(state, voter, note)),
      [1, 0, undefined],
    );
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, note, 'yes', 0, 1);
    equal(stateOf(world).epoch, 1);
    world.vote(DAVE, note);
    equal(stateOf(world).epoch, 1);
  });

  it('adopts no other there, however many vote for it, until the first one has failed', () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    world.vote(CAROL, note, 'no');
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, admit, 'yes', 0, 1);
    const state = stateOf(world);
    deepEqual([state.epoch, state.ballot], [0, 1]);
    deepEqual([ballotFor(state, DAVE, admit), state.ballots[1]?.remaining, state.ballots[1]?.only], [0, [DAVE], note]);
    const split = new World(world.genesis);
    for (const [origin, entries] of world.feeds) split.feeds.set(origin, [...entries]);
    world.vote(DAVE, note, 'yes');
    equal(stateOf(world).history[0]?.proposal.hash, note);
    split.vote(DAVE, note, 'no');
    equal(stateOf(split).history[0]?.proposal.hash, admit);
  });

  it('opens when witnesses have gone on to it: they cannot come back', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    world.vote(ALICE, note);
    for (const voter of [BOB, CAROL]) world.vote(voter, note, 'yes', 0, 1);
    deepEqual(
      stateOf(world).ballots.map(({ ballot, only }) => [ballot, only]),
      [
        [1, null],
        [2, note],
      ],
    );
    world.vote(ALICE, note, 'yes', 0, 1);
    equal(stateOf(world).epoch, 1);
  });

  it('is not held up by votes for what cannot be adopted', () => {
    const world = four();
    const refused = world.propose(ALICE, { kind: 'admit', peer: BOB, organisation: '' });
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, refused);
    const { epoch, ballots, proposals } = stateOf(world);
    deepEqual([epoch, proposals[0]?.refusal], [0, 'this peer is a witness already']);
    deepEqual(
      ballots.map(({ ballot, only }) => [ballot, only]),
      [[1, null]],
    );
    equal(ballotFor(stateOf(world), DAVE, refused), undefined);
  });

  it('opens as well when what has all votes turns out to be nothing that can be adopted', () => {
    const world = four();
    const reader = new Reader(world);
    const refused = world.propose(STRANGER, { kind: 'remove', peer: ZOE });
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, refused);
    for (const voter of [ALICE, BOB, CAROL]) reader.read(voter, 1);
    deepEqual(
      reader.governance.state().ballots.map(({ only }) => only),
      [null, refused],
    );
    reader.readAll();
    const { epoch, ballots } = reader.governance.state();
    deepEqual([epoch, ballots.map(({ ballot, only }) => [ballot, only])], [0, [[1, null]]]);
  });

  it('comes to an end with the last one', () => {
    const world = new World(federationOf(1));
    const note = world.propose(STRANGER, NOTE);
    world.vote(ALICE, note, 'no', 0, GOVERNANCE_BALLOT_MAX);
    deepEqual([stateOf(world).epoch, stateOf(world).ballot], [0, GOVERNANCE_BALLOT_MAX]);
  });
});

describe('governance: bounds (R-76)', () => {
  for (const [who, writer, max] of [
    ['a witness', ALICE, PROPOSALS_PER_WITNESS_MAX],
    ['another writer', STRANGER, PROPOSALS_PER_WRITER_MAX],
  ] as const) {
    it(`counts ${max} proposals of ${who} in an epoch, and as many in the next`, () => {
      const world = four();
      const hashes = Array.from({ length: max + 1 }, () => world.propose(writer, NOTE));
      deepEqual(new Set(stateOf(world).proposals.map(({ hash }) => hash)), new Set(hashes.slice(0, -1)));
      const last = hashes.at(-1) ?? '';
      for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, last);
      equal(stateOf(world).epoch, 0);
      world.vote(DAVE, last);
      const other = four();
      const proposals = Array.from({ length: max }, () => other.propose(writer, NOTE));
      for (const voter of [ALICE, BOB, CAROL]) other.vote(voter, proposals[0] ?? '');
      for (let i = 0; i < max; i++) other.propose(writer, NOTE, 1);
      deepEqual([stateOf(other).epoch, stateOf(other).proposals.length], [1, max]);
    });
  }

  it('keeps nothing of what is written for later: it asks for it again', () => {
    const world = four();
    const governance = new Governance(world.genesis);
    const entries = Array.from({ length: 50 }, (_, i) =>
      world.write(STRANGER, { action: 'proposal', epoch: 1 + i, ballot: 0, change: NOTE }),
    );
    deepEqual(
      entries.map((entry) => governance.take(entry)),
      entries.map(() => false),
    );
    deepEqual(governance.ready(), []);
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, note);
    for (const voter of [ALICE, BOB, CAROL]) world.declare(voter, note);
    for (const origin of [ALICE, BOB, CAROL]) for (const entry of world.feeds.get(origin) ?? []) governance.take(entry);
    deepEqual(governance.ready(), [{ origin: STRANGER, seq: 0 }]);
    equal(governance.state().proposals.length, 0);
    deepEqual(
      entries.map((entry) => governance.take(entry)),
      entries.map((_, i) => i === 0),
    );
    equal(governance.state().proposals.length, 1);
  });

  it('waits with entries for later ballots too', () => {
    const world = four();
    const governance = new Governance(world.genesis);
    equal(
      governance.take(world.write(ALICE, { action: 'vote', epoch: 0, ballot: 3, proposal: UNKNOWN, choice: 'no' })),
      false,
    );
    equal(governance.take(world.write(STRANGER, { action: 'proposal', epoch: 0, ballot: 1, change: NOTE })), false);
    deepEqual([governance.ballot, governance.state().proposals], [0, []]);
  });

  it('takes an entry once, however often it is given', () => {
    const world = four();
    world.propose(STRANGER, NOTE);
    const note = world.propose(STRANGER, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    const governance = new Governance(world.genesis);
    for (const entry of [...world.feeds.values()].flat())
      for (let i = 0; i < 3; i++) equal(governance.take(entry), true);
    const { epoch, proposals } = governance.state();
    deepEqual([epoch, proposals.length, proposals.find(({ hash }) => hash === note)?.yes], [0, 2, 2]);
  });
});

describe('governance: where to write', () => {
  it('a proposal goes where its writer may still vote, or to the newest ballot', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    world.vote(CAROL, note, 'no');
    const state = stateOf(world);
    deepEqual(
      [ALICE, DAVE, STRANGER].map((writer) => ballotToPropose(state, writer)),
      [1, 0, 1],
    );
  });

  it('nothing goes to what is not open yet', () => {
    const open = { epoch: 2, ballot: 3 };
    for (const [epoch, ballot] of [
      [0, 9],
      [2, 0],
      [2, 3],
    ] as const)
      equal(aheadRefusal({ epoch, ballot }, open), undefined);
    for (const [epoch, ballot] of [
      [2, 4],
      [3, 0],
      [9, 9],
    ] as const)
      match(aheadRefusal({ epoch, ballot }, open) ?? '', /is not open/);
  });

  it('a change is examined as it would be when proposed', () => {
    const state = stateOf(four());
    match(proposalRefusal(state, { kind: 'remove', peer: ZOE }) ?? '', /not a witness/);
    equal(proposalRefusal(state, ADMIT), undefined);
  });
});
