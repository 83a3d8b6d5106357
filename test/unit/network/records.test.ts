import assert from 'node:assert/strict';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { describe, it } from 'mocha';
import { BoundedRecords } from '../../../src/network/records.ts';

const RECORDS_MAX = 20;

describe('network/records', () => {
  it('keeps libp2p’s own peer record and the ones in use while strangers flood its store', async () => {
    const privateKey = await generateKeyPair('Ed25519');
    const records = new BoundedRecords(`/peers/${peerIdFromPrivateKey(privateKey).toCID().toString()}`, RECORDS_MAX);
    const node = await createLibp2p({ privateKey, datastore: records, start: false });
    await node.peerStore.merge(node.peerId, { protocols: ['/own/1'] });
    const friend = await newPeer();
    await node.peerStore.merge(friend, { multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/1')] });
    for (let i = 0; i < 3 * RECORDS_MAX; i++) {
      await node.peerStore.merge(await newPeer(), { multiaddrs: [multiaddr('/ip4/192.0.2.2/tcp/2')] });
      if (i % 10 === 0) await node.peerStore.get(friend);
    }
    assert.deepEqual((await node.peerStore.get(node.peerId)).protocols, ['/own/1']);
    assert.equal((await node.peerStore.get(friend)).addresses.length, 1);
    assert.ok((await node.peerStore.all()).length < RECORDS_MAX);
  });

  it('answers as libp2p expects of a store: found, not found, deleted, queried', async () => {
    const privateKey = await generateKeyPair('Ed25519');
    const node = await createLibp2p({
      privateKey,
      datastore: new BoundedRecords('/peers/x', RECORDS_MAX),
      start: false,
    });
    const peer = await newPeer();
    assert.equal(await node.peerStore.has(peer), false);
    await assert.rejects(node.peerStore.get(peer), { name: 'NotFoundError' });
    await node.peerStore.merge(peer, { protocols: ['/a/1'] });
    assert.equal(await node.peerStore.has(peer), true);
    assert.deepEqual(
      (await node.peerStore.all()).map(({ id }) => id.toString()),
      [peer.toString()],
    );
    await node.peerStore.delete(peer);
    assert.equal(await node.peerStore.has(peer), false);
  });
});

async function newPeer() {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
}
