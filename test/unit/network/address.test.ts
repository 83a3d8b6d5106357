import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { peerIdOf } from '../../../src/core/peer-id.ts';
import { addressOf, parseAddress } from '../../../src/network/address.ts';

const PEER = peerIdOf(new Uint8Array(32).fill(1));
const OTHER = peerIdOf(new Uint8Array(32).fill(2));

describe('network/address', () => {
  it('reads what can be dialled', () => {
    for (const text of [
      '/ip4/192.0.2.1/tcp/4001',
      '/ip6/2001:db8::1/tcp/4001',
      '/dns4/node.example/tcp/1',
      '/dns/node-b/tcp/65535',
    ]) {
      assert.deepEqual(parseAddress(text), { text, peer: undefined });
      assert.deepEqual(parseAddress(`${text}/p2p/${PEER}`), { text, peer: PEER });
    }
  });

  const refused: readonly string[] = [
    '',
    'node.example:4001',
    '/ip4/192.0.2.1',
    '/ip4/192.0.2.1/tcp/0',
    '/ip4/192.0.2.1/tcp/65536',
    '/ip4/0.0.0.0/tcp/4001',
    '/ip6/::/tcp/4001',
    '/ip4/192.0.2.1/udp/4001',
    '/ip4/192.0.2.1/udp/4001/quic-v1',
    '/ip4/192.0.2.1/tcp/4001/ws',
    '/unix/%2Ftmp%2Fsocket',
    `/p2p/${PEER}`,
    `/ip4/192.0.2.1/tcp/4001/p2p/${PEER}/p2p-circuit`,
    `/ip4/192.0.2.1/tcp/4001/p2p/${PEER}/p2p-circuit/p2p/${OTHER}`,
    '/ip4/192.0.2.1/tcp/4001/p2p/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG',
    '/ip4/192.0.2.1/tcp/4001/p2p/x',
    `/dns4/${'a'.repeat(300)}/tcp/4001`,
  ];
  for (const text of refused) {
    it(`refuses ${text.slice(0, 60) || 'nothing'}`, () => assert.equal(parseAddress(text), undefined));
  }

  it('takes an address for its own peer only', () => {
    assert.equal(addressOf(PEER, '/ip4/192.0.2.1/tcp/4001'), '/ip4/192.0.2.1/tcp/4001');
    assert.equal(addressOf(PEER, `/ip4/192.0.2.1/tcp/4001/p2p/${PEER}`), '/ip4/192.0.2.1/tcp/4001');
    assert.equal(addressOf(PEER, `/ip4/192.0.2.1/tcp/4001/p2p/${OTHER}`), undefined);
  });
});
