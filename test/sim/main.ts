/** `npm run sim`: runs seeds, and says which break an invariant. Exit 1 when one does, or when a kind of fault never struck. */
import { describeResult, describeTotal, isMissed, markdown, toJson } from './mutants/report.ts';
import { runMutants } from './mutants/run.ts';
import { MUTANTS } from './mutants/table.ts';
import { type RunOptions, readOptions, USAGE } from './options.ts';
import { runSeed, type SeedResult } from './simulation.ts';
import { replayCommand, type Summary, Tally } from './summary.ts';

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
  const summary = runAll(options);
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else process.stdout.write(describe(summary));
  return summary.failures.length > 0 || summary.faults_never_fired.length > 0 ? 1 : 0;
}

async function mutate({ firstSeed, seeds, only = '', json, markdown: asTable }: RunOptions): Promise<number> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(only));
  // What comes first depends on which is done first: the report at the end does not.
  const results = await runMutants({
    mutants,
    firstSeed,
    seeds,
    onResult: (result) => process.stderr.write(`${describeResult(result)}\n`),
  });
  if (json) process.stdout.write(`${toJson(results)}\n`);
  else if (asTable) process.stdout.write(markdown(results));
  else process.stdout.write(`${describeTotal(results)}\n`);
  return results.some(isMissed) ? 1 : 0;
}

function runAll(options: RunOptions): Summary {
  const tally = new Tally(options);
  let shownMs = performance.now();
  for (let i = 0; i < options.seeds; i++) {
    const result = runSeed({
      seed: options.firstSeed + i,
      minutes: options.minutes,
      realSignatures: options.realSignatures,
      ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
    });
    tally.add(result);
    if (result.failure !== undefined || options.seeds === 1) clearProgress();
    if (result.failure !== undefined) process.stderr.write(describeFailure(result, options));
    else if (options.seeds === 1 && !options.json) process.stdout.write(describeSeed(result));
    if (performance.now() - shownMs < PROGRESS_MS) continue;
    shownMs = performance.now();
    if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${options.seeds} seeds`);
  }
  clearProgress();
  return tally.finish();
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
