/** Line charts as SVG, both axes logarithmic: what grows by tenfolds is a straight line. No library. */

export interface Series {
  readonly name: string;
  /** x and y above 0; others are left out. */
  readonly points: readonly (readonly [number, number])[];
  readonly dashed?: boolean;
  /** Series of one colour belong together; absent: one of its own. */
  readonly color?: number;
}

export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const PANEL_WIDTH = 420;
const PANEL_HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 40;
const BOTTOM = 44;
const LEGEND_LINE = 18;
const FONTS = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";
/** Of one lightness, to be read on white and on black. */
const COLORS = ['#3b82f6', '#e8710a', '#0f9d76', '#db2777', '#8b5cf6', '#a17f00'];
/** The page's ground and text are not known: the picture brings both, for a light and a dark page. */
const STYLE =
  '.ground{fill:#ffffff;stroke:#d0d7de}.text{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d0d7de}' +
  '@media(prefers-color-scheme:dark){.ground{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#3d444d}}';

/** The panels side by side. */
export function chart(title: string, panels: readonly Panel[]): string {
  const lines = Math.max(...panels.map(({ series }) => series.length));
  const width = PANEL_WIDTH * panels.length;
  const height = PANEL_HEIGHT + lines * LEGEND_LINE + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="${FONTS}" font-size="12">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    ...panels.flatMap((panel, i) => [`<g transform="translate(${i * PANEL_WIDTH} 0)">`, ...panelSvg(panel), '</g>']),
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

function panelSvg({ title, xLabel, yLabel, series }: Panel): string[] {
  const shown = series.map((each) => ({ ...each, points: each.points.filter(([x, y]) => x > 0 && y > 0) }));
  const points = shown.flatMap((each) => each.points);
  if (points.length === 0) throw new Error(`plot: nothing to show in "${title}"`);
  const x = axis(
    points.map(([value]) => value),
    LEFT,
    PANEL_WIDTH - RIGHT,
  );
  const y = axis(
    points.map(([, value]) => value),
    PANEL_HEIGHT - BOTTOM,
    TOP,
  );
  const middle = (TOP + PANEL_HEIGHT - BOTTOM) / 2;
  return [
    `<text class="text" x="${LEFT}" y="22" font-size="14" font-weight="600">${escapeXml(title)}</text>`,
    ...x.ticks.flatMap((value) => [
      `<line class="grid" x1="${px(x.at(value))}" x2="${px(x.at(value))}" y1="${TOP}" y2="${PANEL_HEIGHT - BOTTOM}"/>`,
      `<text class="soft" x="${px(x.at(value))}" y="${PANEL_HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(value)}</text>`,
    ]),
    ...y.ticks.flatMap((value) => [
      `<line class="grid" x1="${LEFT}" x2="${PANEL_WIDTH - RIGHT}" y1="${px(y.at(value))}" y2="${px(y.at(value))}"/>`,
      `<text class="soft" x="${LEFT - 6}" y="${px(y.at(value) + 4)}" text-anchor="end">${short(value)}</text>`,
    ]),
    `<text class="soft" x="${(LEFT + PANEL_WIDTH - RIGHT) / 2}" y="${PANEL_HEIGHT - 8}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text class="soft" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`,
    ...shown.flatMap((each, i) => seriesSvg(each, i, x, y)),
  ];
}

function seriesSvg({ name, points, dashed, color }: Series, index: number, x: Axis, y: Axis): string[] {
  const stroke = COLORS[(color ?? index) % COLORS.length];
  const dash = dashed ? ' stroke-dasharray="5 4"' : '';
  const places = [...points].sort(([a], [b]) => a - b).map(([at, value]) => `${px(x.at(at))},${px(y.at(value))}`);
  const legendY = PANEL_HEIGHT + index * LEGEND_LINE;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${stroke}" stroke-width="2"${dash}/>`,
    ...places.map(
      (place) => `<circle cx="${place.split(',')[0]}" cy="${place.split(',')[1]}" r="3" fill="${stroke}"/>`,
    ),
    `<line x1="${LEFT}" x2="${LEFT + 24}" y1="${legendY}" y2="${legendY}" stroke="${stroke}" stroke-width="2"${dash}/>`,
    `<text class="text" x="${LEFT + 32}" y="${legendY + 4}">${escapeXml(name)}</text>`,
  ];
}

/** Ticks at tenfolds; where there are fewer than two of them also at 2 and 5. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const tenfolds = ticksOf([1], low, high);
  const ticks = tenfolds.length > 2 ? tenfolds : ticksOf([1, 2, 5], low, high);
  const first = Math.log10(ticks[0] ?? low);
  const span = Math.log10(ticks.at(-1) ?? high) - first || 1;
  return { ticks, at: (value) => from + ((Math.log10(value) - first) / span) * (to - from) };
}

/** From the last tick not above `low` to the first not below `high`. */
function ticksOf(steps: readonly number[], low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    ticks.push(...steps.map((step) => step * 10 ** power));
  const begin = ticks.findLastIndex((tick) => tick <= low * 1.000001);
  const end = ticks.findIndex((tick) => tick >= high * 0.999999);
  return ticks.slice(Math.max(0, begin), Math.max(end, begin + 1) + 1);
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function short(value: number): string {
  for (const [size, letter] of UNITS) if (value >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
  return String(Number(value.toPrecision(3)));
}

function px(value: number): string {
  return value.toFixed(1);
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
