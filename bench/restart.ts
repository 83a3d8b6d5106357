/** Opening a large ledger in a fresh process. */
import { TessraxError } from '../src/core/errors.ts';
import type { Bench } from './bench.ts';
import { finish } from './catchup.ts';
import { Child, numberOf } from './child.ts';
import { rounded } from './report.ts';
import { withWorkspace } from './workspace.ts';

const ENTRIES = 1_000_000;
const OPENINGS = 3;

export const restart: Bench = {
  name: 'restart',
  summary: `a node opens a ledger of n = ${ENTRIES} entries in a fresh process, ${OPENINGS} times`,
  async *run({ n = ENTRIES }) {
    const measurements = await withWorkspace(1, async ({ members: [member], federation }) => {
      if (member === undefined) throw new TessraxError('bench_workspace', 'the workspace has no node');
      const { config } = member;
      await finish(new Child('builder', { config, federation: federation.id, entries: n }, { profile: undefined }));
      const results = [];
      for (let i = 0; i < OPENINGS; i++)
        results.push(await finish(new Child('opener', { config, entries: n }, { profile: undefined })));
      return results;
    });
    for (const result of measurements) {
      const openMs = numberOf(result, 'open_ms');
      yield {
        n,
        seconds: rounded(openMs / 1000, 3),
        unit: 'ms',
        entries: n,
        open_ms: rounded(openMs, 1),
        process_ms: rounded(numberOf(result, 'process_ms'), 1),
        rss_mb: rounded(numberOf(result, 'rss_mb')),
      };
    }
  },
};
