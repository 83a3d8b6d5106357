/** Durable appends on a real node without peers: one writer that waits, whole batches, and 64 writers at once. */
import { type RunningNode, startNode } from '../src/compose.ts';
import { TessraxError } from '../src/core/errors.ts';
import type { Draft } from '../src/core/events.ts';
import type { Bench } from './bench.ts';
import { takeReceipts } from './receipts.ts';
import { rounded } from './report.ts';
import { quietLog, withWorkspace } from './workspace.ts';

const AWAITED_ENTRIES = 5000;
const BATCH_ENTRIES = 1000;
const WRITERS = 64;
const ENTRIES = 50_000;

/** Appends the drafts and resolves when all are durable. */
type Mode = (node: RunningNode, drafts: readonly Draft[]) => Promise<void>;

const MODES: readonly { readonly mode: string; readonly entries: number; readonly run: Mode }[] = [
  { mode: 'awaited', entries: AWAITED_ENTRIES, run: appendEach },
  { mode: 'batch', entries: ENTRIES, run: appendBatches },
  { mode: 'writers64', entries: ENTRIES, run: appendConcurrently },
];

export const append: Bench = {
  name: 'append',
  summary: `durable appends on one node: awaited one by one (n = ${AWAITED_ENTRIES}), in batches, by ${WRITERS} writers (n = ${ENTRIES})`,
  async *run({ n }) {
    for (const { mode, entries, run } of MODES) {
      const count = n ?? entries;
      const seconds = await withWorkspace(1, async ({ members: [member] }) => {
        if (member === undefined) throw new TessraxError('bench_workspace', 'the workspace has no node');
        const node = await startNode(member.config, quietLog);
        try {
          await appendBatches(node, takeReceipts(2, BATCH_ENTRIES)); // warm code
          return await timed(node, takeReceipts(3, count), run);
        } finally {
          await node.stop();
        }
      });
      yield {
        n: count,
        seconds: rounded(seconds, 3),
        rate: rounded(count / seconds),
        unit: 'receipts/s',
        mode,
        durable: true,
      };
    }
  },
};

async function timed(node: RunningNode, drafts: readonly Draft[], run: Mode): Promise<number> {
  const before = node.handle.status().height;
  const started = performance.now();
  await run(node, drafts);
  const seconds = (performance.now() - started) / 1000;
  const grown = node.handle.status().height - before;
  if (grown !== drafts.length)
    throw new TessraxError('bench_not_done', `the ledger grew by ${grown}, not ${drafts.length}`);
  return seconds;
}

async function appendEach(node: RunningNode, drafts: readonly Draft[]): Promise<void> {
  for (const draft of drafts) await node.append([draft]);
}

async function appendBatches(node: RunningNode, drafts: readonly Draft[]): Promise<void> {
  for (let at = 0; at < drafts.length; at += BATCH_ENTRIES) await node.append(drafts.slice(at, at + BATCH_ENTRIES));
}

async function appendConcurrently(node: RunningNode, drafts: readonly Draft[]): Promise<void> {
  const shares = Array.from({ length: WRITERS }, (_, i) => drafts.filter((_draft, at) => at % WRITERS === i));
  await Promise.all(shares.map((share) => appendEach(node, share)));
}
