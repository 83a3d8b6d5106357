import assert from 'node:assert/strict';
import { readHeartbeat, type SignedHeartbeat } from '../../../src/core/sync/heartbeat.ts';
import { FAULTS } from '../../sim/faults/all.ts';
import { runSeed, type SeedOptions, type SeedResult } from '../../sim/simulation.ts';
import { RARE_PATHS } from '../../sim/world.ts';

/** Chance decides in which seed what is rare comes to pass. */
const SEEDS_MAX = 60;
/** Makes branches of one feed come into being, spread, and be certified or not. */
const BRANCHING = ['equivocator', 'drop', 'partition', 'crash', 'reorder'];
const ALL_KINDS = FAULTS.map(({ kind }) => kind);

function describeFailure({ seed, failure }: SeedResult): string {
  return failure === undefined ? '' : `seed ${seed} broke ${failure.invariant}: ${failure.message}`;
}

/** Writing to it throws from now on; its bytes cannot be frozen. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

describe('simulation', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`keeps every invariant with seed ${seed}`, () => {
      const result = runSeed({ seed, minutes: 1 });
      assert.equal(describeFailure(result), '');
      assert.ok(result.entries > 0, 'nothing was appended');
    });
  }

  it('keeps every invariant under every kind of fault at once, and each strikes there or nearly alone', () => {
    const fired = new Set<string>();
    const run = (options: Omit<SeedOptions, 'minutes'>): void => {
      const result = runSeed({ minutes: 3, ...options });
      assert.equal(describeFailure(result), '');
      for (const kind of result.fired.keys()) fired.add(kind);
    };
    for (const seed of [1, 2, 3]) run({ seed, nodes: 4, faults: ALL_KINDS });
    for (const { kind, amongHonest } of FAULTS) {
      const faults = amongHonest === true ? [kind] : [...BRANCHING, kind];
      for (let seed = 1; seed <= SEEDS_MAX && !fired.has(kind); seed++) run({ seed, faults });
    }
    assert.deepEqual(
      ALL_KINDS.filter((kind) => !fired.has(kind)),
      [],
    );
  });

  it('keeps every invariant when an origin signs several branches, and goes every rare path', () => {
    const untrodden = new Set(RARE_PATHS);
    for (let seed = 1; seed <= SEEDS_MAX && untrodden.size > 0; seed++) {
      // Every other seed changes its witnesses, the others meet damage on disks.
      const faults = [...BRANCHING, seed % 2 === 0 ? 'governance' : 'bit_flip'];
      const result = runSeed({ seed, minutes: 2, faults });
      assert.equal(describeFailure(result), '');
      for (const path of result.seen.keys()) untrodden.delete(path);
    }
    assert.deepEqual([...untrodden], []);
  });

  it('keeps every invariant with real signatures', () => {
    const result = runSeed({ seed: 8, nodes: 3, minutes: 1, realSignatures: true });
    assert.equal(describeFailure(result), '');
  });

  it('changes nothing of what all nodes share', () => {
    const shared: [Uint8Array, Uint8Array, SignedHeartbeat][] = [];
    const shown = (data: Uint8Array, heartbeat: SignedHeartbeat): void => {
      freeze(heartbeat);
      shared.push([data, Uint8Array.from(data), heartbeat]);
    };
    const result = runSeed({ seed: 12, minutes: 1, faults: ALL_KINDS, defects: { shown } });
    assert.equal(describeFailure(result), '');
    assert.ok(shared.length > 0);
    for (const [data, before, heartbeat] of shared) {
      assert.deepEqual(data, before);
      assert.deepEqual(heartbeat, readHeartbeat(before));
    }
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
