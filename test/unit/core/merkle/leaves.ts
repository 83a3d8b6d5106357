/** Leaves for tests: leaf i is the number i in four bytes, big-endian, as in test/vectors/merkle-proofs.json. */
export function numberedLeaves(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i));
}
