import assert from 'node:assert/strict';
import { FAULTS } from '../../sim/faults/all.ts';
import { runSeed, type SeedResult } from '../../sim/simulation.ts';

const ALL_KINDS = FAULTS.map(({ kind }) => kind);

function describeFailure({ seed, failure }: SeedResult): string {
  return failure === undefined ? '' : `seed ${seed} broke ${failure.invariant}: ${failure.message}`;
}

describe('simulation', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`keeps every invariant with seed ${seed}`, () => {
      const result = runSeed({ seed, minutes: 1 });
      assert.equal(describeFailure(result), '');
      assert.ok(result.entries > 0, 'nothing was appended');
    });
  }

  it('keeps every invariant under every kind of fault at once, and each strikes', () => {
    const result = runSeed({ seed: 7, nodes: 4, minutes: 4, faults: ALL_KINDS });
    assert.equal(describeFailure(result), '');
    assert.deepEqual(
      ALL_KINDS.filter((kind) => !result.fired.has(kind)),
      [],
    );
  });

  it('keeps every invariant with real signatures', () => {
    const result = runSeed({ seed: 8, nodes: 3, minutes: 1, realSignatures: true });
    assert.equal(describeFailure(result), '');
  });

  it('gives one trace for one seed', () => {
    const once = runSeed({ seed: 9, minutes: 1, faults: ALL_KINDS });
    const again = runSeed({ seed: 9, minutes: 1, faults: ALL_KINDS });
    assert.equal(again.trace, once.trace);
    assert.deepEqual(again.fired, once.fired);
    assert.equal(again.steps, once.steps);
  });

  it('gives another trace for another seed, and for another fault', () => {
    const faults = ['drop'];
    const traces = [
      runSeed({ seed: 10, nodes: 3, minutes: 1, faults }),
      runSeed({ seed: 11, nodes: 3, minutes: 1, faults }),
      runSeed({ seed: 10, nodes: 3, minutes: 1, faults: ['reorder'] }),
    ].map(({ trace }) => trace);
    assert.equal(new Set(traces).size, traces.length);
  });
});
