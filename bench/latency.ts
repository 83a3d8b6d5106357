/** From the call of append on one node to the durable entry on the others: one process a node, one entry at a time. */
import { TessraxError } from '../src/core/errors.ts';
import type { Bench } from './bench.ts';
import { Child, numberOf, textOf } from './child.ts';
import { type Measurement, percentile, rounded } from './report.ts';
import { type Member, withWorkspace } from './workspace.ts';

const APPENDS = 500;
/** Not counted: until code is compiled and gossip has settled its mesh. */
const WARM_UP_APPENDS = 100;
const NODES = 2;
const CONNECT_MS_MAX = 30_000;
const POLL_MS = 50;

export const latency: Bench = {
  name: 'latency',
  summary: `append on A until durable on B, --nodes ${NODES} in as many processes (n = ${APPENDS} appends)`,
  async *run({ n, nodes = NODES, profile }) {
    if (nodes < 2) throw new TessraxError('usage', '--nodes must be at least 2');
    yield await withWorkspace(nodes, ({ members }) => measure(members, n ?? APPENDS, profile));
  },
};

async function measure(members: readonly Member[], n: number, profile: string | undefined): Promise<Measurement> {
  const children: Child[] = [];
  try {
    const addresses: string[] = [];
    for (const { config } of members) {
      const child = new Child('node', { config: { ...config, bootstrap: addresses }, watch: true }, { profile });
      children.push(child);
      addresses.push(textOf(await child.next('ready'), 'address'));
    }
    await whenConnected(children);
    await appendEach(children, WARM_UP_APPENDS);
    const started = performance.now();
    const latencies = await appendEach(children, n);
    const seconds = (performance.now() - started) / 1000;
    await checkRoots(children, WARM_UP_APPENDS + n);
    return {
      n,
      seconds: rounded(seconds, 3),
      unit: 'ms',
      nodes: members.length,
      p50_ms: rounded(percentile(latencies, 0.5), 2),
      p99_ms: rounded(percentile(latencies, 0.99), 2),
      max_ms: rounded(percentile(latencies, 1), 2),
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Appends on the first node; the next one only when all others have the last. One latency a node and append. */
async function appendEach(children: readonly Child[], count: number): Promise<number[]> {
  const [writer, ...readers] = children;
  if (writer === undefined) throw new TessraxError('bench_workspace', 'there is no node');
  const latencies: number[] = [];
  for (let i = 0; i < count; i++) {
    const appended = writer.call('append');
    const stored = await Promise.all(readers.map((reader) => reader.next('stored')));
    const startedUs = numberOf(await appended, 'at_us');
    for (const each of stored) latencies.push((numberOf(each, 'at_us') - startedUs) / 1000);
  }
  return latencies;
}

async function whenConnected(children: readonly Child[]): Promise<void> {
  const deadline = performance.now() + CONNECT_MS_MAX;
  for (const child of children) {
    while (numberOf(await child.call('status'), 'peers') < children.length - 1) {
      if (performance.now() > deadline)
        throw new TessraxError('bench_not_connected', 'the nodes did not find each other');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

async function checkRoots(children: readonly Child[], height: number): Promise<void> {
  const all = await Promise.all(children.map((child) => child.call('status')));
  if (new Set(all.map(({ root }) => root)).size !== 1 || all.some((status) => numberOf(status, 'height') !== height)) {
    throw new TessraxError('bench_not_done', 'the nodes do not hold the same ledger');
  }
}
