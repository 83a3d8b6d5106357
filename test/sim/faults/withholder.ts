/** A node that signs what it holds, and does not give it: its pushes stay away, and its answers end without the entries. */
import { decodeMessage } from '../../../src/core/sync/messages.ts';
import type { Fault } from './fault.ts';
import { hostileNode } from './hostile.ts';

const PROBABILITY_MIN = 0.5;

export const withholder: Fault = {
  kind: 'withholder',
  install(world, fired) {
    const { dice } = world;
    const probability = dice.between(PROBABILITY_MIN, 1);
    hostileNode(world).tampers.push((effect) => {
      const carriesEntries =
        (effect.kind === 'publish' && effect.topic === 'entries') || (effect.kind === 'send' && isDelta(effect.frame));
      if (!carriesEntries || !dice.chance(probability)) return [effect];
      fired();
      return [];
    });
  },
};

function isDelta(frame: Uint8Array): boolean {
  try {
    return decodeMessage(frame).kind === 'delta';
  } catch {
    return false; // spoiled by another fault
  }
}
