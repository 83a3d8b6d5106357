/** Real nodes in this process: own keys, own folders, TCP on loopback. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNode, startNode } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { toHex } from '../../src/core/bytes.ts';
import { draftFederation } from '../../src/core/federation/genesis.ts';
import { createKeyfile } from '../../src/identity/keyfile.ts';
import type { Log } from '../../src/ports.ts';

const QUIET: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export class TestFederation {
  readonly directory: string;
  readonly names: readonly string[];
  readonly running = new Map<string, RunningNode>();

  constructor(directory: string, names: readonly string[]) {
    this.directory = directory;
    this.names = names;
  }

  static async create(...names: readonly string[]): Promise<TestFederation> {
    const directory = await mkdtemp(join(tmpdir(), 'tessrax-net-'));
    const witnesses: { peer: string; organisation: string }[] = [];
    for (const name of names) {
      await mkdir(join(directory, name));
      const { peerId } = await createKeyfile(join(directory, `${name}.key`), 'pem');
      witnesses.push({ peer: peerId, organisation: name });
    }
    await writeFile(join(directory, 'federation.json'), JSON.stringify(draftFederation({ name: 'test', witnesses })));
    return new TestFederation(directory, names);
  }

  /** Starts a node that knows the addresses of those that run. */
  async start(name: string, { alone = false, meet = true, heartbeatIntervalMs = 500 } = {}): Promise<RunningNode> {
    const bootstrap = meet ? [...this.running.values()].flatMap(({ handle }) => handle.addresses()) : [];
    const flags = {
      directory: join(this.directory, name),
      key: join(this.directory, `${name}.key`),
      federation: join(this.directory, 'federation.json'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap,
      mdns: false,
      dht: 'off',
      api: '127.0.0.1:0',
      alone,
      heartbeat_interval_ms: heartbeatIntervalMs,
    };
    const node = await startNode(await loadConfig({ flags, environment: {} }), QUIET);
    this.running.set(name, node);
    return node;
  }

  async stop(name: string): Promise<void> {
    const node = this.running.get(name);
    this.running.delete(name);
    await node?.stop();
  }

  /** Keeps a copy of a stopped node's folder; the key and its marker stay where they are. */
  async backUp(name: string): Promise<void> {
    await cp(join(this.directory, name), join(this.directory, `${name}.backup`), { recursive: true });
  }

  async restore(name: string): Promise<void> {
    await rm(join(this.directory, name), { recursive: true });
    await cp(join(this.directory, `${name}.backup`), join(this.directory, name), { recursive: true });
  }

  async close(): Promise<void> {
    for (const name of this.names) await this.stop(name);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Waits until something holds of every running node; looks again after each of their notes. */
  async until(holds: (nodes: readonly RunningNode[]) => boolean): Promise<void> {
    const nodes = [...this.running.values()];
    const reached = Promise.withResolvers<void>();
    const check = (): void => {
      if (holds(nodes)) reached.resolve();
    };
    const unsubscribe = nodes.map((node) => node.subscribe(check));
    check();
    try {
      await reached.promise;
    } finally {
      for (const each of unsubscribe) each();
    }
  }

  /** Waits until all running nodes hold this many entries under one root. */
  untilEqual(height: number): Promise<void> {
    return this.until((nodes) => {
      const all = nodes.map(({ handle }) => handle.status());
      return all.every((status) => status.height === height) && new Set(all.map(({ root }) => toHex(root))).size === 1;
    });
  }
}
