/** How far the peers' clocks are from ours. No rule reads a clock, but entries from the future are held back, and logs want comparing. */
import { Gauge, type Registry } from 'prom-client';
import { PEERS_COUNT_MAX } from '../core/limits.ts';

/** Returns what to call for each heartbeat: its sender and its sender's wall clock, in milliseconds. */
export function registerClocks(registry: Registry, wallMs: () => number): (node: string, timestampMs: number) => void {
  /** Seconds the node's clock is ahead of ours; the latest of each, at most PEERS_COUNT_MAX. */
  const offsets = new Map<string, number>();
  new Gauge({
    name: 'federation_clock_offset_seconds',
    help: 'Median of how far the clocks of other nodes are ahead of this one: far from 0, this clock is wrong',
    registers: [registry],
    collect() {
      this.set(median([...offsets.values()]));
    },
  });
  return (node, timestampMs) => {
    offsets.delete(node);
    offsets.set(node, (timestampMs - wallMs()) / 1000);
    const [oldest] = offsets.keys();
    if (offsets.size > PEERS_COUNT_MAX && oldest !== undefined) offsets.delete(oldest);
  };
}

/** Of an even number the middle one nearer to 0: of two others one may be wrong without this clock being so. */
function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return Math.abs(lower) < Math.abs(upper) ? lower : upper;
}
