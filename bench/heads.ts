/** Feeds as a node knows them without their entries: heads of any size, made of hashes of their names. */
import { compareBytes } from '../src/core/bytes.ts';
import { emptyHead } from '../src/core/ledger/admission.ts';
import type { FeedHead } from '../src/core/ledger/feed.ts';
import { peerIdOf } from '../src/core/peer-id.ts';
import { sha256 } from '../src/core/sha256-node.ts';

/** The origins of so many feeds, of which nobody has the keys, in the order of their keys, in which a store gives them: a ledger is then built without moving any. */
export function originsOf(count: number): string[] {
  const keys = Array.from({ length: count }, (_, i) => sha256(`feed ${i}`)).sort(compareBytes);
  return keys.map(peerIdOf);
}

/** A head of `size` entries. Two heads of one origin and size are equal. */
export function headOf(origin: string, size: number): FeedHead {
  const peaks: Uint8Array[] = [];
  for (let rest = size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++)
    if (rest % 2 === 1) peaks.unshift(sha256(`${origin} ${size} ${level}`));
  return { ...emptyHead(origin, 'ledger'), size, hash: sha256(`${origin} ${size}`), peaks };
}
