/** A receipt's place in its feed, as c2sp.org/tlog-proof: index and inclusion path, then the feed's checkpoint. */
import { base64 } from '@scure/base';

/**
 * @param index of the entry in its feed
 * @param path from the leaf's sibling up to the root's child (RFC 9162, 2.1.3); the leaf's data is the receipt hash
 * @param note of the tree that the path is in
 */
export function tlogProof(index: number, path: readonly Uint8Array[], note: string): string {
  const hashes = path.map((hash) => `${base64.encode(hash)}\n`).join('');
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes}\n${note}`;
}
