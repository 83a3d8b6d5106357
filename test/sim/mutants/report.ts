/** What a run of the mutants comes to: as lines, as a table for docs/testing.md, as JSON. */
import type { MutantResult } from './run.ts';

export function describeResult({ mutant, seeds, caught, passedOver }: MutantResult): string {
  const over = passedOver.length === 0 ? '' : ` (seeds ${passedOver.join(', ')} broke, and prove nothing)`;
  if (caught !== undefined) {
    return `${mutant.name}: ${caught.invariant} at seed ${caught.seed}, after ${seeds}${over}`;
  }
  const reason = mutant.equivalent === undefined ? '' : `, as declared: ${mutant.equivalent}`;
  return `${mutant.name}: SURVIVED ${seeds} seeds${reason}${over}`;
}

/** A survivor that the table does not explain: the checkers are blind there. */
export function isMissed({ mutant, caught }: MutantResult): boolean {
  return caught === undefined && mutant.equivalent === undefined;
}

export function describeTotal(results: readonly MutantResult[]): string {
  const caught = results.filter((result) => result.caught !== undefined).length;
  const missed = results.filter(isMissed).length;
  return `${results.length} mutants: ${caught} caught, ${results.length - caught - missed} survive as declared, ${missed} missed`;
}

export function markdown(results: readonly MutantResult[]): string {
  const rows = results.map(({ mutant, seeds, caught }) => {
    const faults = mutant.faults.length === 0 ? 'none' : mutant.faults.join(', ');
    const by = caught === undefined ? '—' : `\`${caught.invariant}\``;
    const at = caught === undefined ? `survived ${seeds}` : `${caught.seed}`;
    return `| ${mutant.name} | \`${mutant.file}\` | ${faults} | ${by} | ${at} |`;
  });
  const survivors = results.filter(({ caught }) => caught === undefined);
  const reasons = survivors.map(({ mutant }) => `- ${mutant.name}: ${mutant.equivalent ?? 'NOT EXPLAINED'}`);
  return [
    '| taken away | in `src/core` | faults | caught by | at seed |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `${describeTotal(results)}.`,
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
    missed: results.filter(isMissed).map(({ mutant }) => mutant.name),
  });
}
