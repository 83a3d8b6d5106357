/** Opens a ledger that another process wrote: what a node needs before its first step, then the whole node. */
import { startNode } from '../../src/compose.ts';
import type { Config } from '../../src/config.ts';
import { TessraxError } from '../../src/core/errors.ts';
import { quietLog } from '../workspace.ts';
import { fail, readArgument, tell } from './parent.ts';

interface Argument {
  readonly config: Config;
  readonly entries: number;
}

async function main(): Promise<void> {
  const { config, entries } = readArgument<Argument>();
  const started = performance.now();
  const node = await startNode(config, quietLog);
  const openMs = performance.now() - started;
  const { height } = node.handle.status();
  if (height !== entries) throw new TessraxError('bench_height', `the node opened ${height} entries, not ${entries}`);
  tell('done', { open_ms: openMs, process_ms: performance.now(), rss_mb: process.resourceUsage().maxRSS / 1024 });
  await node.stop();
  process.disconnect();
}

await main().catch(fail);
