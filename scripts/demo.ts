/**
 * The main job on one machine: N node processes with own keys and folders, real receipts, one node cut off and brought back, one forged
 * entry. Exit 0 only when every ledger root is equal and the forgery is on none of them. With --hostile two members turn against the
 * others at the end: exit 0 only when every honest root is equal and nothing of what they did is on one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, TessraxError } from '../src/core/errors.ts';
import { type Cluster, type DemoNode, makeCluster } from './demo/cluster.ts';
import { forge } from './demo/forger.ts';
import { HOSTILE_NODES_MIN, withHostileMembers } from './demo/hostile.ts';
import { type Line, readReceipts } from './demo/receipts.ts';
import { Progress, printTable, waitUntil } from './demo/screen.ts';

const NODES_MAX = 12;

interface Options {
  readonly nodes: number;
  readonly receipts: string;
  readonly keep: boolean;
  readonly hostile: boolean;
  readonly directory: string | undefined;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '5' },
      receipts: { type: 'string', default: join(import.meta.dirname, '../examples/receipts.jsonl') },
      keep: { type: 'boolean', default: false },
      hostile: { type: 'boolean', default: false },
      dir: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write('npm run demo [-- --nodes 5 --receipts FILE --dir DIR --keep --hostile]\n');
    process.exit(0);
  }
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < 2 || nodes > NODES_MAX) {
    throw new TessraxError('usage', `--nodes must be a whole number from 2 to ${NODES_MAX}`);
  }
  if (values.hostile && nodes < HOSTILE_NODES_MIN) {
    throw new TessraxError('usage', `--hostile needs ${HOSTILE_NODES_MIN} nodes: a threshold of witnesses revokes one`);
  }
  return { nodes, receipts: values.receipts, keep: values.keep, hostile: values.hostile, directory: values.dir };
}

async function main(): Promise<void> {
  const options = readOptions();
  const receipts = await readReceipts(options.receipts);
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'tessrax-demo-')));
  const started = performance.now();
  const cluster = await makeCluster(directory, options.nodes);
  process.once('SIGINT', () => void cluster.stop().then(() => process.exit(130)));
  try {
    await run(cluster, receipts, started, options.hostile);
    if (options.keep) await keep(cluster, directory);
  } finally {
    await cluster.stop();
    if (options.directory === undefined && !options.keep) await rm(directory, { recursive: true, force: true });
  }
}

async function run(cluster: Cluster, receipts: readonly Line[], started: number, hostile: boolean): Promise<void> {
  const { nodes } = cluster;
  const last = nodes.at(-1);
  const others = nodes.slice(0, -1);
  if (last === undefined) throw new TessraxError('usage', 'there are no nodes');
  await startAll(cluster);
  const half = Math.ceil(receipts.length / 2);
  await append('append', nodes, receipts.slice(0, half));
  await waitEqual('synchronise', nodes, half);

  await cluster.kill(last);
  await append(`append, ${last.name} cut off`, others, receipts.slice(half));
  const forgedHash = await forgeOne(cluster, others);
  await cluster.start(last);
  await waitEqual(`${last.name} catches up`, nodes, receipts.length);
  await waitUntil('all entries are final', nodes.length * receipts.length, async () => {
    const all = await Promise.all(nodes.map((node) => node.status()));
    return all.reduce((sum, { certified }) => sum + certified, 0);
  });

  if (hostile) await withHostileMembers(cluster, forgedHash);

  await printTable(nodes);
  await expectAbsent(nodes, forgedHash);
  const { height, root } = (await nodes[0]?.status()) ?? { height: 0, root: '' };
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const who = hostile ? `${nodes.length - 2} honest nodes` : `${nodes.length} nodes`;
  process.stdout.write(`converged: ${who}, ${height} entries, root ${root}, ${seconds} s\n`);
}

async function startAll(cluster: Cluster): Promise<void> {
  const { nodes } = cluster;
  const progress = new Progress('start nodes', nodes.length);
  const [first, ...others] = nodes;
  if (first !== undefined) await cluster.start(first); // its address is the others' way in
  progress.add(1);
  await Promise.all(others.map((node) => cluster.start(node).then(() => progress.add(1))));
  progress.end();
  const wanted = nodes.length * (nodes.length - 1);
  await waitUntil('find each other', wanted, async () => {
    const all = await Promise.all(nodes.map((node) => node.status()));
    return all.reduce((sum, { peers }) => sum + peers, 0);
  });
}

/** Spreads the lines over the nodes, round robin, one request at a time. */
async function append(what: string, nodes: readonly DemoNode[], lines: readonly Line[]): Promise<void> {
  const progress = new Progress(what, lines.length);
  for (const [i, line] of lines.entries()) {
    await nodes[i % nodes.length]?.append(line);
    progress.add(1);
  }
  progress.end();
}

async function waitEqual(what: string, nodes: readonly DemoNode[], height: number): Promise<void> {
  await waitUntil(what, nodes.length * height, async () => {
    const all = await Promise.all(nodes.map((node) => node.status()));
    const equal = new Set(all.map(({ root }) => root)).size === 1;
    const sum = all.reduce((total, status) => total + status.height, 0);
    return equal ? sum : Math.min(sum, nodes.length * height - 1);
  });
}

/** A peer with a key of its own sends an entry that the first node never signed. Every node that hears it must drop the sender. */
async function forgeOne(cluster: Cluster, nodes: readonly DemoNode[]): Promise<string> {
  const [victim, target] = nodes;
  if (victim === undefined || target === undefined) throw new TessraxError('usage', 'a forgery needs two nodes');
  const before = await target.refusals();
  const forgedHash = await forge(cluster, victim, target);
  await waitUntil('a forged entry is refused', 1, async () => ((await target.refusals()) > before ? 1 : 0));
  return forgedHash;
}

async function expectAbsent(nodes: readonly DemoNode[], hash: string): Promise<void> {
  for (const node of nodes) {
    if (await node.holds(hash))
      throw new TessraxError('forgery_accepted', `${node.name} holds the forged entry ${hash}`);
  }
  process.stdout.write(`the forged entry ${hash.slice(0, 16)}… is on none of them\n`);
}

async function keep(cluster: Cluster, directory: string): Promise<void> {
  process.stdout.write(`the nodes run on; data in ${directory}; their dashboards:\n`);
  for (const node of cluster.nodes) process.stdout.write(`  ${node.name}  ${node.url}/\n`);
  process.stdout.write('stop them with Ctrl-C\n');
  await new Promise((resolve) => process.once('SIGTERM', resolve));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`demo: ${describeError(error)}\n`);
  process.exitCode = 1;
}
