/** The table of mutants must fit the sources of today, and taking a guard away must be noticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FAULTS } from '../../sim/faults/all.ts';
import { TESTING, withMutantTable } from '../../sim/mutants/docs.ts';
import { readKnown, withResults } from '../../sim/mutants/known.ts';
import type { Mutant } from '../../sim/mutants/mutant.ts';
import { describeTotal, isWrong, markdown } from '../../sim/mutants/report.ts';
import { runMutants } from '../../sim/mutants/run.ts';
import { MUTANTS } from '../../sim/mutants/table.ts';
import { coreSource, mutate, placesOf } from '../../sim/mutants/workspace.ts';

const ADMISSION = 'ledger/admission.ts';

function mutantNamed(name: string): Mutant {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  assert.ok(found, `there is no mutant "${name}"`);
  return found;
}

describe('mutants', () => {
  for (const mutant of MUTANTS) {
    it(`finds the guard "${mutant.name}" exactly once`, () => {
      for (const place of placesOf(mutant)) {
        const source = coreSource(place.file);
        assert.notEqual(mutate(place, source), source);
      }
    });
  }

  it('refuse a text that is gone, and one that stands twice', () => {
    const mutant = { name: 'a test', file: ADMISSION, find: 'x', replace: '', faults: [], catches: [] };
    assert.throws(() => mutate(mutant, 'abc'), /stands 0 times/);
    assert.throws(() => mutate(mutant, 'x and x'), /stands 2 times/);
    assert.equal(mutate(mutant, 'one x'), 'one ');
  });

  it('have names of their own, faults that exist, and an invariant that may be expected', () => {
    assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
    const kinds = FAULTS.map(({ kind }) => kind);
    for (const { name, faults, catches } of MUTANTS) {
      assert.deepEqual(
        faults.filter((kind) => !kinds.includes(kind)),
        [],
        name,
      );
      assert.ok(catches.length > 0, name);
    }
  });

  it('are those of the table in docs/testing.md, each with what is written down of it', () => {
    const known = readKnown();
    assert.deepEqual(
      MUTANTS.filter(({ name, catches, equivalent }) => {
        const invariant = known.get(name)?.invariant;
        return equivalent === undefined
          ? invariant === undefined || !catches.includes(invariant)
          : invariant !== undefined;
      }).map(({ name }) => name),
      [],
    );
    assert.deepEqual(
      [...known.keys()],
      MUTANTS.map(({ name }) => name),
    );
    const document = readFileSync(TESTING, 'utf8');
    assert.equal(withMutantTable(document, MUTANTS, known), document);
  });

  it('are caught when run for real, one that changes nothing is not, and the report says so', async () => {
    const caught = mutantNamed("the sender's SYNC_EVENT is kept");
    const blank: Mutant = {
      name: 'nothing',
      file: ADMISSION,
      find: "{ kind: 'wait', reason: 'gap' };",
      replace: "{ kind: 'wait', reason: 'gap' };",
      faults: [],
      catches: ['validity'],
    };
    const options = { firstSeed: 1, seeds: 1, mutants: [caught, blank] };
    const results = await runMutants(options);
    assert.deepEqual(
      results.map((result) => [result.caught?.invariant, result.caught?.seed, isWrong(result)]),
      [
        ['auditability', 1, false],
        [undefined, undefined, true],
      ],
    );
    assert.equal(describeTotal(results), '2 mutants: 1 caught, 0 survive as declared, 1 not as declared');
    const table = markdown(options.mutants, withResults(new Map(), results));
    assert.match(table, /^\| the sender's SYNC_EVENT is kept \|.*\| `auditability` \| 1 \|$/m);
    assert.match(table, /^\| nothing \|.*\| — \| survives 1 seeds \|$/m);
  });
});
