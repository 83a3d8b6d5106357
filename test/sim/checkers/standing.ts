/** Standing: who breaks the protocol is heard no more for a while, and so cannot do it again and again; who keeps to it is never refused. */
import { BAN_MS } from '../../../src/core/limits.ts';
import { MS, SECOND, type VirtualUs } from '../schedule.ts';
import type { Checker } from './checker.ts';

/** A ban follows the first breach. What was on its way, or under verification, may show some more until it has arrived. */
const ARRIVAL_US_MAX = 30 * SECOND;

export function standing(): Checker {
  /** The last breach that should have led to a ban, by node and peer. */
  const banned = new Map<string, VirtualUs>();
  /** Bans of an earlier phase: what is left of one may be short. */
  const earlier = new Set<string>();
  /** Told in the end: what led to it may have a name of its own. */
  const wrong: string[] = [];
  return {
    started(_world, node) {
      for (const name of banned.keys()) if (name.startsWith(`${node.index} `)) banned.delete(name); // bans do not outlive a process
    },
    entered() {
      for (const name of banned.keys()) earlier.add(name);
      banned.clear(); // whom they parted is brought together again
    },
    looksAt: ['disconnect', 'note'],
    saw(world, node, effect, effects) {
      if (node.hostile) return;
      if (effect.kind === 'disconnect' && world.honest.some(({ peer }) => peer === effect.peer))
        wrong.push(`node ${node.index} refuses ${effect.peer}, which is honest: ${effect.code}`);
      if (effect.kind !== 'note' || effect.note.name !== 'peer_misbehaved') return;
      const { nowUs } = world.schedule;
      const name = `${node.index} ${effect.note.peer}`;
      const isRest = effects.some((other) => other.kind === 'disconnect' && other.banMs < BAN_MS);
      if (isRest && earlier.has(name)) return;
      const sinceUs = nowUs - (banned.get(name) ?? Number.NEGATIVE_INFINITY);
      if (sinceUs >= BAN_MS * MS) banned.set(name, nowUs);
      else if (sinceUs > ARRIVAL_US_MAX)
        wrong.push(`node ${node.index} bears with ${effect.note.peer}: ${effect.note.code}`);
    },
    conclude(world) {
      for (const what of wrong) world.fail('standing', what);
    },
  };
}
