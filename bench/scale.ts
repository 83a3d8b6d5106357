/**
 * What a node of a large federation costs: one real node of the core under measurement, the others' messages made with real keys and
 * encodings at the rate the protocol gives them, in virtual time. How, and what is left out: README.md, "scale".
 */
import { HEARTBEAT_DEBOUNCE_MS } from '../src/core/limits.ts';
import type { Bench } from './bench.ts';
import { finish } from './catchup.ts';
import { Child, numberOf } from './child.ts';
import { rounded } from './report.ts';

const NODES = [10, 100, 1000, 10_000];
const FEEDS = [1, 100, 10_000];
const LOADS = [0, 100];

export const scale: Bench = {
  name: 'scale',
  summary:
    'bytes, CPU and memory of one node among --nodes (10 to 10,000) with 1 to 10,000 feeds, idle and at 100 receipts/s',
  async *run({ nodes, debounce = HEARTBEAT_DEBOUNCE_MS }) {
    for (const count of nodes === undefined ? NODES : [nodes]) {
      for (const feeds of FEEDS) {
        for (const load of LOADS) {
          const argument = { nodes: count, feeds, load, debounceMs: debounce };
          const result = await finish(new Child('scaled', argument, { profile: undefined }));
          yield {
            n: count,
            seconds: rounded(numberOf(result, 'seconds'), 2),
            unit: 'per node',
            nodes: count,
            feeds,
            load,
            debounce_ms: debounce,
            bytes_per_second_per_node: rounded(numberOf(result, 'bytes_per_second')),
            cpu_percent_per_node: rounded(numberOf(result, 'cpu_percent'), 2),
            rss_mb_per_node: rounded(numberOf(result, 'rss_mb')),
            state_mb: rounded(numberOf(result, 'state_mb'), 1),
            gossip_bytes_per_second: rounded(numberOf(result, 'gossip_bytes')),
            stream_bytes_per_second: rounded(numberOf(result, 'stream_bytes')),
            heartbeats_per_second: rounded(numberOf(result, 'heartbeats'), 2),
            comparisons_per_second: rounded(numberOf(result, 'comparisons'), 2),
            searches_per_second: rounded(numberOf(result, 'searches'), 2),
            gossip_cpu_percent: rounded(numberOf(result, 'gossip_cpu_percent'), 2),
            stream_cpu_percent: rounded(numberOf(result, 'stream_cpu_percent'), 2),
            virtual_seconds: rounded(numberOf(result, 'virtual_seconds'), 1),
          };
        }
      }
    }
  },
};
