/**
 * Pictures of measurements: takes what `npm run bench -- NAME --json` printed, of as many runs as there are, and writes an SVG.
 *
 *     node scripts/plot.ts catchup < catchup.jsonl > docs/images/bench-catchup.svg
 */
import { text } from 'node:stream/consumers';
import { chart, type Panel, type Series } from './plot/chart.ts';

type Row = Readonly<Record<string, unknown>>;

const PLOTS: Readonly<Record<string, { readonly title: string; panels(rows: readonly Row[]): Panel[] }>> = {
  catchup: { title: 'Catch-up of a fresh node, receipts a second', panels: catchupPanels },
  latency: { title: 'From append on one node to durable on the others', panels: latencyPanels },
  scale: { title: 'What one node of a federation costs', panels: scalePanels },
};

/** @throws Error when the plot is not known, or the rows are not its bench's */
export function plot(name: string, rows: readonly Row[]): string {
  const known = PLOTS[name];
  if (known === undefined) throw new Error(`plot: "${name}" is not one of ${Object.keys(PLOTS).join(', ')}`);
  return chart(known.title, known.panels(rows.filter((row) => row['name'] === name)));
}

/** One JSON object a line. */
export function rowsOf(lines: string): Row[] {
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Row => JSON.parse(line));
}

function catchupPanels(rows: readonly Row[]): Panel[] {
  const ours = rows.filter((row) => row['peer'] === undefined);
  const of = (peer: string): Row[] => rows.filter((row) => row['peer'] === peer);
  const series = [
    medians('Tessrax: every signature verified', ours, 'n', 'rate'),
    { ...medians('verify + hash + store, no network', ours, 'n', 'ceiling_rate'), dashed: true },
    medians('Hypercore: hashes under one signed head', of('hypercore'), 'peer_n', 'peer_rate'),
    medians('OrbitDB', of('orbitdb'), 'peer_n', 'peer_rate'),
  ];
  return [{ title: 'Catch-up', xLabel: 'receipts of 300 B', yLabel: 'receipts/s', series: withPoints(series) }];
}

function latencyPanels(rows: readonly Row[]): Panel[] {
  const ours = rows.filter((row) => row['peer'] === undefined);
  const peers = [
    ['hypercore', 'Hypercore', 1],
    ['orbitdb', 'OrbitDB', 2],
  ] as const;
  const series = [
    { ...medians('Tessrax p50', ours, 'nodes', 'p50_ms'), color: 0 },
    { ...medians('Tessrax p99', ours, 'nodes', 'p99_ms'), color: 0, dashed: true },
    ...peers.flatMap(([peer, name, color]) => {
      const two = rows.filter((row) => row['peer'] === peer).map((row) => ({ ...row, nodes: 2 }));
      return [
        { ...medians(`${name} p50`, two, 'nodes', 'peer_p50_ms'), color },
        { ...medians(`${name} p99`, two, 'nodes', 'peer_p99_ms'), color, dashed: true },
      ];
    }),
  ];
  return [{ title: 'Live latency', xLabel: 'nodes, one process each', yLabel: 'ms', series: withPoints(series) }];
}

function scalePanels(rows: readonly Row[]): Panel[] {
  const kinds = [...new Set(rows.map((row) => `${row['feeds']} ${row['load']}`))];
  const feeds = [...new Set(rows.map((row) => row['feeds']))];
  const seriesOf = (field: string): Series[] =>
    kinds.map((kind) => {
      const own = rows.filter((row) => `${row['feeds']} ${row['load']}` === kind);
      const [first] = own;
      const idle = first?.['load'] === 0;
      const name = `${first?.['feeds']} ${first?.['feeds'] === 1 ? 'feed' : 'feeds'}, ${idle ? 'idle' : `${first?.['load']} receipts/s`}`;
      return { ...medians(name, own, 'nodes', field), dashed: idle, color: feeds.indexOf(first?.['feeds']) };
    });
  const panel = (title: string, yLabel: string, field: string): Panel => ({
    title,
    xLabel: 'nodes',
    yLabel,
    series: withPoints(seriesOf(field)),
  });
  return [
    panel('Traffic of one node', 'bytes/s, in and out', 'bytes_per_second_per_node'),
    panel('CPU of one node', '% of one core', 'cpu_percent_per_node'),
    panel('Memory of one node', 'MB', 'rss_mb_per_node'),
  ];
}

function withPoints(series: readonly Series[]): Series[] {
  return series.filter(({ points }) => points.length > 0);
}

/** For each x the median of its y. */
function medians(name: string, rows: readonly Row[], x: string, y: string): Series {
  const byX = new Map<number, number[]>();
  for (const row of rows) {
    const at = row[x];
    const value = row[y];
    if (typeof at !== 'number' || typeof value !== 'number') continue;
    byX.set(at, [...(byX.get(at) ?? []), value]);
  }
  return { name, points: [...byX].map(([at, values]) => [at, median(values)]) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? upper) + upper) / 2;
}

if (import.meta.main) {
  const [name = ''] = process.argv.slice(2);
  process.stdout.write(plot(name, rowsOf(await text(process.stdin))));
}
