import { deepEqual, equal } from 'node:assert/strict';
import { examineFlat } from '../../../src/core/entry/examine-flat.ts';
import { fromFlat } from '../../../src/core/entry/flat.ts';
import { CAROL, isValid } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';
import { cutStore, FORK_SEQ } from '../sealed-scene.ts';

const QUARANTINED = 280;

describe('api: sealed feeds', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start(undefined, undefined, cutStore());
  });
  after(() => api.stop());

  it('are listed with the scars, on their first page: where, why, what stays, what is in quarantine', async () => {
    deepEqual((await api.get('/v1/scars')).json['sealed'], [
      {
        origin: CAROL.peer,
        from: FORK_SEQ,
        reason: 'equivocation',
        kept: FORK_SEQ,
        certified: 0,
        recorded: true,
        quarantined: QUARANTINED,
      },
    ]);
    const later = await api.get(`/v1/scars?after=${CAROL.peer}:3`);
    equal('sealed' in later.json, false);
  });

  it('show what was cut off, flat, each entry verifying by itself', async () => {
    const answer = await api.get(`/v1/quarantine?origin=${CAROL.peer}&limit=1000`);
    const entries = listOf(answer, 'entries');
    deepEqual(
      entries.map(({ seq }) => seq),
      Array.from({ length: QUARANTINED }, (_, i) => FORK_SEQ + i),
    );
    equal(answer.json['next'], null);
    for (const [i, entry] of entries.entries()) {
      const claim = fromFlat(JSON.parse(JSON.stringify(entry)));
      if (i > 0) equal(entry['prev'], entries[i - 1]?.['hash']);
      deepEqual(examineFlat(claim).map(isValid), [true]);
    }
  });

  it('in pages that join without gap or repeat', async () => {
    const seqs: unknown[] = [];
    let after = '';
    for (let pages = 0; pages < 10; pages++) {
      const answer = await api.get(`/v1/quarantine?origin=${CAROL.peer}&limit=100${after}`);
      seqs.push(...listOf(answer, 'entries').map(({ seq }) => seq));
      const { next } = answer.json;
      if (next === null) break;
      after = `&after=${String(next)}`;
    }
    deepEqual(
      seqs,
      Array.from({ length: QUARANTINED }, (_, i) => FORK_SEQ + i),
    );
  });

  const bad = [
    '',
    '?origin=nobody',
    `?origin=${CAROL.peer}&origin=${CAROL.peer}`,
    `?origin=${CAROL.peer}&limit=0`,
    `?origin=${CAROL.peer}&limit=1001`,
    `?origin=${CAROL.peer}&after=3`,
    `?origin=${CAROL.peer}&after=99999999999999999:${'0'.repeat(64)}`,
  ];
  for (const query of bad) {
    it(`refuse the query "${query.replaceAll(CAROL.peer, 'ID')}"`, async () => {
      const { status, type } = await api.get(`/v1/quarantine${query}`);
      deepEqual([status, type.split(';')[0]], [400, 'application/problem+json']);
    });
  }
});
