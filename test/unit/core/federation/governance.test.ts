/** Governance by example: epochs, ballots, what counts and what does not. */
import { deepEqual, equal } from 'node:assert/strict';
import { foldGovernance } from '../../../../src/core/federation/governance.ts';
import type { Change, GovernanceState } from '../../../../src/core/federation/governance-types.ts';
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

function adopt(world: World, change: Change, epoch: number): void {
  const { witnesses, needed } = stateOf(world);
  const proposal = world.propose(ALICE, change, epoch);
  for (const witness of witnesses.slice(0, needed)) world.vote(witness.peer, proposal, 'yes', epoch);
  equal(stateOf(world).epoch, epoch + 1);
}

describe('governance: an epoch ends with what enough witnesses adopt (R-73)', () => {
  it('begins with the federation file', () => {
    const { epoch, witnesses, threshold, needed, ballot, history, proposals, policies } = stateOf(four());
    deepEqual(
      { epoch, threshold, needed, ballot, history, proposals, policies },
      {
        epoch: 0,
        threshold: 3,
        needed: 3,
        ballot: 0,
        history: [],
        proposals: [],
        policies: [],
      },
    );
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
    deepEqual(
      history.map(({ proposal: { hash, origin }, votes, witnessCount }) => [hash, origin, votes.length, witnessCount]),
      [[proposal, STRANGER, 3, 5]],
    );
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
    deepEqual(
      decisions.map(({ proposal }) => proposal.change),
      [NOTE],
    );
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
    deepEqual(
      [0, 1, 2, 3, 4].map((epoch) => governance.witnesses(epoch).size),
      [4, 4, 5, 5, 0],
    );
    deepEqual(
      [0, 1, 2, 3, 4].map((epoch) => governance.threshold(epoch)),
      [3, 3, 4, 4, Number.POSITIVE_INFINITY],
    );
    deepEqual(
      [0, 1, 2, 3].map((epoch) => governance.electedIn(epoch)),
      [0, 0, 2, 2],
    );
  });

  it('knows a new electorate by its witnesses, also when the threshold stays', () => {
    const world = new World(federationOf(3));
    adopt(world, ADMIT, 0);
    const reader = new Reader(world);
    reader.readAll();
    const { governance } = reader;
    deepEqual(
      [0, 1].map((epoch) => [
        governance.electedIn(epoch),
        governance.witnesses(epoch).size,
        governance.threshold(epoch),
      ]),
      [
        [0, 3, 3],
        [1, 4, 3],
      ],
    );
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

describe('governance: which votes count (R-74)', () => {
  it("a witness's first in a ballot, and no other", () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    world.vote(ALICE, note, 'no');
    world.vote(ALICE, note, 'yes');
    world.vote(ALICE, admit, 'yes');
    for (const voter of [BOB, CAROL]) world.vote(voter, note);
    const { epoch, proposals } = stateOf(world);
    equal(epoch, 0);
    deepEqual(
      proposals.find(({ hash }) => hash === note),
      { hash: note, origin: ALICE, ballot: 0, change: NOTE, refusal: null, yes: 2, no: 1 },
    );
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
      early.declare(voter, proposal);
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
    equal(reader.governance.adopted?.proposal, next);
  });

  it('those for what was never proposed hold their place and adopt nothing', () => {
    const world = four();
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, UNKNOWN);
    deepEqual([stateOf(world).epoch, stateOf(world).ballots.map(({ only }) => only)], [0, [null, UNKNOWN]]);
  });

  it('those for a proposal of a later ballot adopt nothing before it', () => {
    const world = four();
    const later = world.propose(STRANGER, NOTE, 0, 1);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, later, 'yes', 0, 0);
    deepEqual([stateOf(world).epoch, stateOf(world).ballot], [0, 1]);
    world.vote(ALICE, later, 'yes', 0, 1);
    world.vote(BOB, later, 'yes', 0, 1);
    world.vote(CAROL, later, 'yes', 0, 1);
    const { epoch, history } = stateOf(world);
    equal(epoch, 1);
    deepEqual(
      history[0]?.votes.map(({ ballot }) => ballot),
      [1, 1, 1],
    );
  });

  it('late ones go on record and change nothing', () => {
    const world = four();
    const note = world.propose(ALICE, NOTE);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, note);
    const before = stateOf(world);
    world.vote(DAVE, note);
    world.vote(STRANGER, note);
    const after = stateOf(world);
    deepEqual(
      after.history[0]?.votes.map(({ witness }) => witness),
      [ALICE, BOB, CAROL, DAVE].sort(),
    );
    deepEqual({ ...after, history: [], decisions: [] }, { ...before, history: [], decisions: [] });
  });
});

describe('governance: declarations (R-76)', () => {
  /** Four witnesses, three of whom have adopted the admission of Zoe. */
  function adopted(): { readonly world: World; readonly admit: string } {
    const world = four();
    const admit = world.propose(ALICE, ADMIT);
    for (const voter of [ALICE, BOB, CAROL]) world.vote(voter, admit);
    return { world, admit };
  }

  function foldOf({ genesis, feeds }: World): GovernanceState {
    return foldGovernance(genesis, feeds);
  }

  it('end the epoch, when as many witnesses have declared what was adopted as it needed votes', () => {
    const { world, admit } = adopted();
    for (const [declared, witness] of [DAVE, CAROL, BOB].entries()) {
      deepEqual([foldOf(world).epoch, foldOf(world).adopted], [0, { proposal: admit, ballot: 0, declared }]);
      world.declare(witness, admit);
    }
    deepEqual([foldOf(world).epoch, foldOf(world).adopted, foldOf(world).witnesses.length], [1, null, 5]);
  });

  it('prove it: their places are the evidence', () => {
    const { world, admit } = adopted();
    const hashes = [BOB, CAROL, DAVE].map((witness) => world.declare(witness, admit));
    const reader = new Reader(world);
    reader.readAll();
    deepEqual(
      reader.governance.evidence(0)?.declarations.map(({ hash }) => hash),
      hashes,
    );
  });

  it('count for who lacks the votes too: an honest witness has seen them', () => {
    const { world, admit } = adopted();
    const told = new World(world.genesis);
    told.propose(ALICE, ADMIT);
    for (const witness of [BOB, CAROL, DAVE]) told.declare(witness, admit);
    deepEqual([foldOf(told).epoch, foldOf(told).history[0]?.votes], [1, []]);
  });

  it('decide nothing of what is not known', () => {
    const world = four();
    for (const witness of [ALICE, BOB, CAROL, DAVE]) world.declare(witness, UNKNOWN);
    equal(foldOf(world).epoch, 0);
  });

  it("are a witness's first, and no other's", () => {
    const { world, admit } = adopted();
    world.declare(ALICE, UNKNOWN);
    for (const who of [ALICE, BOB, CAROL, STRANGER, ZOE]) world.declare(who, admit);
    deepEqual([foldOf(world).epoch, foldOf(world).adopted?.declared], [0, 2]);
  });

  it('wait for their epoch, and say nothing of one that is over', () => {
    const { world, admit } = adopted();
    world.declare(BOB, admit, 1);
    world.declare(BOB, admit, 0);
    for (const witness of [ALICE, CAROL]) world.declare(witness, admit);
    deepEqual([foldOf(world).epoch, foldOf(world).adopted?.declared], [0, 2]);
    world.declare(DAVE, admit);
    deepEqual([foldOf(world).epoch, foldOf(world).adopted], [1, null]);
  });

  it('stand behind votes in later ballots, which decide nothing any more', () => {
    const world = four();
    const admit = world.propose(ALICE, ADMIT);
    for (const voter of [ALICE, BOB]) world.vote(voter, admit);
    world.vote(DAVE, admit, 'no');
    for (const voter of [ALICE, BOB]) world.vote(voter, admit, 'yes', 0, 1);
    world.vote(CAROL, admit);
    for (const witness of [ALICE, BOB, CAROL]) world.declare(witness, admit);
    equal(foldOf(world).epoch, 1);
  });

  it('stand against a witness that signs votes for two: the yes votes of a ballot are no proof', () => {
    const world = four();
    const [note, admit] = [world.propose(ALICE, NOTE), world.propose(BOB, ADMIT)];
    world.vote(ALICE, note);
    world.vote(BOB, admit);
    for (const either of [note, admit]) world.vote(DAVE, either);
    // The note alone can be adopted, as far as is known: Carol's vote for the other comes too late for that.
    world.vote(ALICE, note, 'yes', 0, 1);
    world.vote(CAROL, admit);
    for (const voter of [CAROL, DAVE]) world.vote(voter, note, 'yes', 0, 1);
    const state = foldOf(world);
    deepEqual([state.epoch, state.adopted?.proposal], [0, note]);
    equal(stateOf(world).history[0]?.proposal.hash, note);
  });
});
