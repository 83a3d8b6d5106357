/**
 * Writers: nobody stores an entry of an origin that may not write it, be it that the federation file does not let it, that nobody has
 * elected it, or that its quota is used up. And who was elected may write.
 */
import { TessraxError } from '../../../src/core/errors.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';
import { electoratesOf } from './electorates.ts';

export function writers(): Checker {
  /** Elected at some time, by the votes on all disks. */
  const elected = new Set<string>();
  const wasElected = (world: World, origin: string): boolean => {
    if (!elected.has(origin) && electoratesOf(world).all.some(({ witnesses }) => witnesses.has(origin)))
      elected.add(origin);
    return elected.has(origin);
  };
  return {
    looksAt: ['store', 'reply'],
    saw(world, node, effect) {
      if (node.hostile || (effect.kind !== 'store' && effect.kind !== 'reply')) return;
      const rule = world.federation.writers;
      const mayWrite = (origin: string, seq: number): boolean =>
        rule.mode === 'list' ? rule.peers.has(origin) || wasElected(world, origin) : seq < rule.quota;
      if (effect.kind === 'reply') {
        if (isRefusal(effect.result) && knowsItself(node.state?.epochs.electorates, node.peer))
          world.fail('writers', `node ${node.index} was made a witness, and may not write`);
        return;
      }
      for (const { log, origin, seq } of effect.write.entries) {
        if (log === 'ledger' && !mayWrite(origin, seq))
          world.fail('writers', `node ${node.index} stores entry ${seq} of ${origin}, which may not write it`);
      }
    },
  };
}

function isRefusal(result: unknown): boolean {
  return result instanceof TessraxError && result.code === 'not_a_writer';
}

/** Whether a node has the decision that elected it. */
function knowsItself(electorates: readonly { readonly witnesses: ReadonlySet<string> }[] = [], peer: string): boolean {
  return electorates.some(({ witnesses }) => witnesses.has(peer));
}
