/** A long run writes down how far it came, and goes on from there when it is started again. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RunOptions } from './options.ts';
import { type Counts, noCounts } from './summary.ts';

interface Saved {
  readonly options: string;
  readonly counts: Counts;
}

/** What an earlier run with the same options wrote down, or nothing. Throws when the file is of another run. */
export function readCounts(options: RunOptions): Counts {
  if (options.resume === undefined) return noCounts();
  let text: string;
  try {
    text = readFileSync(options.resume, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return noCounts();
    throw error;
  }
  const saved: Saved = JSON.parse(text);
  if (saved.options !== identityOf(options))
    throw new Error(`--resume: ${options.resume} is of a run with other options: ${saved.options}`);
  return saved.counts;
}

/** Replaces the file as a whole. */
export function writeCounts(options: RunOptions, counts: Counts): void {
  if (options.resume === undefined) return;
  const saved: Saved = { options: identityOf(options), counts };
  const next = `${options.resume}.next`;
  writeFileSync(next, JSON.stringify(saved));
  renameSync(next, options.resume);
}

/** What decides what a run comes to. The number of seeds does not decide about the seeds before, unless the last ones are special. */
function identityOf({ firstSeed, seeds, nodes, minutes, faults, real, twice }: RunOptions): string {
  return JSON.stringify({ firstSeed, nodes, minutes, faults, twice, ...(real === 0 ? {} : { seeds, real }) });
}
