/** The fresh node of the catch-up: measures itself from the moment it is connected until all entries are durable. */
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type RunningNode, startNode } from '../../src/compose.ts';
import type { Config } from '../../src/config.ts';
import { toHex } from '../../src/core/bytes.ts';
import { quietLog } from '../workspace.ts';
import { fail, readArgument, serve, tell } from './parent.ts';

interface Argument {
  readonly config: Config;
  readonly entries: number;
}

const CONNECTED_POLL_MS = 1;
/** The histogram holds the distance between two looks of a timer; what exceeds its period is delay. */
const LAG_PERIOD_MS = 1;

async function main(): Promise<void> {
  const { config, entries } = readArgument<Argument>();
  const sockets = watchSockets();
  const node = await startNode(config, quietLog);
  node.failed.catch(fail);
  serve({}, () => node.stop());
  const stored = whenStored(node, entries);
  await whenConnected(node);
  const lag = monitorEventLoopDelay({ resolution: LAG_PERIOD_MS });
  lag.enable();
  const wireBefore = bytesOn(sockets);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  tell('connected');
  await stored;
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  lag.disable();
  const { height, root } = node.handle.status();
  tell('done', {
    seconds,
    height,
    root: toHex(root),
    wire_bytes: bytesOn(sockets) - wireBefore,
    cpu_us: cpu.user + cpu.system,
    lag_p99_ms: Math.max(0, lag.percentile(99) / 1e6 - LAG_PERIOD_MS),
    lag_max_ms: Math.max(0, lag.max / 1e6 - LAG_PERIOD_MS),
    rss_mb: process.resourceUsage().maxRSS / 1024,
  });
}

/** Resolves in the turn in which the last entry is durable. */
function whenStored(node: RunningNode, entries: number): Promise<void> {
  return new Promise((resolve) => {
    node.subscribe((note) => {
      if (note.name === 'entries_stored' && note.height >= entries) resolve();
    });
  });
}

function whenConnected(node: RunningNode): Promise<void> {
  return new Promise((resolve) => {
    const poll = setInterval(() => {
      if (node.handle.status().peersConnected === 0) return;
      clearInterval(poll);
      resolve();
    }, CONNECTED_POLL_MS);
  });
}

/** Every TCP connection of this process, dialled or accepted. */
function watchSockets(): Set<Socket> {
  const sockets = new Set<Socket>();
  for (const name of ['net.client.socket', 'net.server.socket']) {
    channel(name).subscribe((message) => {
      if (typeof message === 'object' && message !== null && 'socket' in message && isSocket(message.socket))
        sockets.add(message.socket);
    });
  }
  return sockets;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'bytesRead' in value && 'bytesWritten' in value;
}

function bytesOn(sockets: ReadonlySet<Socket>): number {
  let bytes = 0;
  for (const { bytesRead, bytesWritten } of sockets) bytes += bytesRead + bytesWritten;
  return bytes;
}

await main().catch(fail);
