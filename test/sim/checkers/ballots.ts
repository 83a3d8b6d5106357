/** Ballots: no honest node signs two votes in one, whoever asks and whatever happens to its disk. Decisions rest on it. */
import type { Checker } from './checker.ts';
import { governanceBodyOf } from './electorates.ts';

export function ballots(): Checker {
  const cast = new Map<string, number>();
  return {
    acknowledged(world, node, { entries }) {
      if (node.hostile) return;
      for (const entry of entries) {
        if (entry.log !== 'ledger' || entry.origin !== node.peer) continue;
        const body = governanceBodyOf(entry.bytes);
        if (body?.['action'] !== 'vote') continue;
        const place = `${node.index} ${body['epoch']} ${body['ballot']}`;
        const first = cast.get(place) ?? entry.seq;
        cast.set(place, first);
        if (first !== entry.seq)
          world.fail(
            'governance',
            `node ${node.index} votes twice in ballot ${body['ballot']} of epoch ${body['epoch']}: entries ${first} and ${entry.seq}`,
          );
      }
    },
  };
}
