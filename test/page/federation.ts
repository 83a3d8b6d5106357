/** Real node processes on loopback for page tests, and what they are asked beside the page. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, type DemoNode, makeCluster } from '../../scripts/demo/cluster.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';

const POLL_MS = 50;

export class PageFederation {
  readonly cluster: Cluster;
  readonly #directory: string;

  private constructor(cluster: Cluster, directory: string) {
    this.cluster = cluster;
    this.#directory = directory;
  }

  /** One node for each organisation, started, each connected to all others. */
  static async start(...organisations: readonly string[]): Promise<PageFederation> {
    const directory = await mkdtemp(join(tmpdir(), 'tessrax-page-'));
    const cluster = await makeCluster(directory, organisations.length, organisations);
    const federation = new PageFederation(cluster, directory);
    const alone = organisations.length === 1 ? ['--alone'] : [];
    for (const node of cluster.nodes) await cluster.start(node, ...alone);
    await federation.until(async () => {
      const all = await Promise.all(cluster.nodes.map((node) => node.status()));
      return all.every(({ peers }) => peers === organisations.length - 1);
    });
    return federation;
  }

  node(index: number): DemoNode {
    const node = this.cluster.nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node;
  }

  /** Appends in one request; gives the receipt hashes. */
  async append(index: number, ...payloads: readonly JsonObject[]): Promise<string[]> {
    const response = await fetch(`${this.node(index).url}/v1/receipts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payloads.map((payload) => ({ payload }))),
    });
    const answer: { entries?: { hash: string }[] } = await response.json();
    if (answer.entries === undefined) throw new Error(`append: ${JSON.stringify(answer)}`);
    return answer.entries.map(({ hash }) => hash);
  }

  /** All hold this many entries, all final, under one root. */
  untilFinal(height: number, indices: readonly number[]): Promise<void> {
    return this.until(async () => {
      const all = await Promise.all(indices.map((index) => this.node(index).status()));
      return all.every((status) => status.height === height && status.certified === height);
    });
  }

  /** Looks again and again; the test's own deadline ends it. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
