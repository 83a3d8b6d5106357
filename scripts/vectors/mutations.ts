/**
 * Everything a node takes from strangers, damaged in every way that can be listed: cut off at every length, followed by a byte, one bit
 * of every byte turned, and forged. What may not be damaged at all (`sealed`) must have a refusal for each.
 */
import { concat, toHex } from '../../src/core/bytes.ts';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { type Kind, refusalOf } from './kind.ts';
import { entryKinds } from './kinds-entries.ts';
import { fileKinds } from './kinds-files.ts';
import { gossipKinds } from './kinds-gossip.ts';
import { messageKinds } from './kinds-messages.ts';
import { proofKinds } from './kinds-proofs.ts';

export const KINDS: readonly Kind[] = [
  ...messageKinds(),
  ...gossipKinds(),
  ...entryKinds(),
  ...proofKinds(),
  ...fileKinds(),
];

const BEHIND = [0, 1, 255];

export function mutationVectors(): JsonObject {
  return {
    about:
      'For each kind of bytes a good example and what must be refused: truncations [from, to, code] cut it to any length from `from` to below `to`; trailing has the bytes behind it; flips [from, to, code] turn bit i mod 8 of byte i, for i from `from` to below `to` (null: another claim, as good as this one); forgeries are whole. The federation is that of federation.json, "list"; what judges gossip has heard counter 7 of Bob.',
    kinds: KINDS.map((kind) => ({
      name: kind.name,
      rule: kind.rule,
      sealed: kind.sealed,
      good: toHex(kind.good),
      truncations: ranges(kind, (length) => kind.good.subarray(0, length)),
      trailing: BEHIND.map((byte) => {
        const bytes = concat(kind.good, Uint8Array.of(byte));
        return { bytes: toHex(Uint8Array.of(byte)), code: refusalOf(kind, bytes) ?? null };
      }),
      flips: ranges(kind, (at) => kind.good.with(at, (kind.good[at] ?? 0) ^ (1 << (at % 8)))),
      forgeries: kind.forgeries.map(([of, what, bytes, code]) => ({ of, what, bytes: toHex(bytes), code })),
    })),
  };
}

/** The refusals of what is made of each place of the example, neighbours with one code together. */
function ranges(kind: Kind, change: (at: number) => Uint8Array): (readonly [number, number, string | null])[] {
  const found: [number, number, string | null][] = [];
  for (let at = 0; at < kind.good.length; at++) {
    const code = refusalOf(kind, change(at)) ?? null;
    const last = found.at(-1);
    if (last?.[2] === code) last[1] = at + 1;
    else found.push([at, at + 1, code]);
  }
  return found;
}
