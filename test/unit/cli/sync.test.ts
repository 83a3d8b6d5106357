import { deepEqual, equal, match } from 'node:assert/strict';
import { peersText, pendingText, syncText } from '../../../src/cli/status.ts';
import { ApiRig } from '../node-rig.ts';
import { run } from './run.ts';

const AWAY = { target: '/ip4/192.0.2.1/tcp/4001', reason: 'refused the connection: no node listens there', at_ms: 0 };

describe('what status says', () => {
  it('says why there are no peers', () => {
    const peers = (unreachable: object[]) =>
      peersText({ peers: 0, peers_agreeing: 0, unreachable: unreachable.map((one) => ({ ...one })) });
    match(peers([]), /^0 because none was found yet/);
    equal(peers([AWAY]), '0 because /ip4/192.0.2.1/tcp/4001 refused the connection: no node listens there');
    match(peers([AWAY, AWAY, AWAY]), /; 2 others cannot be reached either$/);
    equal(peersText({ peers: 3, peers_agreeing: 2, unreachable: [] }), '3, 2 with the same root');
  });

  it('says why entries wait, when too few witnesses are here', () => {
    const pending = (height: number, certified_height: number, here: number) =>
      pendingText({ height, certified_height, witnesses: { threshold: 3, all: 4, here } });
    deepEqual([pending(5, 5, 1), pending(5, 2, 3)], ['', '']);
    equal(pending(1005, 2, 2), '1,003 wait: 3 of 4 witnesses must vote, 2 are here');
    equal(pending(5, 4, 1), '1 waits: 3 of 4 witnesses must vote, 1 is here');
  });

  it('gives what is missing as entries and seconds', () => {
    const sync = (behind: number, received_per_second: number, syncing = true) =>
      syncText({ behind, received_per_second, syncing });
    equal(sync(0, 0, false), 'up to date');
    equal(sync(0, 0), 'fetching');
    equal(sync(1, 0), 'behind by 1 entry');
    equal(sync(1234, 250), 'behind by 1,234 entries, about 4 s');
    equal(sync(3, 1000), 'behind by 3 entries, about 1 s');
  });
});

describe('tessrax sync', function () {
  this.timeout(30_000);
  let rig: ApiRig;
  before(async () => {
    rig = await ApiRig.start('127.0.0.1:0');
  });
  after(() => rig.stop());

  it('answers no when nobody is there to be in sync with, and says so', async () => {
    const { code, out, err } = await run(['sync', '--wait', '--timeout', '1', '--dir', rig.directory]);
    deepEqual([code, out], [1, '']);
    match(err, /^tessrax: not in sync after 1 seconds: peers: 0 because none was found yet.* \[sync_timeout\]\n$/);
  });

  it('has nothing to do without --wait, and cannot reach a node that is not there', async () => {
    equal((await run(['sync', '--dir', rig.directory])).code, 2);
    equal((await run(['sync', '--wait', '--timeout', '0', '--dir', rig.directory])).code, 2);
    equal((await run(['sync', '--wait', '--dir', '/nonexistent'])).code, 3);
  });
});
