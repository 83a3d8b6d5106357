/** Synchronisations over time: a lane for each peer, a dot for each statement, the larger the more entries it covers. */
import { useRef } from 'preact/hooks';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { asNumber, asText } from '../node/answers.ts';
import { formatTime } from '../parts/format.ts';
import { useSize } from '../parts/measure.ts';

const DOTS_MAX = 400;
const LANES_MAX = 10;
const EXPECTED = { width: 1340, height: 0 };
const NAME_WIDTH = 116;
const LANE_HEIGHT = 26;
/** Room for the text of a time. */
const TICK_WIDTH = 110;

interface LanesProps {
  readonly entries: readonly JsonObject[];
  /** Lanes that room is kept for from the beginning. */
  readonly lanesExpected: number;
  readonly name: (peer: string) => string;
}

export function Lanes({ entries, lanesExpected, name }: LanesProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box, EXPECTED);
  const shown = entries.slice(0, DOTS_MAX);
  const counts = new Map<string, number>();
  for (const entry of shown) counts.set(otherOf(entry), (counts.get(otherOf(entry)) ?? 0) + 1);
  const lanes = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([peer]) => peer)
    .slice(0, LANES_MAX);
  const times = shown.map(({ timestamp }) => asNumber(timestamp));
  const first = Math.min(...times);
  const span = Math.max(1, Math.max(...times) - first);
  const x = (timeMs: number): number => NAME_WIDTH + ((timeMs - first) / span) * (width - NAME_WIDTH - 20);
  const height = Math.min(LANES_MAX, Math.max(lanesExpected, lanes.length)) * LANE_HEIGHT + 30;
  const ticks = Math.min(6, Math.max(2, Math.floor((width - NAME_WIDTH) / TICK_WIDTH)));
  const label = `The last ${shown.length} statements, with ${lanes.length} peers`;
  return (
    <div class="lanes" ref={box}>
      <svg viewBox={`0 0 ${width} ${height}`} height={height} role="img" aria-label={label}>
        {lanes.map((peer, i) => (
          <g key={peer}>
            <line class="lane-line" x1={NAME_WIDTH} x2={width - 10} y1={laneY(i)} y2={laneY(i)} />
            <text class="lane-name" x="0" y={laneY(i) + 4}>
              {name(peer).slice(0, 16)}
            </text>
          </g>
        ))}
        {shown.map((entry) => {
          const lane = lanes.indexOf(otherOf(entry));
          if (lane < 0) return null;
          const radius = 3 + Math.min(6, Math.log2(1 + asNumber(entry['entries'])));
          const kind = entry['type'] === 'SYNC_EVENT' ? 'lane-sent' : 'lane-received';
          return (
            <circle
              key={asText(entry['hash'])}
              class={kind}
              cx={x(asNumber(entry['timestamp']))}
              cy={laneY(lane)}
              r={radius}
            />
          );
        })}
        {shown.length > 1 &&
          Array.from({ length: ticks }, (_, i) => {
            const time = first + (span * i) / Math.max(1, ticks - 1);
            return (
              <text key={i} class="lane-time" x={x(time)} y={height - 6}>
                {formatTime(time, Date.now())}
              </text>
            );
          })}
      </svg>
    </div>
  );
}

function laneY(lane: number): number {
  return 16 + lane * LANE_HEIGHT;
}

/** Who stands on the other side: `*` for a push to everybody. */
export function otherOf(entry: JsonObject): string {
  return asText(entry['type'] === 'SYNC_EVENT' ? entry['target'] : entry['source']);
}
