/**
 * Where the nodes are drawn. This node stands in the middle; the further a member's root is from its own, the further out it stands. Positions
 * start from the former ones, so that a change of one member moves little else.
 */
import { forceCollide, forceManyBody, forceRadial, forceSimulation, type SimulationNodeDatum } from 'd3-force';
import type { Member, Standing } from '../node/standing.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Half the width and height of the drawing, in its own units. */
export const RADIUS = 165;
/** Above it the drawing is dots without names, and the forces between all pairs would cost more than they show. */
export const NAMED_MAX = 40;
const TICKS = 160;
const TICKS_MANY = 16;

/** How far out, as a part of the radius. */
export const DISTANCE: Readonly<Record<Standing, number>> = {
  agree: 0.58,
  behind: 0.78,
  differ: 0.86,
  gone: 1,
  revoked: 1,
};
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

interface Body extends SimulationNodeDatum {
  readonly id: string;
  readonly distance: number;
  readonly size: number;
}

export function nodeSize(count: number, isSelf: boolean): number {
  const size = count <= 12 ? 11 : count <= NAMED_MAX ? 8 : count <= 300 ? 4.5 : 2.6;
  return isSelf ? size * 1.45 : size;
}

export function layOut(members: readonly Member[], former: ReadonlyMap<string, Point>): Map<string, Point> {
  const count = members.length;
  const isNamed = count <= NAMED_MAX;
  const bodies = members.map((member, i): Body => {
    const spread = isNamed ? 1 : 0.75 + 0.5 * ((i * 0.618) % 1);
    const distance = member.isSelf ? 0 : Math.min(RADIUS, RADIUS * DISTANCE[member.standing] * spread);
    const angle = i * (isNamed ? (2 * Math.PI) / Math.max(1, count - 1) : GOLDEN_ANGLE) - Math.PI / 2;
    const start = former.get(member.peer) ?? { x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
    const fixed = member.isSelf ? { fx: 0, fy: 0 } : {};
    return { id: member.peer, distance, size: nodeSize(count, member.isSelf), ...start, ...fixed };
  });
  const simulation = forceSimulation(bodies)
    .stop()
    .force('radial', forceRadial<Body>(({ distance }) => distance).strength(0.9))
    .force(
      'collide',
      forceCollide<Body>(({ size }) => size * (isNamed ? 2.6 : 1.35)),
    );
  if (isNamed) simulation.force('charge', forceManyBody<Body>().strength(-120));
  simulation.tick(isNamed ? TICKS : TICKS_MANY);
  return new Map(bodies.map(({ id, x = 0, y = 0 }) => [id, inside({ x, y })]));
}

/** Forces may push a little beyond the edge. */
function inside({ x, y }: Point): Point {
  const shrink = Math.min(1, RADIUS / Math.max(1, Math.hypot(x, y)));
  return { x: x * shrink, y: y * shrink };
}
