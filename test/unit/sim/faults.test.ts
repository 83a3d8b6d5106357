/** Faults that may strike only where something is promised all the same. */
import { equal, ok } from 'node:assert/strict';
import { lostMarker } from '../../sim/faults/disk.ts';
import { MINUTE } from '../../sim/schedule.ts';
import { createWorld } from '../../sim/setup.ts';

/** How often a marker is lost in an hour where nobody holds an entry, and every marker says that so many were signed. */
function markersLost(marker: number): number {
  const world = createWorld({ seed: 1, nodes: 4 });
  let times = 0;
  for (const node of world.nodes) node.marker = marker;
  lostMarker.install(world, () => {
    times += 1;
  });
  world.run(60 * MINUTE);
  return times;
}

describe('simulation faults', () => {
  it('take no marker from a node whose folder went before: nobody could tell it what it had signed', () => {
    ok(markersLost(0) > 0);
    equal(markersLost(1), 0);
  });
});
