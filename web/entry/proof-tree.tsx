/** The inclusion proof, drawn from the entry at the foot up to the ledger root: what the page computed, and what the proof gave beside it. */
import { equalBytes, toHex } from '../../src/core/bytes.ts';
import { formatNumber } from '../parts/format.ts';
import type { Report } from './checks.ts';

const WIDTH = 560;
const BOX_WIDTH = 148;
const BOX_HEIGHT = 30;
const STEP = 58;
const MIDDLE = WIDTH / 2;
const ASIDE = 190;

interface Node {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly kind: 'path' | 'given' | 'end' | 'wrong';
  readonly caption: string;
  /** Where nothing stands beside the node; the right, unless told. */
  readonly captionSide?: 'left' | 'right';
  /** The node that this one is hashed into. */
  readonly up: { readonly x: number; readonly y: number } | undefined;
}

export function ProofTree({ report }: { readonly report: Report }) {
  const nodes = layNodes(report);
  const height = Math.max(0, ...nodes.map(({ y }) => y)) + BOX_HEIGHT + 20;
  const verdict = report.holds ? 'it leads to the ledger root' : 'it does not hold';
  return (
    <svg class="proof-tree" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`Inclusion proof: ${verdict}`}>
      {nodes.map(({ x, y, up, kind }, i) =>
        up === undefined ? null : (
          <path key={i} class={`tree-line tree-${kind}`} d={elbow(x, y, up.x, up.y + BOX_HEIGHT)} />
        ),
      )}
      {nodes.map(({ x, y, text, kind, caption, captionSide = 'right' }, i) => (
        <g key={i} class={`tree-node tree-${kind}`} transform={`translate(${x - BOX_WIDTH / 2} ${y})`}>
          <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx="6" />
          <text x={BOX_WIDTH / 2} y="19">
            {text}
          </text>
          {caption !== '' && (
            <text class={`tree-caption is-${captionSide}`} x={captionSide === 'left' ? -10 : BOX_WIDTH + 10} y="19">
              {caption}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function elbow(x: number, y: number, toX: number, toY: number): string {
  const bend = (y + toY) / 2;
  return `M${x} ${y}C${x} ${bend} ${toX} ${bend} ${toX} ${toY}`;
}

/** From the top: ledger root … feed root … receipt. */
function layNodes({ climbs }: Report): Node[] {
  const nodes: Node[] = [];
  let y = 8;
  let up: { x: number; y: number } | undefined;
  for (const climb of [...climbs].reverse()) {
    const { title, step } = climb;
    const reached = climb.steps.at(-1)?.result ?? climb.leaf;
    const what =
      title === 'Ledger'
        ? `ledger root, ${formatNumber(step.size)} feeds`
        : `feed root, ${formatNumber(step.size)} entries`;
    const isRight = equalBytes(reached, step.root) && climb.holds;
    nodes.push({ x: MIDDLE, y, text: shortHex(reached), kind: isRight ? 'end' : 'wrong', caption: what, up });
    up = { x: MIDDLE, y };
    y += STEP;
    for (const [i, { side, sibling }] of [...climb.steps.entries()].reverse()) {
      const below = climb.steps[i - 1]?.result ?? climb.leaf;
      const x = side === 'left' ? MIDDLE - ASIDE : MIDDLE + ASIDE;
      nodes.push({ x, y, text: shortHex(sibling), kind: 'given', caption: '', up });
      const isLeaf = i === 0;
      const caption = isLeaf ? (title === 'Ledger' ? 'this feed' : 'this entry') : '';
      nodes.push({
        x: MIDDLE,
        y,
        text: shortHex(below),
        kind: isLeaf ? 'end' : 'path',
        caption,
        captionSide: side === 'left' ? 'right' : 'left',
        up,
      });
      up = { x: MIDDLE, y };
      y += STEP;
    }
  }
  return nodes;
}

function shortHex(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}
