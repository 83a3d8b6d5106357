import { deepEqual, equal } from 'node:assert/strict';
import { BUCKET_MS, BUCKETS, Series } from '../../../../web/node/series.ts';

describe('web: what the charts show', () => {
  it('counts entries a second, own and received apart', () => {
    const series = new Series(0);
    for (let i = 0; i < 6; i++) series.entry(100, i < 2);
    const { times, own, received } = series.rates(2 * BUCKET_MS);
    deepEqual([times[0], own[0], received[0]], [0, (1000 / BUCKET_MS) * 2, (1000 / BUCKET_MS) * 4]);
    deepEqual([own[1], received[1]], [0, 0]);
  });

  it('gives the median and the slowest of each while, and nothing where nothing happened', () => {
    const series = new Series(0);
    for (const latency of [5, 1, 90]) series.sync(0, latency);
    const { medianMs, slowestMs } = series.latencies(3 * BUCKET_MS);
    deepEqual(
      [medianMs, slowestMs],
      [
        [5, null, null],
        [90, null, null],
      ],
    );
  });

  it('shows nothing of before it began, nor more than it keeps', () => {
    equal(new Series(100 * BUCKET_MS).rates(101 * BUCKET_MS).times.length, 1);
    const series = new Series(0);
    series.entry(0, true);
    const { times, own } = series.rates(10 * BUCKETS * BUCKET_MS);
    equal(times.length, BUCKETS - 1);
    deepEqual([...new Set(own)], [0], 'a bucket of long ago is shown as if it were of now');
  });
});
