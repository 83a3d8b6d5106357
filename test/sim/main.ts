/** `npm run sim`: runs seeds, and says which break an invariant. Exit 1 when one does, or when a kind of fault never struck. */
import { writeMutantTable } from './mutants/docs.ts';
import { readKnown, withResults, writeKnown } from './mutants/known.ts';
import { describeResult, describeTotal, isWrong, toJson } from './mutants/report.ts';
import { runMutants } from './mutants/run.ts';
import { MUTANTS } from './mutants/table.ts';
import { type RunOptions, readOptions, USAGE } from './options.ts';
import { runTasks } from './pool.ts';
import { readCounts, writeCounts } from './resume.ts';
import type { SeedTask } from './seed-task.ts';
import type { SeedResult } from './simulation.ts';
import { count, replayCommand, type Summary, summarize } from './summary.ts';

const PROGRESS_MS = 1000;

async function main(): Promise<number> {
  let options: RunOptions | 'help';
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (options.mutants) return mutate(options);
  const summary = await runAll(options);
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(describe(summary));
  return summary.failures.length > 0 || summary.faults_never_fired.length > 0 ? 1 : 0;
}

async function mutate({ firstSeed, seeds, only = '', json, known, record }: RunOptions): Promise<number> {
  const before = readKnown();
  // What comes first depends on which is done first: the report at the end does not.
  const results = await runMutants({
    mutants: MUTANTS.filter(({ name }) => name.includes(only)),
    firstSeed,
    seeds,
    ...(known ? { known: before } : {}),
    onResult: (result) => process.stderr.write(`${describeResult(result)}\n`),
  });
  if (record) {
    const after = withResults(before, results);
    writeKnown(after, MUTANTS);
    writeMutantTable(MUTANTS, after);
  }
  process.stdout.write(`${json ? toJson(results) : describeTotal(results)}\n`);
  return results.some(isWrong) ? 1 : 0;
}

async function runAll(options: RunOptions): Promise<Summary> {
  const counts = readCounts(options);
  let shownMs = performance.now();
  // One seed alone shows where time goes: it runs in this thread, for a profiler.
  await runTasks(tasksOf(options, counts.seeds), options.seeds === 1 ? 1 : options.jobs, (result) => {
    count(counts, result);
    if (result.failure !== undefined || options.seeds === 1) clearProgress();
    if (result.failure !== undefined) process.stderr.write(describeFailure(result, options));
    else if (options.seeds === 1 && !options.json) process.stdout.write(describeSeed(result));
    if (performance.now() - shownMs < PROGRESS_MS) return;
    shownMs = performance.now();
    writeCounts(options, counts);
    if (process.stderr.isTTY) process.stderr.write(`\r${counts.seeds} of ${options.seeds} seeds`);
  });
  clearProgress();
  writeCounts(options, counts);
  return summarize(counts, options);
}

function* tasksOf(options: RunOptions, done: number): Generator<SeedTask> {
  const { firstSeed, seeds, minutes, nodes, faults, twice, real } = options;
  for (let i = done; i < seeds; i++) {
    const realSignatures = i >= seeds - real;
    yield { seed: firstSeed + i, minutes, nodes, faults, realSignatures, twice: i < twice };
  }
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function describeFailure({ seed, failure, nodes }: SeedResult, options: RunOptions): string {
  if (failure === undefined) return '';
  return (
    `seed ${seed} (${nodes} nodes) broke "${failure.invariant}" at ${failure.atSeconds} s: ${failure.message}\n` +
    `  again: ${replayCommand(seed, options)}\n`
  );
}

function describeSeed({ seed, nodes, entries, steps, convergedSeconds, fired, trace }: SeedResult): string {
  const faults = [...fired].map(([kind, times]) => `${kind} ${times}`).join(', ');
  return (
    `seed ${seed}: ${nodes} nodes, ${entries} entries, ${steps} events, equal ${convergedSeconds} s after healing\n` +
    `  faults: ${faults === '' ? 'none' : faults}\n  trace ${trace}\n`
  );
}

function describe(summary: Summary): string {
  const faults = listing(summary.faults);
  const never =
    summary.faults_never_fired.length === 0 ? '' : `never struck: ${summary.faults_never_fired.join(', ')}\n`;
  return (
    `${summary.seeds} seeds, ${summary.nodes} nodes, ${summary.virtual_hours} virtual hours, ${summary.entries} entries, ` +
    `${summary.steps} events\nfaults: ${faults === '' ? 'none' : faults}\npaths: ${listing(summary.paths)}\n` +
    `equal at the latest ${summary.converged_seconds_max} s after healing\n${never}` +
    `${summary.failures.length === 0 ? 'every invariant held' : `${summary.failures.length} seeds failed`}\ntrace ${summary.trace}\n`
  );
}

function listing(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([kind, times]) => `${kind} ${times}`)
    .join(', ');
}

process.exitCode = await main();
