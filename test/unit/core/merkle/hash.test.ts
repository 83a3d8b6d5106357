import { deepEqual, equal, notEqual, throws } from 'node:assert/strict';
import { EMPTY_ROOT, leafHash, nodeHash, ownHash } from '../../../../src/core/merkle/hash.ts';
import { mth } from '../../../reference/merkle.ts';

describe('Merkle hashes', () => {
  it('hashes nothing to the empty root', () => {
    equal(hex(EMPTY_ROOT), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('hashes leaves of any length, whatever was hashed before', () => {
    for (const length of [0, 1, 31, 32, 33, 64, 1000, 32, 0]) {
      const leaf = new Uint8Array(length).fill(length);
      equal(hex(leafHash(leaf)), hex(mth([leaf])), `${length} bytes`);
    }
  });

  it('joins two nodes, whatever was joined before', () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
    equal(hex(nodeHash(leafHash(a), leafHash(b))), hex(mth([a, b])));
    equal(hex(nodeHash(leafHash(b), leafHash(a))), hex(mth([b, a])));
  });

  it('tells a leaf from a node of the same bytes', () => {
    const left = leafHash(Uint8Array.of(1));
    const right = leafHash(Uint8Array.of(2));
    notEqual(hex(leafHash(Uint8Array.from([...left, ...right]))), hex(nodeHash(left, right)));
  });

  it('refuses to join what is no hash', () => {
    for (const length of [0, 31, 33, 64]) {
      throws(() => nodeHash(new Uint8Array(length), EMPTY_ROOT), { code: 'merkle_hash_length' });
      throws(() => nodeHash(EMPTY_ROOT, new Uint8Array(length)), { code: 'merkle_hash_length' });
    }
  });

  it('copies a hash into memory of its own', () => {
    const copy = ownHash(EMPTY_ROOT);
    deepEqual([...copy], [...EMPTY_ROOT]);
    equal(copy.buffer.byteLength, 32);
    notEqual(copy.buffer, EMPTY_ROOT.buffer);
  });
});

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
