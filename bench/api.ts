/** The HTTP API of a real node in a process of its own: single entries read by hash, and appends in arrays; 16 connections that stay open. */
import { Agent, request } from 'node:http';
import { TessraxError } from '../src/core/errors.ts';
import type { Bench } from './bench.ts';
import { Child, numberOf, textOf } from './child.ts';
import { takeReceipts } from './receipts.ts';
import { type Measurement, percentile, rounded } from './report.ts';
import { withWorkspace } from './workspace.ts';

const READS = 20_000;
const APPENDS = 50_000;
const ARRAY_ENTRIES = 1000;
const CONNECTIONS = 16;
/** Appends are in order anyway: two arrays under way keep the disk busy. */
const ARRAYS_UNDER_WAY = 2;
/** What the API must reach. */
const READS_MIN = 2000;
const APPENDS_MIN = 10_000;

export const api: Bench = {
  name: 'api',
  summary: `HTTP: appends in arrays of ${ARRAY_ENTRIES} (n = ${APPENDS}, at least ${APPENDS_MIN}/s), reads by hash (n = ${READS}, at least ${READS_MIN}/s)`,
  async *run({ n, profile }) {
    const measurements = await withWorkspace(1, async ({ members: [member] }) => {
      if (member === undefined) throw new TessraxError('bench_workspace', 'the workspace has no node');
      const child = new Child('node', { config: member.config, watch: false }, { profile });
      try {
        return await measure(child, textOf(await child.next('ready'), 'api'), n);
      } finally {
        await child.stop();
      }
    });
    yield* measurements;
  },
};

async function measure(node: Child, url: string, n: number | undefined): Promise<Measurement[]> {
  const http = new Http(url);
  try {
    await appendArrays(http, ARRAY_ENTRIES * 4, 1); // warm code
    const appends = n ?? APPENDS;
    const before = numberOf(await node.call('cpu'), 'us');
    const appended = await timed(() => appendArrays(http, appends, 2));
    const between = numberOf(await node.call('cpu'), 'us');
    const reads = n ?? READS;
    const hashes = appended.result;
    await readEach(http, hashes.slice(0, 1000), 1000);
    const warm = numberOf(await node.call('cpu'), 'us');
    const read = await timed(() => readEach(http, hashes, reads));
    const after = numberOf(await node.call('cpu'), 'us');
    return [
      row('appends', hashes.length, appended.seconds, between - before, APPENDS_MIN),
      {
        ...row('reads', reads, read.seconds, after - warm, READS_MIN),
        p99_ms: rounded(percentile(read.result, 0.99), 2),
      },
    ];
  } finally {
    http.close();
  }
}

function row(mode: string, n: number, seconds: number, cpuUs: number, wanted: number): Measurement {
  const rate = rounded(n / seconds);
  return { n, seconds: rounded(seconds, 3), rate, unit: `${mode}/s`, mode, wanted, node_cpu_us: rounded(cpuUs / n, 1) };
}

/** Hashes of what was appended. */
async function appendArrays(http: Http, count: number, seed: number): Promise<string[]> {
  const drafts = takeReceipts(seed, count).map(({ type, body }) => ({ type, ...body }));
  const arrays: string[] = [];
  for (let at = 0; at < drafts.length; at += ARRAY_ENTRIES)
    arrays.push(JSON.stringify(drafts.slice(at, at + ARRAY_ENTRIES)));
  const hashes: string[] = [];
  await inParallel(ARRAYS_UNDER_WAY, arrays, async (body) => {
    const answer: { entries: { hash: string }[] } = JSON.parse(await http.send('POST', '/v1/receipts', 201, body));
    for (const { hash } of answer.entries) hashes.push(hash);
  });
  if (hashes.length !== count) throw new TessraxError('bench_not_done', `${hashes.length} of ${count} were appended`);
  return hashes;
}

/** Latencies in milliseconds. */
async function readEach(http: Http, hashes: readonly string[], count: number): Promise<number[]> {
  const latencies: number[] = [];
  const order = Array.from({ length: count }, (_, i) => hashes[(i * 7919) % hashes.length] ?? '');
  await inParallel(CONNECTIONS, order, async (hash) => {
    const started = performance.now();
    const text = await http.send('GET', `/v1/receipts/${hash}`, 200);
    latencies.push(performance.now() - started);
    if (!text.includes(hash)) throw new TessraxError('bench_not_done', `the node gave another entry than ${hash}`);
  });
  return latencies;
}

async function inParallel<T>(workers: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** node:http rather than fetch: at these rates the client's own share of a core matters. */
class Http {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  send(method: string, path: string, status: number, body = ''): Promise<string> {
    const { hostname, port } = this.#url;
    const headers =
      body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path, method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === status) resolve(text);
          else reject(new TessraxError('bench_refused', `${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
