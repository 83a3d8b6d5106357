import { deepEqual, match, ok, throws } from 'node:assert/strict';
import { plot, rowsOf } from '../../../scripts/plot.ts';

/** The places of a chart's lines, by series. */
function linesOf(svg: string): number[][][] {
  return [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => point.split(',').map(Number)),
  );
}

const RUNS = [
  { name: 'catchup', n: 1000, rate: 100, ceiling_rate: 1000 },
  { name: 'catchup', n: 1000, rate: 10_000, ceiling_rate: 1000 },
  { name: 'catchup', n: 1000, rate: 1000, ceiling_rate: 1000 },
  { name: 'catchup', n: 100_000, rate: 10_000, ceiling_rate: 1000 },
  { name: 'catchup', n: 1000, rate: 1000, peer: 'orbitdb', peer_n: 1000, peer_rate: 100 },
];

describe('plots of measurements', () => {
  it('take the median of equal runs, and grow upwards and to the right', () => {
    const [ours = [], ceiling = [], peer = []] = linesOf(plot('catchup', RUNS));
    const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = ours;
    ok(x1 < x2 && y1 > y2);
    deepEqual(ceiling[0], [x1, y1], 'the median of 100, 1,000 and 10,000 is where 1,000 is');
    ok((peer[0]?.[1] ?? 0) > y1, 'the slower one is below');
  });

  it('show no series without a point, and refuse to show nothing', () => {
    ok(!plot('catchup', RUNS).includes('Hypercore'));
    throws(() => plot('catchup', []), /nothing to show/);
    throws(() => plot('scale', RUNS), /nothing to show/);
    throws(() => plot('other', RUNS), /not one of/);
  });

  it('bring ground and text for light and dark pages', () => {
    match(plot('catchup', RUNS), /prefers-color-scheme:dark/);
  });

  it('read the lines that are objects', () => {
    deepEqual(rowsOf('\n> bench\n{"name":"scale"}\n'), [{ name: 'scale' }]);
  });
});
