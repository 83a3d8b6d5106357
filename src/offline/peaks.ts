/** The peaks of a tree of `index` leaves, out of an inclusion proof of the leaf behind them. */

/**
 * On its way up from leaf `index` an inclusion proof (RFC 9162, 2.1.3.2) meets on its left exactly the perfect subtrees over the leaves
 * before it, smallest first. They do not depend on how many leaves follow.
 *
 * @param size of the tree that the proof is of
 * @returns roots of the subtrees, largest first
 */
export function peaksBefore(index: number, size: number, proof: readonly Uint8Array[]): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  let position = index;
  let last = size - 1;
  for (const hash of proof) {
    // A node without a right neighbour moves up until it is one.
    while (position % 2 === 0 && position === last && position > 0) {
      position /= 2;
      last /= 2;
    }
    if (position % 2 === 1) peaks.unshift(hash);
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return peaks;
}
