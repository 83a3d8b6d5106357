/** N node processes on loopback, each with its own key and folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { TessraxError } from '../../src/core/errors.ts';
import { draftFederation } from '../../src/core/federation/genesis.ts';
import { createKeyfile } from '../../src/identity/keyfile.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
/** Five times the usual rhythm: nobody wants to watch a quiet demo. */
const HEARTBEAT_INTERVAL_MS = '1000';
const START_MS_MAX = 30_000;
const STOP_MS_MAX = 10_000;

interface Status {
  readonly height: number;
  readonly certified: number;
  readonly root: string;
  readonly peers: number;
  readonly addresses: readonly string[];
}

export interface SealedFeed {
  readonly origin: string;
  readonly from: number;
  readonly reason: string;
  readonly kept: number;
  readonly quarantined: number;
}

/** A node of the demo, seen through its HTTP API. */
export class DemoNode {
  readonly name: string;
  readonly directory: string;
  readonly peerId: string;
  url = '';
  process: ChildProcess | undefined;

  constructor(name: string, directory: string, peerId: string) {
    this.name = name;
    this.directory = directory;
    this.peerId = peerId;
  }

  async status(): Promise<Status> {
    const { height, certified_height: certified, root, peers, addresses } = await this.#json('/v1/status');
    if (
      typeof height !== 'number' ||
      typeof certified !== 'number' ||
      typeof root !== 'string' ||
      typeof peers !== 'number' ||
      !Array.isArray(addresses)
    ) {
      throw new TessraxError('status_invalid', `${this.name} gave a status that is none`);
    }
    return { height, certified, root, peers, addresses: addresses.map(String) };
  }

  /** The receipt hash of the new entry. */
  async append(line: JsonObject): Promise<string> {
    const { entries } = await this.#post('/v1/receipts', line);
    const [first]: unknown[] = Array.isArray(entries) ? entries : [];
    if (typeof first === 'object' && first !== null && 'hash' in first) return String(first.hash);
    throw new TessraxError('answer_invalid', `${this.name}: /v1/receipts gave no hash`);
  }

  async revoke(target: string, reason: string): Promise<void> {
    await this.#post('/v1/revocations', { target, reason });
  }

  /** Its sealed feeds, by origin. */
  async sealed(): Promise<Map<string, SealedFeed>> {
    const { sealed } = await this.#json('/v1/scars?limit=1');
    if (!Array.isArray(sealed))
      throw new TessraxError('answer_invalid', `${this.name}: /v1/scars names no sealed feeds`);
    return new Map(sealed.map((feed: SealedFeed) => [feed.origin, feed]));
  }

  /** Members that it is connected to. */
  async connected(): Promise<string[]> {
    const { peers } = await this.#json('/v1/peers');
    if (!Array.isArray(peers)) throw new TessraxError('answer_invalid', `${this.name}: /v1/peers gave no list`);
    return peers.filter((peer: { connected?: unknown }) => peer.connected === true).map((peer) => String(peer.peer_id));
  }

  async holds(hash: string): Promise<boolean> {
    const response = await fetch(`${this.url}/v1/receipts/${hash}`);
    await response.arrayBuffer();
    return response.status !== 404;
  }

  /** Scars of equivocation in its ledger. */
  async scars(): Promise<number> {
    const { entries } = await this.#json('/v1/scars?limit=1000');
    if (!Array.isArray(entries)) throw new TessraxError('answer_invalid', `${this.name}: /v1/scars gave no list`);
    return entries.filter((entry: { payload?: { kind?: unknown } }) => entry.payload?.kind === 'equivocation').length;
  }

  syncs(): Promise<number> {
    return this.#metric('federation_sync_total');
  }

  refusals(): Promise<number> {
    return this.#metric('federation_peers_misbehaved_total');
  }

  /** The sum over all labels of a metric. */
  async #metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async #post(path: string, body: JsonObject): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 201) throw new TessraxError('append_failed', `${this.name}: ${text}`);
    return JSON.parse(text);
  }

  async #json(path: string): Promise<Record<string, unknown>> {
    const value: unknown = await (await fetch(`${this.url}${path}`)).json();
    if (typeof value !== 'object' || value === null)
      throw new TessraxError('answer_invalid', `${this.name}: ${path} gave no object`);
    return { ...value };
  }
}

export class Cluster {
  readonly nodes: readonly DemoNode[];
  readonly federationFile: string;
  #bootstrap: readonly string[] = [];

  constructor(nodes: readonly DemoNode[], federationFile: string) {
    this.nodes = nodes;
    this.federationFile = federationFile;
  }

  /** Starts a node and waits until its API answers. The first node's address is everybody's bootstrap. */
  async start(node: DemoNode, ...more: readonly string[]): Promise<void> {
    const bootstrap = this.#bootstrap.flatMap((address) => ['--bootstrap', address]);
    const child = spawn(
      process.execPath,
      [
        MAIN,
        'start',
        '--dir',
        node.directory,
        '--federation',
        this.federationFile,
        '--listen',
        '/ip4/127.0.0.1/tcp/0',
        '--no-mdns',
        '--dht',
        'lan',
        '--api',
        '127.0.0.1:0',
        '--log-level',
        'warn',
        ...bootstrap,
        ...more,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, TESSRAX_HEARTBEAT_INTERVAL_MS: HEARTBEAT_INTERVAL_MS },
      },
    );
    node.process = child;
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line);
        if (output.length > 20) output.shift();
      });
    }
    node.url = await this.#waitForApi(node, child, output);
    if (this.#bootstrap.length === 0) this.#bootstrap = await this.#waitForAddresses(node);
  }

  /** The API answers a little before the node listens for others. */
  async #waitForAddresses(node: DemoNode): Promise<readonly string[]> {
    const deadline = performance.now() + START_MS_MAX;
    while (performance.now() < deadline) {
      const { addresses } = await node.status();
      if (addresses.length > 0) return addresses;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new TessraxError('node_not_started', `${node.name} listens nowhere`);
  }

  async #waitForApi(node: DemoNode, child: ChildProcess, output: readonly string[]): Promise<string> {
    const deadline = performance.now() + START_MS_MAX;
    while (performance.now() < deadline && child.exitCode === null) {
      const url = await readApiUrl(node.directory, child.pid);
      if (url !== undefined && (await answers(url))) return url;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new TessraxError('node_not_started', `${node.name} did not start: ${output.join(' | ')}`);
  }

  /** kill -9: what was acknowledged must survive it. */
  async kill(node: DemoNode): Promise<void> {
    const child = node.process;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    node.process = undefined;
  }

  /** Stops a node as an operator would, and waits until it is gone. */
  stopOne(node: DemoNode): Promise<void> {
    return this.#stopNode(node);
  }

  /** Holds all other nodes still for as long as something lasts: as if this one were cut off from them. */
  async aside(node: DemoNode, what: () => Promise<void>): Promise<void> {
    const others = this.nodes.filter((other) => other !== node);
    for (const { process: child } of others) child?.kill('SIGSTOP');
    try {
      await what();
    } finally {
      for (const { process: child } of others) child?.kill('SIGCONT');
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.#stopNode(node)));
  }

  async #stopNode(node: DemoNode): Promise<void> {
    const child = node.process;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
    node.process = undefined;
  }
}

/** `organisations`: their names, where others than node1, node2 … are wanted. */
export async function makeCluster(
  directory: string,
  count: number,
  organisations: readonly string[] = [],
): Promise<Cluster> {
  const nodes: DemoNode[] = [];
  for (let i = 1; i <= count; i++) {
    const name = `node${i}`;
    const folder = join(directory, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { peerId } = await createKeyfile(join(folder, 'node.key'), 'pem');
    nodes.push(new DemoNode(name, folder, peerId));
  }
  const federationFile = join(directory, 'federation.json');
  const witnesses = nodes.map(({ name, peerId }, i) => ({ peer: peerId, organisation: organisations[i] ?? name }));
  await writeFile(federationFile, `${JSON.stringify(draftFederation({ name: 'demo', witnesses }), null, 2)}\n`);
  return new Cluster(nodes, federationFile);
}

/** The address file of the process that runs now, not of one that was killed. */
async function readApiUrl(directory: string, pid: number | undefined): Promise<string | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, 'api.json'), 'utf8'));
    if (typeof value !== 'object' || value === null || !('url' in value) || !('pid' in value)) return undefined;
    return value.pid === pid && typeof value.url === 'string' ? value.url : undefined;
  } catch {
    return undefined; // not written yet, or half written: looked at again
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`)).ok;
  } catch {
    return false; // not listening yet
  }
}
