import { deepEqual, equal } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyPath } from '../../../src/offline/verify-path.ts';
import { createInlineVerifier } from '../../../src/verify/inline.ts';
import { FEDERATION } from '../core/fixtures.ts';
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

  it('comes as an export that verifies offline', async () => {
    const { status, type, text } = await api.get('/v1/export');
    deepEqual([status, type], [200, 'application/jsonl']);
    const file = join(api.directory, 'ledger.jsonl');
    await writeFile(file, text);
    const verdict = await verifyPath(file, { verifier: createInlineVerifier(), pin: FEDERATION });
    deepEqual([verdict.faults, verdict.verified, verdict.summary?.entries], [[], true, COUNT]);
  });

  it('comes for GET alone', async () => {
    equal((await fetch(`${api.url}/v1/export`, { method: 'HEAD' })).status, 405);
  });
});
