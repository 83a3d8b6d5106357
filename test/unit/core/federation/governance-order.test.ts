/** Order does not matter, and what was reached stays: properties of the fold over made-up federations. */
import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { foldGovernance } from '../../../../src/core/federation/governance.ts';
import { slowGovernance } from '../../../reference/governance.ts';
import { Dice } from '../../../sim/dice.ts';
import { BALLOTS_MAX, inSlowWords, inventWorld, Reader, type World } from './governance-world.ts';

const seeds = fc.nat(0xffff_ffff);
const sizes = fc.integer({ min: 10, max: 100 });
const RUNS = { numRuns: 100 };

/** Lets all entries of a world arrive in an order that the dice give, and looks after every piece. */
function readInSomeOrder(world: World, dice: Dice, look: (reader: Reader) => void): Reader {
  const reader = new Reader(world);
  const origins = [...world.feeds.keys()];
  const pieces = dice.int(0, 60);
  for (let i = 0; i < pieces && origins.length > 0; i++) {
    reader.read(dice.pick(origins), dice.int(1, 4));
    look(reader);
  }
  reader.readAll();
  look(reader);
  return reader;
}

describe('governance: the order of arrival', () => {
  it('does not matter: any order of prefixes ends in the state of the fold from scratch', () => {
    fc.assert(
      fc.property(seeds, sizes, seeds, (making, size, arriving) => {
        const world = inventWorld(making, size);
        const whole = foldGovernance(world.genesis, world.feeds);
        const reader = readInSomeOrder(world, new Dice(arriving), () => undefined);
        deepEqual(reader.governance.state(), whole);
        const backwards = new Map([...world.feeds].reverse());
        deepEqual(foldGovernance(world.genesis, backwards), whole);
      }),
      RUNS,
    );
  });

  it('takes nothing back: epochs, their outcomes and votes only come to be more', () => {
    fc.assert(
      fc.property(seeds, sizes, seeds, (making, size, arriving) => {
        const world = inventWorld(making, size);
        let before = new Reader(world).governance.state();
        const witnesses: (readonly string[])[] = [[...new Reader(world).governance.witnesses(0)]];
        readInSomeOrder(world, new Dice(arriving), ({ governance }) => {
          const after = governance.state();
          ok(after.epoch >= before.epoch);
          before.history.forEach((outcome, i) => {
            const later = after.history[i];
            deepEqual({ ...later, votes: [] }, { ...outcome, votes: [] });
            for (const vote of outcome.votes) ok(later?.votes.some((other) => other.hash === vote.hash));
          });
          for (let epoch = 0; epoch <= governance.epoch; epoch++) {
            witnesses[epoch] ??= [...governance.witnesses(epoch)];
            deepEqual([...governance.witnesses(epoch)], witnesses[epoch]);
          }
          before = after;
        });
      }),
      RUNS,
    );
  });

  it('is that of the rules said over the whole set at once, at every fifth step', () => {
    fc.assert(
      fc.property(seeds, sizes, seeds, (making, size, arriving) => {
        const world = inventWorld(making, size);
        let steps = 0;
        readInSomeOrder(world, new Dice(arriving), (reader) => {
          if (++steps % 5 !== 0) return;
          deepEqual(inSlowWords(reader.governance.state()), slowGovernance(world.genesis, reader.feeds(), BALLOTS_MAX));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('was tried on worlds in which all of it happens', () => {
    const kinds = new Map<string, number>();
    const seen = (what: string, is: boolean): void => void kinds.set(what, (kinds.get(what) ?? 0) + (is ? 1 : 0));
    for (let seed = 0; seed < 100; seed++) {
      const world = inventWorld(seed, 100);
      const reader = new Reader(world);
      reader.readAll();
      const { epoch, history, ballots, proposals } = reader.governance.state();
      for (const kind of ['admit', 'remove', 'threshold', 'policy', 'decision']) {
        seen(
          kind,
          history.some(({ proposal }) => proposal.change.kind === kind),
        );
      }
      seen('three epochs', epoch >= 3);
      seen(
        'a later ballot',
        ballots.some(({ ballot }) => ballot > 0),
      );
      seen(
        'a ballot for one proposal only',
        ballots.some(({ only }) => only !== null),
      );
      seen(
        'a refused proposal',
        proposals.some(({ refusal }) => refusal !== null),
      );
      seen('a feed that waits', reader.waited > 0);
      seen(
        'a vote after the end',
        history.some(({ votes }, i) => votes.length > (i === 0 ? world.genesis.threshold : 3)),
      );
    }
    for (const [what, count] of kinds) ok(count >= 3, `${what}: ${count} of 100`);
  });
});
