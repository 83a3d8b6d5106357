/** Governance by example: epochs, ballots, what counts and what does not. */
import { deepEqual, equal } from 'node:assert/strict';
import { foldGovernance, Governance } from '../../../../src/core/federation/governance.ts';
import { ballotFor } from '../../../../src/core/federation/governance-state.ts';
import type { Change, GovernanceState } from '../../../../src/core/federation/governance-types.ts';
import { GOVERNANCE_BALLOT_MAX, PROPOSALS_PER_WITNESS_MAX, PROPOSALS_PER_WRITER_MAX } from '../../../../src/core/limits.ts';
import { federationOf, peer, Reader, World } from './governance-world.ts';

const [ALICE, BOB, CAROL, DAVE, STRANGER, ZOE] = [peer(0), peer(1), peer(2), peer(3), peer(7), peer(8)];
const ADMIT: Change = { kind: 'admit', peer: ZOE, organisation: 'Zeta' };
const NOTE: Change = { kind: 'decision', title: 'We meet on Mondays' };
const UNKNOWN = 'ab'.repeat(32);

/** Four witnesses, of whom three decide. */
function four(): World {
  return new World(federationOf(4));
}

function stateOf({ genesis, feeds }: World): GovernanceState {
  return foldGovernance(genesis, feeds);
}

function adopt(world: World, change: Change, epoch: number): void {
  const { witnesses, needed } = stateOf(world);
  const proposal = world.propose(ALICE, change, epoch);
  for (const witness of witnesses.slice(0, needed)) world.vote(witness.peer, proposal, 'yes', epoch);
}

describe('governance: an epoch ends with what enough witnesses adopt (R-92)', () => {
  it('begins with the federation file', () => {
    const { epoch, witnesses, threshold, needed, ballot, history, proposals, policies } = stateOf(four());
    deepEqual({ epoch, threshold, needed, ballot, history, proposals, policies }, {
      epoch: 0, threshold: 3, needed: 3, ballot: 0, history: [], proposals: [], policies: [],
    });
    deepEqual(new Set(witnesses.map((witness) => witness.organisation)), new Set(['Org 0', 'Org 1', 'Org 2', 'Org 3']));
  });

  it('admits a witness, who votes from then on', () => {
    const world = four();
    const proposal = world.propose(STRANGER, ADMIT);
    for (const voter of [ALICE, BOB]) world.vote(voter, proposal);
    equal(stateOf(world).epoch, 0);
    const vote = world.vote(CAROL, proposal);
    const { epoch, witnesses, threshold, history } = stateOf(world);
    deepEqual([epoch, witnesses.length, threshold], [1, 5, 4]);
    equal(witnesses.find((witness) => witness.peer === ZOE)?.organisation, 'Zeta');
    deepEqual(history.map(({ proposal: { hash, origin }, votes, witnessCount }) => [hash, origin, votes.length, witnessCount]), [[proposal, STRANGER, 3, 5]]);
    equal(history[0]?.votes.find(({ witness }) => witness === CAROL)?.hash, vote);
    const next = world.propose(ZOE, NOTE, 1);
    for (const voter of [ZOE, ALICE, BOB, CAROL]) world.vote(voter, next, 'yes', 1);
    equal(stateOf(world).epoch, 2);
  });

  it('removes a witness, whose votes count no more', () => {
    const world = four();
    adopt(world, { kind: 'remove', peer: DAVE }, 0);
    const { witnesses, threshold } = stateOf(world);
    deepEqual([witnesses.length, threshold, witnesses.some((witness) => witness.peer === DAVE)], [3, 3, false]);
    const next = world.propose(ALICE, NOTE, 1);
    for (const voter of [ALICE, BOB, DAVE]) world.vote(voter, next, 'yes', 1);
    equal(stateOf(world).epoch, 1);
    world.vote(CAROL, next, 'yes', 1);
    equal(stateOf(world).epoch, 2);
  });

  it('changes the threshold, sets and takes back policies, and notes decisions', () => {
    const world = four();
    adopt(world, { kind: 'threshold', threshold: 4 }, 0);
    adopt(world, { kind: 'policy', name: 'retention', value: { days: 30 } }, 1);
    adopt(world, NOTE, 2);
    const { epoch, threshold, policies, decisions } = stateOf(world);
    deepEqual([epoch, threshold, policies], [3, 4, [{ name: 'retention', value: { days: 30 }, since: 2 }]]);
    deepEqual(decisions.map(({ proposal }) => proposal.change), [NOTE]);
    adopt(world, { kind: 'policy', name: 'retention', value: null }, 3);
    deepEqual(stateOf(world).policies, []);
  });

  it('says for every epoch who its witnesses were, and since when', () => {
    const world = four();
    adopt(world, NOTE, 0);
    adopt(world, ADMIT, 1);
    adopt(world, NOTE, 2);
    const reader = new Reader(world);
    reader.readAll();
    const { governance } = reader;
    deepEqual([0, 1, 2, 3, 4].map((epoch) => governance.witnesses(epoch).size), [4, 4, 5, 5, 0]);
    deepEqual([0, 1, 2, 3, 4].map((epoch) => governance.threshold(epoch)), [3, 3, 4, 4, Number.POSITIVE_INFINITY]);
    deepEqual([0, 1, 2, 3].map((epoch) => governance.electedIn(epoch)), [0, 0, 2, 2]);
  });

  it('needs more than the threshold where the file names one that is too low', () => {
    const world = new World(federationOf(4, 1));
    const proposal = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, proposal);
    deepEqual([stateOf(world).epoch, stateOf(world).threshold, stateOf(world).needed], [0, 1, 3]);
    world.vote(CAROL, proposal);
    equal(stateOf(world).epoch, 1);
  });
});

describe('governance: which votes count (R-93)', () => {
  it("a witness's first in a ballot, and no other", () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    world.vote(ALICE, note, 'no');
    world.vote(ALICE, note, 'yes');
    world.vote(ALICE, admit, 'yes');
    for (const voter of [BOB, CAROL]) world.vote(voter, note);
    const { epoch, proposals } = stateOf(world);
    equal(epoch, 0);
    deepEqual(proposals.find(({ hash }) => hash === note), { hash: note, origin: ALICE, ballot: 0, change: NOTE, refusal: null, yes: 2, no: 1 });
  });

  it("nobody else's", () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB, STRANGER, ZOE]) world.vote(voter, note);
    equal(stateOf(world).epoch, 0);
    equal(stateOf(world).proposals[0]?.yes, 2);
  });

  it('not those that go back to an earlier ballot', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    world.vote(CAROL, note, 'yes', 0, 1);
    world.vote(CAROL, note, 'yes', 0, 0);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    equal(stateOf(world).epoch, 0);
    deepEqual(stateOf(world).ballots[0]?.remaining, [DAVE]);
  });

  it('those for a proposal that arrives later, and those for the next epoch when it comes', () => {
    const world = four();
    const next = world.propose(STRANGER, NOTE, 1);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, next, 'yes', 1);
    equal(stateOf(world).epoch, 0);
    const early = new World(world.genesis);
    const proposal = early.propose(DAVE, ADMIT);
    for (const voter of [ALICE, BOB, CAROL]) {
      early.vote(voter, proposal);
      early.vote(voter, next, 'yes', 1);
    }
    early.vote(ZOE, next, 'yes', 1);
    const note = early.propose(STRANGER, NOTE, 1);
    equal(note, next);
    const reader = new Reader(early);
    for (const origin of [ZOE, ALICE, BOB, CAROL, DAVE]) reader.read(origin, 9);
    equal(reader.governance.epoch, 1);
    equal(reader.waited >= 3, true);
    reader.read(STRANGER, 9);
    equal(reader.governance.epoch, 2);
  });

  it('those for what was never proposed hold their place and adopt nothing', () => {
    const world = four();
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, UNKNOWN);
    deepEqual([stateOf(world).epoch, stateOf(world).ballot], [0, 0]);
  });

  it('those for a proposal of a later ballot adopt nothing before it', () => {
    const world = four();
    const later = world.propose(STRANGER, NOTE, 0, 1);
    for (const voter of [ALICE, BOB]) world.vote(voter, later, 'yes', 0, 0);
    for (const voter of [CAROL, DAVE]) world.vote(voter, UNKNOWN, 'no', 0, 0);
    equal(stateOf(world).ballot, 1);
    world.vote(ALICE, later, 'yes', 0, 1);
    world.vote(BOB, later, 'yes', 0, 1);
    world.vote(CAROL, later, 'yes', 0, 1);
    const { epoch, history } = stateOf(world);
    equal(epoch, 1);
    deepEqual(history[0]?.votes.map(({ ballot }) => ballot), [1, 1, 1]);
  });

  it('records of decisions decide nothing, wherever they say they stand', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB]) {
      world.vote(voter, note);
      world.write(voter, { action: 'decision', epoch: 5, ballot: 9, proposal: note });
    }
    equal(stateOf(world).epoch, 0);
    world.write(CAROL, { action: 'decision', epoch: 5, ballot: 9, proposal: note });
    world.vote(CAROL, note);
    equal(stateOf(world).epoch, 1);
  });

  it('late ones go on record and change nothing', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, note);
    const before = stateOf(world);
    world.vote(DAVE, note);
    world.vote(STRANGER, note);
    const { history, ...after } = stateOf(world);
    deepEqual(history[0]?.votes.map(({ witness }) => witness), [ALICE, BOB, CAROL, DAVE].sort());
    deepEqual({ ...after, decisions: [] }, { ...before, decisions: [], history: undefined, ...after });
  });
});

describe('governance: the next ballot (R-94)', () => {
  it('opens for anything when nothing can be adopted in the one before', () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    for (const voter of [CAROL]) world.vote(voter, admit);
    equal(stateOf(world).ballot, 1, 'Dave may yet make it three: open for the note alone');
    equal(stateOf(world).ballots[1]?.only, note);
    world.vote(DAVE, admit);
    deepEqual(stateOf(world).ballots.map(({ ballot, only }) => [ballot, only]), [[1, null]]);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, admit, 'yes', 0, 1);
    equal(stateOf(world).history[0]?.proposal.hash, admit);
  });

  it('opens for what alone can still be adopted: a silent witness holds nothing up that the others agree on', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    world.vote(CAROL, note, 'no');
    const state = stateOf(world);
    deepEqual([ALICE, DAVE, STRANGER].map((voter) => ballotFor(state, voter, note)), [1, 0, undefined]);
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
    equal(ballotFor(state, DAVE, admit), undefined);
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
    equal(stateOf(world).ballot, 1);
    world.vote(ALICE, note, 'yes', 0, 1);
    equal(stateOf(world).epoch, 1);
  });

  it('is not held up by votes for what cannot be adopted', () => {
    const world = four();
    const refused = world.propose(ALICE, { kind: 'admit', peer: BOB, organisation: '' });
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, refused);
    const { epoch, ballot, proposals } = stateOf(world);
    deepEqual([epoch, ballot, proposals[0]?.refusal], [0, 1, 'this peer is a witness already']);
    equal(ballotFor(stateOf(world), DAVE, refused), undefined);
  });

  it('comes to an end with the last one', () => {
    const world = new World(federationOf(1));
    const note = world.propose(STRANGER, NOTE);
    world.vote(ALICE, note, 'no', 0, GOVERNANCE_BALLOT_MAX);
    deepEqual([stateOf(world).epoch, stateOf(world).ballot], [0, GOVERNANCE_BALLOT_MAX]);
  });
});

describe('governance: bounds (R-95)', () => {
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
    const entries = Array.from({ length: 50 }, (_, i) => world.write(STRANGER, { action: 'proposal', epoch: 1 + i, ballot: 0, change: NOTE }));
    deepEqual(entries.map((entry) => governance.take(entry)), entries.map(() => false));
    deepEqual(governance.ready(), []);
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, note);
    for (const origin of [ALICE, BOB, CAROL]) for (const entry of world.feeds.get(origin) ?? []) governance.take(entry);
    deepEqual(governance.ready(), [{ origin: STRANGER, seq: 0 }]);
    equal(governance.state().proposals.length, 0);
    deepEqual(entries.map((entry) => governance.take(entry)), entries.map((_, i) => i === 0));
    equal(governance.state().proposals.length, 1);
  });

  it('takes an entry once, however often it is given', () => {
    const world = four();
    world.propose(STRANGER, NOTE);
    const note = world.propose(STRANGER, NOTE);
    for (const voter of [ALICE, BOB]) world.vote(voter, note);
    const governance = new Governance(world.genesis);
    for (let i = 0; i < 3; i++) for (const entries of world.feeds.values()) for (const entry of entries) equal(governance.take(entry), true);
    const { epoch, proposals } = governance.state();
    deepEqual([epoch, proposals.length, proposals.find(({ hash }) => hash === note)?.yes], [0, 2, 2]);
  });
});
