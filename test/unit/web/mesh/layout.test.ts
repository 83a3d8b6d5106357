import { deepEqual, ok } from 'node:assert/strict';
import { layOut, RADIUS } from '../../../../web/mesh/layout.ts';
import type { Member, Standing } from '../../../../web/node/standing.ts';

function members(count: number, standingOf: (i: number) => Standing = () => 'agree'): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    peer: `peer ${i}`,
    name: `name ${i}`,
    isSelf: i === 0,
    isWitness: true,
    standing: standingOf(i),
    detail: '',
    conduct: '',
    height: 0,
    root: '',
    lastSeenMs: 0,
    feedSize: 0,
    feedCertified: 0,
  }));
}

describe('web: where nodes are drawn', () => {
  for (const count of [1, 2, 5, 40, 41, 1000]) {
    it(`${count} of them within the circle, this node in its middle`, () => {
      const places = layOut(members(count), new Map());
      deepEqual(places.get('peer 0'), { x: 0, y: 0 });
      ok([...places.values()].every(({ x, y }) => Math.hypot(x, y) <= RADIUS + 1e-6));
    });
  }

  it('further out, the further from the root', () => {
    const places = layOut(
      members(9, (i) => (i > 6 ? 'gone' : 'agree')),
      new Map(),
    );
    const distance = (i: number): number =>
      Math.hypot(places.get(`peer ${i}`)?.x ?? 0, places.get(`peer ${i}`)?.y ?? 0);
    for (const near of [1, 2, 3, 4, 5, 6]) for (const far of [7, 8]) ok(distance(near) < distance(far));
  });

  it('moves the others little when one changes', () => {
    const before = layOut(members(8), new Map());
    const after = layOut(
      members(8, (i) => (i === 3 ? 'gone' : 'agree')),
      before,
    );
    for (const [peer, { x, y }] of after) {
      const former = before.get(peer) ?? { x: 0, y: 0 };
      if (peer !== 'peer 3') ok(Math.hypot(x - former.x, y - former.y) < RADIUS / 4, peer);
    }
  });
});
