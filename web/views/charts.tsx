/** Charts of what the event stream tells: entries a second, and how long a synchronisation takes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { live } from '../node/live.ts';
import { BUCKET_MS, BUCKETS } from '../node/series.ts';
import { formatClock, formatMs, formatRate } from '../parts/format.ts';
import { Panel } from '../parts/small.tsx';
import { useTheme } from '../parts/theme.tsx';

const REDRAW_MS = 1000;
const HEIGHT = 132;
const WINDOW_MS_MIN = 60_000;

type Columns = [number[], (number | null)[], (number | null)[]];

interface ChartProps {
  readonly title: string;
  readonly names: readonly [string, string];
  readonly format: (value: number) => string;
  readonly read: () => Columns;
  readonly drawing: 'area' | 'points';
}

export function RateChart() {
  const read = (): Columns => {
    const { times, own, received } = live.series.rates(Date.now());
    return [times, received, own];
  };
  return (
    <Chart title="Entries per second" names={['received', 'own']} format={formatRate} read={read} drawing="area" />
  );
}

export function LatencyChart() {
  const read = (): Columns => {
    const { times, medianMs, slowestMs } = live.series.latencies(Date.now());
    return [times, medianMs, slowestMs];
  };
  return <Chart title="Sync latency" names={['median', 'slowest']} format={formatMs} read={read} drawing="points" />;
}

function Chart({ title, names, format, read, drawing }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [told, setTold] = useState('');
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const plot = new uPlot(optionsOf(element.clientWidth, format, drawing), read(), element);
    const draw = (): void => {
      if (document.hidden) return;
      const columns = read();
      plot.setData(columns);
      setTold(lastOf(columns, names, format));
    };
    draw();
    const timer = setInterval(draw, REDRAW_MS);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      clearInterval(timer);
      observer.disconnect();
      plot.destroy();
    };
  }, [theme]);
  const key = names.map((name, i) => (
    <span key={name} class={`chart-key key-${i}`}>
      {name}
    </span>
  ));
  return (
    <Panel title={title} class="chart" aside={key}>
      <div class="chart-box" ref={box} role="img" aria-label={`${title}: ${told}`} style={{ height: `${HEIGHT}px` }} />
      <p class="chart-told num">{told}</p>
    </Panel>
  );
}

/** Seconds from and to: a minute at first, then as long as the page has been open, up to all that is kept. */
function windowOf(nowMs: number): [number, number] {
  const spanMs = Math.min(BUCKETS * BUCKET_MS, Math.max(WINDOW_MS_MIN, nowMs - live.series.startedMs));
  return [(nowMs - spanMs) / 1000, nowMs / 1000];
}

function lastOf(
  [, first, second]: Columns,
  names: readonly [string, string],
  format: (value: number) => string,
): string {
  const latest = (values: readonly (number | null)[]): string => {
    const value = values.findLast((each) => each !== null);
    return value === undefined || value === null ? '–' : format(value);
  };
  return `${names[0]} ${latest(first)}, ${names[1]} ${latest(second)}`;
}

function optionsOf(width: number, format: (value: number) => string, drawing: 'area' | 'points'): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: '11px sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const points = { show: drawing === 'points', size: 5, width: 0 };
  const line = (stroke: string, fill: string): uPlot.Series => ({
    stroke,
    width: drawing === 'area' ? 1.5 : 0,
    points: { ...points, fill: stroke },
    ...(drawing === 'area' ? { fill } : {}),
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 26, 0, 0],
    scales: {
      x: { range: () => windowOf(Date.now()) },
      y: { range: (_plot, _low, high) => [0, Math.max(1, high ?? 0) * 1.15] },
    },
    axes: [
      { ...axis, size: 24, space: 80, values: (_plot, ticks) => ticks.map((tick) => formatClock(tick * 1000)) },
      { ...axis, size: 58, space: 30, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [{}, line(colour('--accent'), colour('--accent-faint')), line(colour('--second'), 'transparent')],
  };
}
