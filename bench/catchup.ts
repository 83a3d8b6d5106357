/** A fresh node fetches, verifies and durably appends a whole ledger from one peer: two processes, real TCP. */
import { join } from 'node:path';
import { TessraxError } from '../src/core/errors.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { Child, type Fields, numberOf, textOf } from './child.ts';
import { BODY_BYTES } from './receipts.ts';
import { type Measurement, rounded } from './report.ts';
import { type Member, type Workspace, withWorkspace } from './workspace.ts';

const ENTRIES = 100_000;

export const catchup: Bench = {
  name: 'catchup',
  summary: `a fresh node fetches n = ${ENTRIES} receipts from one peer over TCP, two processes`,
  async *run(options) {
    yield await withWorkspace(2, (workspace) => measure(workspace, options.n ?? ENTRIES, options));
  },
};

async function measure(workspace: Workspace, n: number, { profile }: BenchOptions): Promise<Measurement> {
  const [provider, fetcher] = workspace.members;
  if (provider === undefined || fetcher === undefined)
    throw new TessraxError('bench_workspace', 'the workspace has no two nodes');
  await finish(
    new Child(
      'builder',
      { config: provider.config, federation: workspace.federation.id, entries: n },
      { profile: undefined },
    ),
  );
  const ceiling = await measureCeiling(workspace, provider, n);
  const result = await fetchAll(provider, fetcher, n, profile);
  const seconds = numberOf(result, 'seconds');
  const rate = n / seconds;
  const ceilingRate = n / numberOf(ceiling, 'seconds');
  return {
    n,
    seconds: rounded(seconds, 3),
    rate: rounded(rate),
    unit: 'receipts/s',
    body_bytes: BODY_BYTES,
    ceiling_rate: rounded(ceilingRate),
    ratio_to_ceiling: rounded(rate / ceilingRate, 3),
    wire_bytes_per_receipt: rounded(numberOf(result, 'wire_bytes') / n, 1),
    lag_p99_ms: rounded(numberOf(result, 'lag_p99_ms'), 1),
    lag_max_ms: rounded(numberOf(result, 'lag_max_ms'), 1),
    rss_mb: rounded(numberOf(result, 'rss_mb')),
    fetcher_cpu_us: rounded(numberOf(result, 'cpu_us') / n, 1),
    ceiling_cpu_us: rounded(numberOf(ceiling, 'cpu_us') / n, 1),
    provider_cpu_us: rounded(numberOf(result, 'provider_cpu_us') / n, 1),
  };
}

async function measureCeiling(
  { directory, federation }: Workspace,
  { config, identity }: Member,
  entries: number,
): Promise<Fields> {
  const argument = {
    config,
    federation: federation.id,
    origin: identity.peerId,
    entries,
    target: join(directory, 'ceiling'),
  };
  return await finish(new Child('ceiling', argument, { profile: undefined }));
}

/** Runs both nodes, and makes sure that the work was done. */
async function fetchAll(provider: Member, fetcher: Member, n: number, profile: string | undefined): Promise<Fields> {
  const server = new Child('node', { config: provider.config, watch: false }, { profile });
  try {
    const bootstrap = [textOf(await server.next('ready'), 'address')];
    const client = new Child('fetcher', { config: { ...fetcher.config, bootstrap }, entries: n }, { profile });
    try {
      await client.next('connected');
      const before = numberOf(await server.call('cpu'), 'us');
      const result = await client.next('done');
      const after = numberOf(await server.call('cpu'), 'us');
      const { root } = await server.call('status');
      if (numberOf(result, 'height') !== n || result['root'] !== root) {
        throw new TessraxError('bench_not_done', 'the fetcher does not hold what the provider holds');
      }
      return { ...result, provider_cpu_us: after - before };
    } finally {
      await client.stop();
    }
  } finally {
    await server.stop();
  }
}

/** The answer of a process that does one thing. */
export async function finish(child: Child): Promise<Fields> {
  try {
    return await child.next('done');
  } finally {
    await child.stop();
  }
}
