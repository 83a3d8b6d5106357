import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../../src/core/merkle/hash.ts';
import { MerkleTree } from '../../../../src/core/merkle/tree.ts';
import { verifyInclusion } from '../../../../src/core/merkle/verify.ts';
import { mth, ReferenceTree } from '../../../reference/merkle.ts';
import { numberedLeaves } from './leaves.ts';

describe('Merkle tree in memory', () => {
  it('is empty at first', () => {
    const tree = new MerkleTree();
    equal(tree.size, 0);
    equal(tree.root, EMPTY_ROOT);
  });

  it('agrees with the RFC while it grows, and when it is made at once', () => {
    const leaves = numberedLeaves(70);
    const tree = new MerkleTree();
    leaves.forEach((leaf, i) => {
      tree.append(leaf);
      const prefix = leaves.slice(0, i + 1);
      equal(tree.size, prefix.length);
      deepEqual(hexes([tree.root]), hexes([mth(prefix)]));
      deepEqual(hexes([new MerkleTree(prefix).root]), hexes([mth(prefix)]));
    });
  });

  it('gives the PATH of the RFC for every leaf', () => {
    for (const size of [1, 2, 3, 7, 8, 9, 33, 64]) {
      const leaves = numberedLeaves(size);
      const tree = new MerkleTree(leaves);
      const reference = new ReferenceTree(leaves);
      leaves.forEach((leaf, index) => {
        const proof = tree.inclusion(index);
        deepEqual(hexes(proof), hexes(reference.path(index, size)));
        equal(verifyInclusion({ index, size, leafHash: leafHash(leaf), proof, root: tree.root }), true);
      });
    }
  });

  it('comes to the root of its leaves after any sequence of changes', () => {
    const change = fc.record({
      kind: fc.constantFrom('append', 'set', 'insert', 'remove'),
      isRead: fc.boolean(),
      at: fc.nat(1000),
      leaf: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.nat(40), fc.array(change, { maxLength: 40 }), (start, changes) => {
        const leaves = numberedLeaves(start);
        const tree = new MerkleTree(leaves);
        for (const { kind, at, leaf, isRead } of changes) {
          if (kind === 'set' && leaves.length > 0) {
            leaves[at % leaves.length] = leaf;
            tree.set(at % leaves.length, leaf);
          } else if (kind === 'insert') {
            const position = at % (leaves.length + 1);
            leaves.splice(position, 0, leaf);
            tree.insert(position, leaf);
          } else if (kind === 'remove' && leaves.length > 0) {
            const index = at % leaves.length;
            leaves.splice(index, 1);
            tree.remove(index);
          } else {
            leaves.push(leaf);
            tree.append(leaf);
          }
          // Several changes may lie between two looks at the root.
          if (isRead) deepEqual(hexes([tree.root]), hexes([mth(leaves)]));
        }
        deepEqual(hexes([tree.root]), hexes([mth(leaves)]));
        const reference = new ReferenceTree(leaves);
        leaves.forEach((_, index) => {
          deepEqual(hexes(tree.inclusion(index)), hexes(reference.path(index, leaves.length)));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('hashes each node once for any number of changes, and only when it is asked', () => {
    let hashed = 0;
    const tree = new MerkleTree(numberedLeaves(500), (left, right) => {
      hashed += 1;
      return nodeHash(left, right);
    });
    const [leaf] = numberedLeaves(1);
    if (leaf === undefined) throw new Error('there is no leaf');
    for (let i = 0; i < 500; i++) tree.insert((i * 131) % tree.size, leaf);
    equal(hashed, 0);
    equal(tree.root.length, 32);
    equal(hashed, 999);
    hashed = 0;
    for (let i = 0; i < 100; i++) tree.set(17, leaf);
    tree.inclusion(3);
    equal(hashed, 10); // 1,000 leaves have ten levels above
    hashed = 0;
    for (let i = 0; i < 1000; i++) tree.set(i, leaf);
    ok(tree.root.length === 32 && tree.inclusion(5).length === 10);
    equal(hashed, 999);
  });

  it('does not follow later changes of the list it was made of', () => {
    const leaves = numberedLeaves(3);
    const tree = new MerkleTree(leaves);
    tree.append(Uint8Array.of(9));
    equal(leaves.length, 3);
  });

  it('refuses places it does not have', () => {
    const tree = new MerkleTree(numberedLeaves(3));
    const outOfRange = { code: 'merkle_out_of_range' };
    for (const index of [-1, 3, 0.5, Number.NaN]) {
      throws(() => tree.set(index, EMPTY_ROOT), outOfRange);
      throws(() => tree.inclusion(index), outOfRange);
    }
    for (const position of [-1, 4, 0.5, Number.NaN]) throws(() => tree.insert(position, EMPTY_ROOT), outOfRange);
    throws(() => new MerkleTree().inclusion(0), outOfRange);
    deepEqual(hexes([tree.root]), hexes([mth(numberedLeaves(3))]));
  });
});

function hexes(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}
