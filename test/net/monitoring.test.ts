/** Prometheus itself, from the system's packages, against real nodes. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { TestFederation } from './federation.ts';

const installed =
  spawnSync('prometheus', ['--version']).status === 0 && spawnSync('promtool', ['--version']).status === 0;
const POLL_MS = 200;

describe('monitoring with Prometheus', function () {
  this.timeout(60_000);
  let federation: TestFederation;

  before(async function () {
    if (!installed) this.skip();
    federation = await TestFederation.create('a', 'b');
    await federation.start('a', { alone: true });
    await federation.start('b');
  });
  after(async () => await federation?.close());

  it('finds nothing to complain about in the metrics (promtool check metrics)', async () => {
    for (const { apiUrl } of federation.running.values()) {
      const input = await (await fetch(`${apiUrl}/metrics`)).text();
      ok(input.includes('federation_sync_total'));
      const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      deepEqual([status, stderr], [0, '']);
    }
  });

  it('takes the alert rules, and each of them rings when it should', () => {
    const run = (...args: string[]) => execFileSync('promtool', args, { cwd: 'monitoring', stdio: 'pipe' });
    run('check', 'config', 'prometheus.yml');
    run('check', 'rules', 'alerts.yml');
    run('test', 'rules', 'alerts.test.yml');
  });

  it('scrapes nodes: equal heights, bytes on the wire, and an answer to every question of the dashboard', async () => {
    const node = federation.running.get('a');
    await node?.append([{ type: 'RECEIPT', body: { payload: { n: 1 } } }]);
    await federation.until((nodes) => nodes.every(({ handle }) => handle.status().height === 1));
    const prometheus = await Prometheus.start([...federation.running.values()].map(({ apiUrl }) => apiUrl));
    try {
      await prometheus.until('count(federation_ledger_height == 1)', '2');
      equal(await prometheus.value('min(federation_peers)'), '1');
      equal(await prometheus.value('min(federation_gossip_topic_peers{topic="heartbeat"})'), '1');
      equal(await prometheus.value('count(federation_network_sent_bytes_total{protocol="connection"} > 500)'), '2');
      equal(await prometheus.value('count(federation_network_sent_bytes_total{protocol=~"/meshsub.*"} > 100)'), '2');
      for (const expression of await expressions()) await prometheus.value(expression);
    } finally {
      await prometheus.stop();
    }
  });
});

/** Every question of the alerts and of the dashboard. */
async function expressions(): Promise<string[]> {
  const alerts: unknown = parse(await readFile('monitoring/alerts.yml', 'utf8'));
  const dashboard: unknown = JSON.parse(await readFile('monitoring/grafana/dashboards/federation.json', 'utf8'));
  const found = [...textsAt(alerts, 'expr'), ...textsAt(dashboard, 'expr')];
  ok(found.length > 25, `${found.length} expressions`);
  return found.map((expression) => expression.replaceAll('$__rate_interval', '1m'));
}

function textsAt(value: unknown, member: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === member && typeof inner === 'string' ? [inner] : textsAt(inner, member),
  );
}

class Prometheus {
  readonly #url: string;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(url: string, directory: string, process: ChildProcess) {
    this.#url = url;
    this.#directory = directory;
    this.#process = process;
  }

  static async start(nodes: readonly string[]): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'tessrax-prometheus-'));
    const config = join(directory, 'prometheus.yml');
    const targets = nodes.map((url) => new URL(url).host);
    const job = { job_name: 'tessrax', static_configs: [{ targets }] };
    await writeFile(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [job] }));
    const address = `127.0.0.1:${await freePort()}`;
    const flags = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=${address}`,
    ];
    const child = spawn('prometheus', flags, { stdio: 'ignore' });
    return new Prometheus(`http://${address}`, directory, child);
  }

  /** The first sample's value; `none` without a sample. Throws when Prometheus does not understand the question. */
  async value(expression: string): Promise<string> {
    const response = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${expression}: ${text}`);
    return /"value":\[[^,]+,"([^"]*)"/.exec(text)?.[1] ?? 'none';
  }

  /** Asks until the answer is the wanted one; Prometheus has no event for a scrape. The test's own timeout bounds it. */
  async until(expression: string, wanted: string): Promise<void> {
    while ((await this.value(expression).catch(() => 'not up yet')) !== wanted) await pause(POLL_MS);
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await exited;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
