/**
 * A picture of a terminal out of its text. The one in README.md was made so, in a tmux of 124 columns:
 *
 *     tmux capture-pane -p | node scripts/terminal-svg.ts "npm run demo" > docs/images/demo.svg
 */
import { text } from 'node:stream/consumers';

const COLUMN_PX = 7.8;
const LINE_PX = 18;
const MARGIN_PX = 16;
const FONT_PX = 13;
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** An SVG of the lines. It brings its own ground, so that it can be read on a light and on a dark page. */
export function terminalSvg(title: string, terminal: string): string {
  const lines = terminal.trimEnd().split('\n');
  const columns = Math.max(...lines.map(columnsOf));
  const width = Math.ceil(columns * COLUMN_PX + 2 * MARGIN_PX);
  const height = lines.length * LINE_PX + 2 * MARGIN_PX;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6" fill="#16191f" stroke="#6b7280"/>`,
    `<g fill="#e5e7eb" font-family="${FONTS}" font-size="${FONT_PX}" xml:space="preserve" style="white-space:pre">`,
    ...lines.flatMap(lineSvg),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** `textLength` keeps columns below each other, whatever font the reader has. */
function lineSvg(line: string, index: number): string[] {
  if (line.trim() === '') return [];
  const y = MARGIN_PX + index * LINE_PX + FONT_PX;
  const length = (columnsOf(line) * COLUMN_PX).toFixed(1);
  return [`<text x="${MARGIN_PX}" y="${y}" textLength="${length}" lengthAdjust="spacing">${escapeXml(line)}</text>`];
}

function columnsOf(line: string): number {
  return [...line].length;
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

if (import.meta.main) {
  const [title = 'a terminal'] = process.argv.slice(2);
  process.stdout.write(terminalSvg(title, await text(process.stdin)));
}
