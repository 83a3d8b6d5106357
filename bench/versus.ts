/**
 * `--peers`: the same work by OrbitDB, Hypercore and negentropy, on the same machine in the same run, after ours; with more runs, turn by
 * turn. Each comparison is one object: our figure, the peer's, and their ratio (above 1: ours is better).
 */
import { TessraxError } from '../src/core/errors.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { peerAppend, peerCatchup, peerDelta, peerLatency, versionOf } from './peer-runs.ts';
import type { Measurement } from './report.ts';

/** A peer's run of one bench, given what we measured just before. */
export type PeerRun = (ours: readonly Measurement[], options: BenchOptions) => AsyncIterable<Measurement>;

const COMPARISONS: Readonly<Record<string, PeerRun>> = {
  append: peerAppend,
  catchup: peerCatchup,
  delta: peerDelta,
  latency: peerLatency,
};

/**
 * The bench with its peers behind it.
 *
 * @throws TessraxError `usage` when it has none, `peers_missing` when they are not installed
 */
export async function withPeers(bench: Bench): Promise<Bench> {
  const compare = COMPARISONS[bench.name];
  if (compare === undefined) {
    throw new TessraxError('usage', `the bench "${bench.name}" has no peers`, {
      remedy: `--peers goes with ${Object.keys(COMPARISONS).join(', ')}`,
    });
  }
  await requirePeers();
  return {
    ...bench,
    async *run(options) {
      const ours: Measurement[] = [];
      for await (const measurement of bench.run(options)) {
        ours.push(measurement);
        yield measurement;
      }
      yield* compare(ours, options);
    },
  };
}

async function requirePeers(): Promise<void> {
  try {
    await versionOf('hypercore');
  } catch (cause) {
    throw new TessraxError('peers_missing', 'what --peers compares with is not installed', {
      remedy: 'npm ci --prefix bench/peers (two minutes, 600 MB)',
      cause,
    });
  }
}
