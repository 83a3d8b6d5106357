/** Safety: no two honest nodes ever hold different entries at one place. */
import { toHex } from '../../../src/core/bytes.ts';
import type { Checker } from './checker.ts';

export function safety(): Checker {
  return {
    conclude(world) {
      const held = new Map<string, { readonly hash: string; readonly node: number }>();
      for (const node of world.honest) {
        for (const [name, feed] of node.disk.feeds) {
          for (const [seq, entry] of feed.entries()) {
            const place = `${name} ${seq}`;
            const hash = toHex(entry.hash);
            const other = held.get(place);
            if (other === undefined) held.set(place, { hash, node: node.index });
            else if (other.hash !== hash)
              world.fail('safety', `nodes ${other.node} and ${node.index} hold different entries at ${place}`);
          }
        }
      }
    },
  };
}
