/** The federation as this node sees it: nodes, its connections, and who holds the same root. */
import { useMemo, useRef } from 'preact/hooks';
import { countStandings, type Member, STANDING_TEXT, STANDINGS } from '../node/standing.ts';
import { formatNumber } from '../parts/format.ts';
import { useSize } from '../parts/measure.ts';
import { Panel, StandingMark } from '../parts/small.tsx';
import { DISTANCE, layOut, NAMED_MAX, nodeSize, type Point, RADIUS } from './layout.ts';

/** Lines between all members of one root would be a carpet above it. */
const SAME_ROOT_LINES_MAX = 24;
const HEIGHT = 400;
/** Room beside the outermost nodes, for their names. */
const MARGIN = 56;
const STRETCH_MAX = 2;
const EXPECTED = { width: 860, height: 360 };
const CENTRE: Point = { x: 0, y: 0 };

interface MeshProps {
  readonly members: readonly Member[];
  /** What keeps this node from others, in words. */
  readonly trouble: string;
}

export function Mesh({ members, trouble }: MeshProps) {
  const box = useRef<SVGSVGElement>(null);
  const size = useSize(box, EXPECTED);
  const width = (HEIGHT * size.width) / Math.max(1, size.height);
  const stretch = Math.min(STRETCH_MAX, (width / 2 - MARGIN) / RADIUS);
  const places = usePlaces(members, stretch);
  const counts = countStandings(members);
  const told = STANDINGS.filter((standing) => counts[standing] > 0);
  const label = `${members.length} nodes: ${told.map((name) => `${counts[name]} ${STANDING_TEXT[name]}`).join(', ')}`;
  const legend = STANDINGS.map((standing) => (
    <span key={standing} class={counts[standing] === 0 ? 'legend-item is-none' : 'legend-item'}>
      <StandingMark standing={standing} />
      {STANDING_TEXT[standing]} <b class="num">{formatNumber(counts[standing])}</b>
    </span>
  ));
  return (
    <Panel
      title="Mesh"
      class={members.length > NAMED_MAX ? 'mesh is-many' : 'mesh'}
      aside={<div class="legend">{legend}</div>}
    >
      <svg ref={box} viewBox={`${-width / 2} ${-HEIGHT / 2} ${width} ${HEIGHT}`} role="img" aria-label={label}>
        <ellipse class="mesh-ring" rx={RADIUS * DISTANCE.agree * stretch} ry={RADIUS * DISTANCE.agree} />
        <ellipse class="mesh-ring" rx={RADIUS * DISTANCE.gone * stretch} ry={RADIUS * DISTANCE.gone} />
        <SameRootLines members={members} places={places} />
        {members.map((member) => (
          <Connection key={member.peer} member={member} at={places.get(member.peer) ?? CENTRE} />
        ))}
        {members.map((member) => (
          <MeshNode
            key={member.peer}
            member={member}
            at={places.get(member.peer) ?? CENTRE}
            count={members.length}
            isNarrow={stretch < 1.2}
          />
        ))}
      </svg>
      <p class="mesh-note clip" title={trouble}>
        {trouble === '' ? noteOf(members.length) : <span class="text-behind">{trouble}</span>}
      </p>
    </Panel>
  );
}

function noteOf(count: number): string {
  const faint = count <= SAME_ROOT_LINES_MAX ? ', faint ones join equal roots' : '';
  return `Seen from this node: solid lines are its connections${faint}. The further out, the further from its root.`;
}

/** Laid out anew when somebody comes, goes, or stands otherwise; not when a height changes. */
function usePlaces(members: readonly Member[], stretch: number): ReadonlyMap<string, Point> {
  const former = useRef<ReadonlyMap<string, Point>>(new Map());
  const shape = members.map(({ peer, standing }) => `${peer}${standing}`).join();
  const round = useMemo(() => {
    former.current = layOut(members, former.current);
    return former.current;
  }, [shape]);
  return useMemo(() => new Map([...round].map(([peer, { x, y }]) => [peer, { x: x * stretch, y }])), [round, stretch]);
}

interface Placed {
  readonly member: Member;
  readonly at: Point;
}

function Connection({ member: { isSelf, standing }, at: { x, y } }: Placed) {
  return useMemo(() => {
    if (isSelf || standing === 'gone' || standing === 'revoked') return null;
    return <line class={`mesh-line line-${standing}`} x1={0} y1={0} x2={x} y2={y} />;
  }, [isSelf, standing, x, y]);
}

function SameRootLines({ members, places }: { members: readonly Member[]; places: ReadonlyMap<string, Point> }) {
  if (members.length > SAME_ROOT_LINES_MAX) return null;
  const equal = members.filter(({ isSelf, standing }) => !isSelf && standing === 'agree');
  return (
    <>
      {equal.flatMap((a, i) =>
        equal.slice(i + 1).map((b) => {
          const from = places.get(a.peer) ?? CENTRE;
          const to = places.get(b.peer) ?? CENTRE;
          const key = `${a.peer}${b.peer}`;
          return <line key={key} class="mesh-same" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
        }),
      )}
    </>
  );
}

/** Drawn again only when it looks different: with a thousand of them, most do not. */
function MeshNode({ member, at: { x, y }, count, isNarrow }: Placed & { count: number; isNarrow: boolean }) {
  const { peer, name, standing, isSelf, isWitness, detail } = member;
  // In a narrow drawing the name in the middle would stand in others; the page's head has it.
  const isNamed = count <= NAMED_MAX && !(isSelf && isNarrow);
  return useMemo(() => {
    const size = nodeSize(count, isSelf);
    const title = `${name}${isSelf ? ' (this node)' : ''}: ${STANDING_TEXT[standing]}, ${detail}`;
    return (
      <a href={`#/receipts?origin=${peer}`} tabIndex={-1} aria-label={title}>
        <g
          class={`mesh-node node-${standing}`}
          data-peer={peer}
          data-standing={standing}
          style={{ transform: `translate(${x}px, ${y}px)` }}
        >
          <title>{title}</title>
          {isSelf && <circle class="mesh-self" r={size + 6} />}
          {isWitness ? (
            <circle class="mesh-dot" r={size} />
          ) : (
            <rect class="mesh-dot" x={-size} y={-size} width={size * 2} height={size * 2} rx={size / 3} />
          )}
          {isNamed && <MeshName member={member} isAbove={y < -RADIUS / 4} size={size} />}
        </g>
      </a>
    );
  }, [peer, name, standing, isSelf, isWitness, detail, x, y, count, isNamed]);
}

/** Names stand on the outer side of their nodes, where no line runs. */
function MeshName({ member, isAbove, size }: { member: Member; isAbove: boolean; size: number }) {
  const { name, standing, detail } = member;
  const hasDetail = standing !== 'agree';
  const first = isAbove ? -size - (hasDetail ? 25 : 10) : size + (member.isSelf ? 25 : 19);
  return (
    <>
      <text class="mesh-name" y={first}>
        {name}
      </text>
      {hasDetail && (
        <text class="mesh-detail" y={first + 14}>
          {detail}
        </text>
      )}
    </>
  );
}
