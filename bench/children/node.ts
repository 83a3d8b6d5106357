/** A node that its parent watches: it tells of every stored entry of others, and appends when asked. */

import { type RunningNode, startNode } from '../../src/compose.ts';
import type { Config } from '../../src/config.ts';
import { toHex } from '../../src/core/bytes.ts';
import { takeReceipts } from '../receipts.ts';
import { quietLog } from '../workspace.ts';
import { fail, readArgument, serve, tell } from './parent.ts';

interface Argument {
  readonly config: Config;
  /** Tells of each entry as it becomes durable. */
  readonly watch: boolean;
}

async function main(): Promise<void> {
  const { config, watch } = readArgument<Argument>();
  const node = await startNode(config, quietLog);
  node.failed.catch(fail);
  if (watch) tellOfStored(node);
  let appended = 0;
  const drafts = takeReceipts(7, 10_000);
  serve(
    {
      async status() {
        const { height, root, peersConnected } = node.handle.status();
        return { height, root: toHex(root), peers: peersConnected };
      },
      async append() {
        const draft = drafts[appended++ % drafts.length];
        const startedNs = process.hrtime.bigint();
        await node.append(draft === undefined ? [] : [draft]);
        return { at_us: microseconds(startedNs) };
      },
      async cpu() {
        const { user, system } = process.cpuUsage();
        return { us: user + system };
      },
    },
    () => node.stop(),
  );
  tell('ready', { address: node.handle.addresses()[0], api: node.apiUrl });
}

function tellOfStored(node: RunningNode): void {
  node.subscribe((note) => {
    if (note.name !== 'entries_stored' || note.local) return;
    const at_us = microseconds(process.hrtime.bigint());
    tell('stored', { at_us, height: note.height });
  });
}

/** Of the machine's monotonic clock, the same for every process. */
function microseconds(ns: bigint): number {
  return Number(ns / 1000n);
}

await main().catch(fail);
