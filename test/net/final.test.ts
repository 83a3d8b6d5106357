/** Real nodes: from append to final on every node within two heartbeat intervals, also when heartbeats have backed off. */
import { ok } from 'node:assert/strict';
import type { RunningNode } from '../../src/compose.ts';
import { TestFederation } from './federation.ts';

const INTERVAL_MS = 1500;
/** What the protocol allows. Measured are some hundredths of an interval; one whole one when a vote is lost. */
const INTERVALS_MAX = 2;
const APPENDS = 10;
const DRAFT = { type: 'RECEIPT', body: { payload: { final: true } } };

describe('time to final', () => {
  let federation: TestFederation;
  let nodes: readonly RunningNode[];

  before(async () => {
    federation = await TestFederation.create('one', 'two', 'three', 'four');
    for (const name of federation.names)
      await federation.start(name, { alone: true, heartbeatIntervalMs: INTERVAL_MS });
    nodes = [...federation.running.values()];
    await federation.until((all) => all.every(({ handle }) => handle.status().peersConnected === all.length - 1));
    await appendUntilFinal(); // the first one waits for the mesh of gossip
  });
  after(() => federation.close());

  it('is less than two heartbeat intervals', async () => {
    for (let i = 0; i < APPENDS; i++) await check();
  });

  it('is so after a quiet time, in which heartbeats have backed off', async () => {
    await Promise.all(nodes.map((node) => heartbeats(node, 3)));
    await check();
  });

  async function check(): Promise<void> {
    const ms = await appendUntilFinal();
    ok(ms <= INTERVALS_MAX * INTERVAL_MS, `${ms} ms are more than ${INTERVALS_MAX} intervals of ${INTERVAL_MS} ms`);
  }

  /** Milliseconds from append to the last node that has it as final. */
  async function appendUntilFinal(): Promise<number> {
    const [writer] = nodes;
    if (writer === undefined) throw new Error('there is no node');
    const started = performance.now();
    const everywhere = Promise.all(nodes.map((node) => nextFinal(node, writer.handle.status().peerId)));
    await writer.append([DRAFT]);
    await everywhere;
    return performance.now() - started;
  }
});

/** When more of a feed becomes final on a node. */
function nextFinal(node: RunningNode, origin: string): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = node.subscribe((note) => {
      if (note.name !== 'entries_certified' || !note.feeds.some((feed) => feed.origin === origin)) return;
      unsubscribe();
      resolve();
    });
  });
}

/** The next heartbeats of a node that has nothing to tell: each waits twice as long as the one before. */
function heartbeats(node: RunningNode, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const unsubscribe = node.subscribe((note) => {
      if (note.name !== 'heartbeat_sent' || --left > 0) return;
      unsubscribe();
      resolve();
    });
  });
}
