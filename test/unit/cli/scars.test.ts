import { deepEqual, equal, match } from 'node:assert/strict';
import { CAROL } from '../core/fixtures.ts';
import { ApiRig } from '../node-rig.ts';
import { cutStore, FORK_SEQ } from '../sealed-scene.ts';
import { run } from './run.ts';

describe('tessrax scars', () => {
  let api: ApiRig;
  before(async () => {
    api = await ApiRig.start(undefined, undefined, cutStore());
  });
  after(() => api.stop());

  const scars = (...args: readonly string[]) => run(['scars', '--api', new URL(api.url).host, ...args]);

  it('shows each sealed feed below the scars', async () => {
    const { code, out } = await scars();
    equal(code, 0);
    match(out, new RegExp(`^${CAROL.peer} +equivocation +${FORK_SEQ} +${FORK_SEQ} +0 +280 +yes$`, 'm'));
    const [line = ''] = (await scars('--json')).out.trimEnd().split('\n');
    equal(JSON.parse(line).sealed.quarantined, 280);
  });

  it('shows what was cut off a feed, and says when there is more', async () => {
    const { out, err } = await scars('--quarantine', CAROL.peer, '--limit', '3', '--json');
    deepEqual(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq),
      [FORK_SEQ, FORK_SEQ + 1, FORK_SEQ + 2],
    );
    match(err, /there are more: \/v1\/quarantine\?origin=\w+&limit=3&after=22:[0-9a-f]{64}\n$/);
    equal((await scars('--quarantine', 'nobody')).code, 2);
  });
});
