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
  /** Tells of each feed of which more became final. */
  readonly watchFinal?: boolean;
}

async function main(): Promise<void> {
  const { config, watch, watchFinal = false } = readArgument<Argument>();
  const node = await startNode(config, quietLog);
  node.failed.catch(fail);
  if (watch) tellOfStored(node);
  if (watchFinal) tellOfFinal(node);
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
        const [receipt] = await node.append(draft === undefined ? [] : [draft]);
        return { at_us: microseconds(startedNs), size: (receipt?.seq ?? 0) + 1 };
      },
      async cpu() {
        const { user, system } = process.cpuUsage();
        return { us: user + system };
      },
    },
    () => node.stop(),
  );
  const addresses = node.handle.addresses();
  tell('ready', { address: addresses.find((address) => !address.includes('/127.')) ?? addresses[0], api: node.apiUrl });
}

function tellOfStored(node: RunningNode): void {
  node.subscribe((note) => {
    if (note.name !== 'entries_stored' || note.local) return;
    const at_us = microseconds(process.hrtime.bigint());
    tell('stored', { at_us, height: note.height });
  });
}

function tellOfFinal(node: RunningNode): void {
  node.subscribe((note) => {
    if (note.name !== 'entries_certified') return;
    const at_us = microseconds(process.hrtime.bigint());
    for (const { origin, size } of note.feeds) tell('final', { at_us, origin, size });
  });
}

/** Of the machine's monotonic clock, the same for every process. */
function microseconds(ns: bigint): number {
  return Number(ns / 1000n);
}

await main().catch(fail);
