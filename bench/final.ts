/** From the call of append on one node to the final entry on every node: one process a node, one entry at a time. */
import { TessraxError } from '../src/core/errors.ts';
import { HEARTBEAT_INTERVAL_MS } from '../src/core/limits.ts';
import type { Bench } from './bench.ts';
import { Child, numberOf, textOf } from './child.ts';
import { type Measurement, percentile, rounded } from './report.ts';
import { type Member, withWorkspace } from './workspace.ts';

const APPENDS = 200;
const NODES = 4;
const CONNECT_MS_MAX = 30_000;
const POLL_MS = 50;
/** Shorter than in life, so that heartbeats back off within seconds: after 15 intervals of quiet they come at a sixteenth of their rate. */
const QUIET_INTERVAL_MS = 500;
const QUIET_MS = 16 * QUIET_INTERVAL_MS;
const APPENDS_PER_QUIET = 40;

interface Setting {
  readonly mode: string;
  readonly appends: number;
  readonly intervalMs: number;
  /** Nothing happens for so long before each append. */
  readonly pauseMs: number;
  readonly netns: string | undefined;
}

export const final: Bench = {
  name: 'final',
  summary: `append on A until final on all, --nodes ${NODES} in as many processes (n = ${APPENDS} appends), also after quiet times`,
  async *run({ n = APPENDS, nodes = NODES, netns }) {
    if (nodes < 2) throw new TessraxError('usage', '--nodes must be at least 2');
    const settings: readonly Setting[] = [
      { mode: 'busy', appends: n, intervalMs: HEARTBEAT_INTERVAL_MS, pauseMs: 0, netns },
      {
        mode: 'after quiet',
        appends: Math.ceil(n / APPENDS_PER_QUIET),
        intervalMs: QUIET_INTERVAL_MS,
        pauseMs: QUIET_MS,
        netns,
      },
    ];
    for (const setting of settings) yield await withWorkspace(nodes, ({ members }) => measure(members, setting));
  },
};

async function measure(members: readonly Member[], setting: Setting): Promise<Measurement> {
  const { mode, appends, intervalMs, netns } = setting;
  const children: Child[] = [];
  try {
    const addresses: string[] = [];
    let writer = '';
    for (const [i, { config, identity }] of members.entries()) {
      writer ||= identity.peerId;
      const listen = netns === undefined ? config.listen : ['/ip4/0.0.0.0/tcp/0'];
      const argument = { config: { ...config, listen, bootstrap: addresses, heartbeat_interval_ms: intervalMs } };
      const namespace = netns === undefined ? undefined : `${netns}${i + 1}`;
      const child = new Child(
        'node',
        { ...argument, watch: false, watchFinal: true },
        { profile: undefined, namespace },
      );
      children.push(child);
      addresses.push(textOf(await child.next('ready'), 'address'));
    }
    await whenConnected(children);
    await appendEach(children, writer, 5, 0); // the first ones wait for the mesh
    const started = performance.now();
    const latencies = await appendEach(children, writer, appends, setting.pauseMs);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(latencies, share)) as [number, number, number];
    return {
      n: appends,
      seconds: rounded((performance.now() - started) / 1000, 3),
      unit: 'ms',
      mode,
      nodes: members.length,
      network: netns === undefined ? 'loopback' : 'namespaces',
      interval_ms: intervalMs,
      p50_ms: rounded(p50, 1),
      p99_ms: rounded(p99, 1),
      max_ms: rounded(max, 1),
      p50_intervals: rounded(p50 / intervalMs, 4),
      p99_intervals: rounded(p99 / intervalMs, 4),
      max_intervals: rounded(max / intervalMs, 4),
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** Appends on the first node; the next one only when the last is final everywhere. One time an append: that of the last node. */
async function appendEach(
  children: readonly Child[],
  origin: string,
  count: number,
  pauseMs: number,
): Promise<number[]> {
  const [writer] = children;
  if (writer === undefined) throw new TessraxError('bench_workspace', 'there is no node');
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const answer = await writer.call('append');
    const size = numberOf(answer, 'size');
    const ends = await Promise.all(children.map((child) => whenFinal(child, origin, size)));
    times.push((Math.max(...ends) - numberOf(answer, 'at_us')) / 1000);
  }
  return times;
}

/** When so much of the feed became final there, in microseconds of the machine's clock. */
async function whenFinal(child: Child, origin: string, size: number): Promise<number> {
  for (;;) {
    const told = await child.next('final');
    if (told['origin'] === origin && numberOf(told, 'size') >= size) return numberOf(told, 'at_us');
  }
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
