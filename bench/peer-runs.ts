/** The runs of the peers. Their programs are in `peers/`, with packages of their own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TessraxError } from '../src/core/errors.ts';
import type { BenchOptions } from './bench.ts';
import { finish } from './catchup.ts';
import { Child, isFields, numberOf, textOf } from './child.ts';
import { type Measurement, percentile, rounded } from './report.ts';

/** OrbitDB needs milliseconds an entry: larger runs of ours are compared with its rate at this size. */
const ORBITDB_ENTRIES_MAX = 2000;
const WARM_UP_APPENDS = 100;
const LATENCY_BLOCKS = 10;

interface Peer {
  readonly program: 'hypercore' | 'orbitdb';
  readonly package: string;
  readonly entriesMax: number;
}

const PEERS: readonly Peer[] = [
  { program: 'hypercore', package: 'hypercore', entriesMax: Number.POSITIVE_INFINITY },
  { program: 'orbitdb', package: '@orbitdb/core', entriesMax: ORBITDB_ENTRIES_MAX },
];

export async function* peerCatchup(ours: readonly Measurement[]): AsyncGenerator<Measurement> {
  const own = figure(ours, () => true);
  for (const peer of PEERS) {
    const entries = Math.min(own.n, peer.entriesMax);
    const result = await between(peer, entries, 'fetcher', async (server, client) => {
      await client.next('connected');
      const before = numberOf(await server.call('cpu'), 'us');
      const done = await client.next('done');
      const after = numberOf(await server.call('cpu'), 'us');
      return { ...done, provider_cpu_us: after - before };
    });
    const seconds = numberOf(result, 'seconds');
    yield {
      ...(await heading(peer, own, entries, seconds)),
      unit: 'receipts/s',
      ...rates(own, entries / seconds),
      ...('wire_bytes' in result ? wireOf(own, numberOf(result, 'wire_bytes') / entries) : {}),
      peer_fetcher_cpu_us: rounded(numberOf(result, 'cpu_us') / entries, 1),
      peer_provider_cpu_us: rounded(numberOf(result, 'provider_cpu_us') / entries, 1),
    };
  }
}

/** Hypercore appends many at once too; OrbitDB cannot. */
export async function* peerAppend(ours: readonly Measurement[]): AsyncGenerator<Measurement> {
  const awaited = figure(ours, ({ mode }) => mode === 'awaited');
  const batch = figure(ours, ({ mode }) => mode === 'batch');
  for (const peer of PEERS) {
    const entries = Math.min(awaited.n, peer.entriesMax);
    const result = await inFolder(async (directory) =>
      finish(new Child(peer.program, { role: 'append', directory, entries }, options(peer))),
    );
    for (const [own, field] of [
      [awaited, 'awaited_seconds'],
      [batch, 'batch_seconds'],
    ] as const) {
      if (!(field in result)) continue;
      const seconds = numberOf(result, field);
      const head = await heading(peer, own, entries, seconds);
      yield { ...head, unit: 'receipts/s', mode: String(own['mode']), ...rates(own, entries / seconds) };
    }
  }
}

/** Two processes; one append at a time. Only where ours were two nodes too. */
export async function* peerLatency(
  ours: readonly Measurement[],
  { n = ours[0]?.n ?? 0 }: BenchOptions,
): AsyncGenerator<Measurement> {
  const own = figure(ours, ({ nodes }) => nodes === 2);
  for (const peer of PEERS) {
    const started = performance.now();
    const latencies = await between(peer, LATENCY_BLOCKS, 'reader', async (server, client) => {
      await client.next('ready');
      await timedAppends(server, client, WARM_UP_APPENDS);
      return await timedAppends(server, client, n);
    });
    const p50 = percentile(latencies, 0.5);
    const p99 = percentile(latencies, 0.99);
    yield {
      ...(await heading(peer, own, n, (performance.now() - started) / 1000)),
      unit: 'ms',
      p50_ms: numberOf(own, 'p50_ms'),
      p99_ms: numberOf(own, 'p99_ms'),
      peer_p50_ms: rounded(p50, 2),
      peer_p99_ms: rounded(p99, 2),
      ratio: rounded(p50 / numberOf(own, 'p50_ms'), 2),
      ratio_p99: rounded(p99 / numberOf(own, 'p99_ms'), 2),
    };
  }
}

async function timedAppends(server: Child, client: Child, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < count; i++) {
    const stored = client.next('stored');
    const startedUs = numberOf(await server.call('append'), 'at_us');
    latencies.push((numberOf(await stored, 'at_us') - startedUs) / 1000);
  }
  return latencies;
}

/** Negentropy over as many IDs as we held entries; each of our rows with as many missing in the same pattern. */
export async function* peerDelta(ours: readonly Measurement[]): AsyncGenerator<Measurement> {
  const held = ours[0]?.n ?? 0;
  const cases = ours.map((own) => ({
    missing: numberOf(own, 'missing'),
    pattern: own['pattern'] === 'scattered' ? 'scattered' : 'newest',
  }));
  const path = 'peers/negentropy.js';
  const { results } = await finish(new Child('negentropy', { held, cases }, { profile: undefined, path }));
  if (!Array.isArray(results)) throw new TessraxError('bench_answer', 'negentropy gave no results');
  for (const [i, own] of ours.entries()) {
    const result: unknown = results[i];
    if (!isFields(result)) throw new TessraxError('bench_answer', 'negentropy gave too few results');
    const bytes = numberOf(result, 'bytes');
    yield {
      ...own,
      peer: 'negentropy',
      peer_version: `nostr-tools ${await versionOf('nostr-tools')}`,
      peer_rounds: numberOf(result, 'rounds'),
      peer_bytes: bytes,
      peer_cpu_ms: rounded(numberOf(result, 'cpu_ms'), 1),
      ratio: rounded(bytes / numberOf(own, 'bytes'), 2),
    };
  }
}

/** A process that has so many blocks, another one that connects to it, and both ended afterwards. */
async function between<T>(
  peer: Peer,
  entries: number,
  role: string,
  work: (server: Child, client: Child) => Promise<T>,
): Promise<T> {
  return await inFolder(async (directory) => {
    const own = join(directory, 'provider');
    const server = new Child(peer.program, { role: 'provider', directory: own, entries }, options(peer));
    try {
      const where = await server.next('ready');
      const argument = { ...where, role, directory: join(directory, 'fetcher'), entries };
      const client = new Child(peer.program, argument, options(peer));
      try {
        return await work(server, client);
      } finally {
        await client.stop();
      }
    } finally {
      await server.stop();
    }
  });
}

function options({ program }: Peer): { readonly profile: undefined; readonly path: string } {
  return { profile: undefined, path: `peers/${program}.js` };
}

async function inFolder<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tessrax-bench-peer-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function heading(peer: Peer, own: Measurement, peerN: number, seconds: number) {
  return {
    n: own.n,
    seconds: own.seconds,
    peer: peer.program,
    peer_version: await versionOf(peer.package),
    peer_n: peerN,
    peer_seconds: rounded(seconds, 3),
  };
}

function rates(own: Measurement, peerRate: number) {
  const rate = numberOf(own, 'rate');
  return { rate, peer_rate: rounded(peerRate), ratio: rounded(rate / peerRate, 2) };
}

function wireOf(own: Measurement, peerBytes: number): Record<string, number> {
  return {
    wire_bytes_per_receipt: numberOf(own, 'wire_bytes_per_receipt'),
    peer_wire_bytes_per_receipt: rounded(peerBytes, 1),
  };
}

function figure(ours: readonly Measurement[], isIt: (own: Measurement) => boolean): Measurement {
  const own = ours.find(isIt);
  if (own === undefined) throw new TessraxError('bench_peers', 'there is no figure of ours to compare with');
  return own;
}

/** Of an installed package. */
export async function versionOf(name: string): Promise<string> {
  const file = join(import.meta.dirname, 'peers/node_modules', name, 'package.json');
  const manifest: unknown = JSON.parse(await readFile(file, 'utf8'));
  return isFields(manifest) ? textOf(manifest, 'version') : '';
}
