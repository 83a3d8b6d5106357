import { deepEqual, equal, ok } from 'node:assert/strict';
import { type TimelineNode, timeline } from '../../../src/api/timeline.ts';
import type { FeedHead } from '../../../src/core/ledger/feed.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { FEDERATION } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';
import { type FeedMaker, feedMaker } from './feeds.ts';

describe('api: the timeline', () => {
  /** Three feeds with gaps, equal times, and times that interleave. */
  const TIMES: readonly (readonly number[])[] = [
    [1000, 1000, 1000, 4000, 9000],
    [500, 1000, 4000, 4000],
    [1000, 2000, 3000, 3000, 3000, 3000, 12_000],
  ];
  let maker: FeedMaker;
  let node: TimelineNode;
  let expected: string[] = [];
  before(async () => {
    maker = feedMaker(TIMES);
    const store = new MemoryStore();
    await store.write(maker.batch);
    node = { federation: FEDERATION, store, heads: (): FeedHead[] => [...maker.batch.heads] };
    expected = maker.newestFirst();
  });

  const pages = async (query: Omit<Parameters<typeof timeline>[1], 'before'>, read = cursor): Promise<string[]> => {
    const hashes: string[] = [];
    let before: Parameters<typeof timeline>[1]['before'] | undefined;
    for (let count = 0; count < 50; count++) {
      const page = await timeline(node, { ...query, ...(before === undefined ? {} : { before }) });
      hashes.push(...page.entries.map(({ hash }) => String(hash)));
      if (page.next === null) return hashes;
      before = read(page.next);
    }
    throw new Error('the pages do not end');
  };

  for (const limit of [1, 2, 3, 5, 100]) {
    it(`gives every entry once, newest first, in pages of ${limit}`, async () => {
      deepEqual(await pages({ limit }), expected);
    });
  }

  it('begins at a moment, before what happened then', async () => {
    const { entries } = await timeline(node, { limit: 100, before: { timestampMs: 3000 } });
    deepEqual(
      entries.map(({ timestamp }) => timestamp),
      [2000, 1000, 1000, 1000, 1000, 1000, 500],
    );
  });

  it('narrows to an origin, to the beginning of a hash, to a text', async () => {
    const origin = maker.batch.heads[1]?.origin ?? '';
    equal((await pages({ limit: 2, origin })).length, 4);
    const [wanted = ''] = expected;
    deepEqual(await pages({ limit: 2, hash: wanted.slice(0, 12) }), [wanted]);
    deepEqual(await pages({ limit: 2, hash: '00'.repeat(32) }), []);
    equal((await pages({ limit: 2, text: 'FEED 1 ' })).length, 4);
    deepEqual(await pages({ limit: 2, type: 'SCAR' }), []);
  });

  it('shows the entry that a feed ends with, linked to the one before', async () => {
    const { entries } = await timeline(node, { limit: 2 });
    const all = await pages({ limit: 100 });
    ok(all.includes(String(entries[0]?.['prev'])));
  });

  function cursor(text: string): { timestampMs: number; at: { origin: string; seq: number } } {
    const [time, origin = '', seq] = text.split(':');
    return { timestampMs: Number(time), at: { origin, seq: Number(seq) } };
  }
});

describe('api: GET /v1/timeline', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start();
    await api.post(
      '/v1/receipts',
      Array.from({ length: 5 }, (_, n) => ({ payload: { n } })),
    );
  });
  after(() => api.stop());

  it('goes on where its cursor says', async () => {
    const first = await api.get('/v1/timeline?limit=3');
    const rest = await api.get(`/v1/timeline?limit=3&before=${String(first.json['next'])}`);
    deepEqual(
      [...listOf(first, 'entries'), ...listOf(rest, 'entries')].map(({ seq }) => seq),
      [4, 3, 2, 1, 0],
    );
    equal(rest.json['next'], null);
  });

  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=1e2',
    'limit=',
    'hash=XY',
    `hash=${'a'.repeat(65)}`,
    'text=',
    `text=${'a'.repeat(201)}`,
    'origin=nobody',
    'before=yesterday',
    'before=1:2:3',
    'before=-1',
    `before=${'9'.repeat(17)}`,
    'before=1&before=2',
    'colour=red',
  ]) {
    it(`refuses ${query.slice(0, 40)}`, async () => {
      const { status, json } = await api.get(`/v1/timeline?${query}`);
      deepEqual([status, json['code']], [400, 'bad_request']);
    });
  }
});
