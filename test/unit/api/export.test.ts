import { deepEqual, equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { createInlineVerifier } from '../../../src/verify/inline.ts';
import { ALICE, BOB, FEDERATION } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';

const COUNT = 300;

describe('api: the whole ledger', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start();
    const payload = { z: 'names not in order', a: 'é'.repeat(500) }; // several chunks
    await api.post(
      '/v1/receipts',
      Array.from({ length: COUNT }, () => ({ payload })),
    );
  });
  after(() => api.stop());

  async function verified(query: string) {
    const { status, type, text } = await api.get(`/v1/export${query}`);
    deepEqual([status, type], [200, 'application/jsonl']);
    const file = join(api.directory, 'ledger.jsonl');
    await writeFile(file, text);
    const { faults, verified, summary } = await verifyPath(file, { verifier: createInlineVerifier(), pin: FEDERATION });
    return [faults, verified, summary?.entries, summary?.partial];
  }

  it('comes as an export that verifies offline', async () => {
    deepEqual(await verified(''), [[], true, COUNT, false]);
  });

  it('comes in parts, from any entry on, each verified up to the root of all', async () => {
    for (const from of [0, 1, 2, 77, COUNT - 1])
      deepEqual(await verified(`?from=${ALICE.peer}:${from}`), [[], true, COUNT - from, true]);
    deepEqual(await verified(`?origin=${ALICE.peer}&from=${ALICE.peer}:128`), [[], true, COUNT - 128, true]);
  });

  const refused: readonly (readonly [string, number, string])[] = [
    [`?origin=${BOB.peer}`, 404, 'feed_unknown'],
    [`?from=${BOB.peer}:0`, 404, 'feed_unknown'],
    [`?from=${ALICE.peer}:${COUNT}`, 404, 'feed_ends'],
    [`?from=${ALICE.peer}:1&origin=${BOB.peer}`, 400, 'bad_request'],
    [`?from=${ALICE.peer}`, 400, 'bad_request'],
  ];
  for (const [query, code, why] of refused) {
    it(`is refused: ${query} (${why})`, async () => {
      const { status, json } = await api.get(`/v1/export${query}`);
      deepEqual([status, json['code']], [code, why]);
    });
  }

  it('comes for GET alone', async () => {
    equal((await fetch(`${api.url}/v1/export`, { method: 'HEAD' })).status, 405);
  });
});
