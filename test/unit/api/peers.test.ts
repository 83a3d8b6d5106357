import { deepEqual, equal } from 'node:assert/strict';
import { BAN_MS, PEER_POINTS_BAN } from '../../../src/core/limits.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import type { PeerInfo } from '../../../src/ports.ts';
import { BOB, CAROL } from '../core/fixtures.ts';
import { ApiRig, listOf } from '../node-rig.ts';

const HEARD = { height: 12, root: new Uint8Array(32).fill(7), heardMs: 1000 };

function info(peer: string, change: Partial<PeerInfo> = {}): PeerInfo {
  const known = { connected: false, addresses: [], agent: '', lastSeenMs: 1000, bannedUntilMs: 0 };
  return { peer, ...known, lastCheckpoint: undefined, ...change };
}

describe('api: how peers stand', () => {
  let api: ApiRig;
  beforeEach(async () => {
    api = await ApiRig.start();
  });
  afterEach(() => api.stop());

  it('says what is held against them, and what those that are away said last', async () => {
    const { network, handle } = api.node;
    network.handlers?.peerConnected(CAROL.peer, '');
    network.handlers?.peerFlooded(CAROL.peer);
    const bannedUntilMs = Date.now() + BAN_MS;
    network.book.push(info(BOB.peer, { lastCheckpoint: HEARD }), info(CAROL.peer, { bannedUntilMs }));

    const [bob, carol] = listOf(await api.get('/v1/peers'), 'peers');
    deepEqual([bob?.['standing'], bob?.['points'], bob?.['why']], ['good', 0, '']);
    deepEqual(bob?.['last_checkpoint'], { height: 12, root: '07'.repeat(32), heard_ms: 1000 });
    deepEqual(
      [carol?.['standing'], carol?.['points'], carol?.['why'], carol?.['banned_until_ms']],
      ['banned', PEER_POINTS_BAN, 'gossip_flood', bannedUntilMs],
    );
    equal(carol?.['last_checkpoint'], null);

    const metrics = createMetrics({ node: () => handle, version: '1', wallMs: () => Date.now() });
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('federation_peers_by_standing'));
    deepEqual(lines, [
      'federation_peers_by_standing{standing="good"} 1',
      'federation_peers_by_standing{standing="last"} 0',
      'federation_peers_by_standing{standing="banned"} 1',
    ]);
  });
});
