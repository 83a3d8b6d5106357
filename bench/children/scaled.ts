/** One node among many, for a while of virtual time: what it hears, says and computes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { CONNECTIONS_COUNT_TARGET, HEARTBEAT_INTERVAL_MS_MAX } from '../../src/core/limits.ts';
import { DEFAULT_RHYTHM } from '../../src/core/node.ts';
import { createIdentity } from '../../src/identity/identity.ts';
import { Other } from '../crowd.ts';
import { DrivenNode } from '../driven.ts';
import { headOf, originsOf } from '../heads.ts';
import { ScaleRun } from '../scale-run.ts';
import { fail, tell } from './parent.ts';

interface Argument {
  readonly nodes: number;
  readonly feeds: number;
  /** Receipts a second in the whole federation; 0: converged and idle. */
  readonly load: number;
  readonly debounceMs: number;
}

/** Others that are really there: all that are connected, and some that stand for the rest. */
const UNCONNECTED_SAMPLED = 16;
/** Of the largest federations only so many nodes vote. */
const WITNESSES_MAX = 31;
const FEED_SIZE = 100;
const QUOTA = 1_000_000;

function main(): void {
  const { nodes, feeds, load, debounceMs }: Argument = JSON.parse(process.argv[2] ?? '');
  const started = performance.now();
  const connected = Math.min(nodes - 1, CONNECTIONS_COUNT_TARGET);
  const others = Array.from({ length: Math.min(nodes - 1, connected + UNCONNECTED_SAMPLED) }, () => new Other());
  const identity = createIdentity();
  const federation = readFederation(
    draftFederation({
      name: 'bench',
      witnesses: [identity.peerId, ...others.map(({ peer }) => peer)]
        .slice(0, WITNESSES_MAX)
        .map((peer) => ({ peer, organisation: '' })),
      openQuota: QUOTA,
    }),
  );
  const before = memory();
  // Who stands for the rest has a feed only where everybody has one.
  const writers = others.slice(0, feeds < nodes ? Math.min(feeds, connected) : others.length);
  // Feeds that are written begin empty: every entry of them is real, and can be shown to who asks.
  const quiet = load > 0 ? [] : writers.map(({ peer }) => peer);
  const heads = [...originsOf(feeds - writers.length), ...quiet].map((origin) => headOf(origin, FEED_SIZE));
  const rhythm =
    load > 0
      ? { ...DEFAULT_RHYTHM, heartbeatDebounceMs: debounceMs }
      : { ...DEFAULT_RHYTHM, heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS_MAX };
  let run: ScaleRun | undefined;
  const node = new DrivenNode(identity, federation, heads, (effect) => run?.carryOut(effect), rhythm);
  for (const origin of originsOf(nodes - 1)) node.state.counters.set(origin, 0);
  const after = memory();
  run = new ScaleRun({ node, others, writers, connected, nodes, load });
  const result = run.run();
  tell('done', {
    ...result,
    seconds: (performance.now() - started) / 1000,
    rss_mb: after.rss / 2 ** 20,
    state_mb: (after.heap - before.heap) / 2 ** 20,
  });
  process.disconnect();
}

/** After a full collection. */
function memory(): { readonly heap: number; readonly rss: number } {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

try {
  main();
} catch (error) {
  fail(error);
}
