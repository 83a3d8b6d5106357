import { deepEqual, equal } from 'node:assert/strict';
import { base58 } from '@scure/base';
import fc from 'fast-check';
import { concat } from '../../../src/core/bytes.ts';
import { PEER_IDS_REMEMBERED_MAX } from '../../../src/core/limits.ts';
import { peerIdOf, publicKeyOf } from '../../../src/core/peer-id.ts';
import { ALICE } from './fixtures.ts';
import { hex, text, vectorList } from './vectors.ts';

describe('peer ID (R-01)', () => {
  for (const vector of vectorList('entries.json', 'keys')) {
    it(`of ${text(vector.name)}`, () => {
      equal(peerIdOf(hex(vector.public_key)), vector.peer);
      deepEqual(publicKeyOf(text(vector.peer)), hex(vector.public_key));
    });
  }

  it('holds its key, and has 52 characters, whatever the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
        const peer = peerIdOf(key);
        equal(peer.length, 52);
        equal(peer.startsWith('12D3KooW'), true);
        deepEqual(publicKeyOf(peer), key);
      }),
    );
    for (const byte of [0x00, 0xff])
      deepEqual(publicKeyOf(peerIdOf(new Uint8Array(32).fill(byte))), new Uint8Array(32).fill(byte));
  });

  it('stays the same when more have been asked for than are remembered', () => {
    const keyOf = (i: number) => new Uint8Array(32).fill(i % 256).fill(Math.floor(i / 256), 0, 1);
    const peers = Array.from({ length: PEER_IDS_REMEMBERED_MAX + 10 }, (_, i) => peerIdOf(keyOf(i)));
    equal(new Set(peers).size, peers.length);
    peers.forEach((peer, i) => {
      deepEqual(publicKeyOf(peer), keyOf(i));
    });
  });

  const prefix = (...bytes: number[]) => base58.encode(concat(Uint8Array.of(...bytes), ALICE.publicKey));
  const refused: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a name', 'alice'],
    ['a letter too few', ALICE.peer.slice(0, -1)],
    ['a letter too many', `${ALICE.peer}1`],
    ['a letter that base58 lacks', `${ALICE.peer.slice(0, -1)}0`],
    ['white space', `${ALICE.peer.slice(0, -1)} `],
    ['an RSA peer ID', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'],
    ['a CIDv1 of a peer ID', 'bafzaajaiaejca4syrpdu6gdx4wsdnokxkprgzxf4wrstuc34gxw5k5jrag2so5gk'],
    ['a key of another type', prefix(0x00, 0x24, 0x08, 0x02, 0x12, 0x20)],
    ['a hash that is not identity', prefix(0x12, 0x24, 0x08, 0x01, 0x12, 0x20)],
    ['a length that is not 32', prefix(0x00, 0x24, 0x08, 0x01, 0x12, 0x1f)],
  ];
  for (const [what, peer] of refused) {
    it(`is not ${what}`, () => equal(publicKeyOf(peer), undefined));
  }
});
