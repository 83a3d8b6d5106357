/** What a run of the mutants comes to: as lines, as JSON, and as the table of docs/testing.md. */
import type { KnownMutants } from './known.ts';
import type { Mutant } from './mutant.ts';
import type { MutantResult } from './run.ts';

export function describeResult(result: MutantResult): string {
  const { mutant, seeds, caught, passedOver } = result;
  const over = passedOver.length === 0 ? '' : ` (seeds ${passedOver.join(', ')} broke, and prove nothing)`;
  const wrong = isWrong(result) ? ', DECLARED TO SURVIVE' : '';
  if (caught !== undefined) {
    return `${mutant.name}: ${caught.invariant} at seed ${caught.seed}, after ${seeds}${wrong}${over}`;
  }
  const reason = mutant.equivalent === undefined ? '' : `, as declared: ${mutant.equivalent}`;
  return `${mutant.name}: SURVIVED ${seeds} seeds${reason}${over}`;
}

/** Not as the table says: a survivor that it does not explain, where the checkers are blind; or one caught whose survival it explains. */
export function isWrong({ mutant, caught }: MutantResult): boolean {
  return (caught === undefined) === (mutant.equivalent === undefined);
}

export function describeTotal(results: readonly MutantResult[]): string {
  const wrong = results.filter(isWrong).length;
  const survivors = results.filter((result) => result.caught === undefined && !isWrong(result)).length;
  return `${results.length} mutants: ${results.length - wrong - survivors} caught, ${survivors} survive as declared, ${wrong} not as declared`;
}

export function markdown(mutants: readonly Mutant[], known: KnownMutants): string {
  const rows = mutants.map((mutant) => {
    const { invariant, seed } = known.get(mutant.name) ?? { invariant: undefined, seed: 0 };
    const faults = mutant.faults.length === 0 ? 'none' : mutant.faults.join(', ');
    const by = invariant === undefined ? '—' : `\`${invariant}\``;
    const at = invariant === undefined ? `survives ${seed} seeds` : `${seed}`;
    return `| ${mutant.name} | \`${mutant.file}\` | ${faults} | ${by} | ${at} |`;
  });
  const reasons = mutants.flatMap(({ name, equivalent }) =>
    equivalent === undefined ? [] : [`- ${name}: ${equivalent}`],
  );
  return [
    '| taken away | in `src/core` | faults | caught by | at seed |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(reasons.length === 0 ? [] : ['', 'Why those that survive may:', '', ...reasons]),
    '',
  ].join('\n');
}

/** One object; the same for the same sources and options. */
export function toJson(results: readonly MutantResult[]): string {
  return JSON.stringify({
    mutants: results.map(({ mutant, seeds, caught, passedOver }) => ({
      name: mutant.name,
      file: mutant.file,
      faults: mutant.faults,
      seeds,
      caught: caught === undefined ? null : { invariant: caught.invariant, seed: caught.seed },
      equivalent: mutant.equivalent ?? null,
      proved_nothing: passedOver,
    })),
    not_as_declared: results.filter(isWrong).map(({ mutant }) => mutant.name),
  });
}
