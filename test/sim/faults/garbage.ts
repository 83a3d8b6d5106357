/** Bytes that no honest node sends: random ones, a flipped bit, a message cut short or continued. */
import type { Dice } from '../dice.ts';
import type { Fault } from './fault.ts';
import { hostileNode, tamperWith } from './hostile.ts';

const PROBABILITY_MAX = 0.2;
const LENGTH_MAX = 2000;

function spoiling(kind: string, spoil: (bytes: Uint8Array, dice: Dice) => Uint8Array): Fault {
  return {
    kind,
    install(world, fired) {
      const { dice } = world;
      const probability = dice.between(0, PROBABILITY_MAX);
      tamperWith(hostileNode(world), (_effect, bytes) => {
        if (!dice.chance(probability)) return undefined;
        fired();
        return spoil(bytes, dice);
      });
    },
  };
}

export const garbage = spoiling('garbage', (bytes, dice) => {
  const noise = dice.bytes(dice.int(0, LENGTH_MAX));
  if (dice.chance(0.5)) return noise;
  const kept = Uint8Array.from(noise);
  kept.set(bytes.subarray(0, Math.min(1, kept.length))); // looks like the kind of message it was
  return kept;
});

export const truncate = spoiling('truncate', (bytes, dice) => bytes.slice(0, dice.int(0, bytes.length - 1)));

export const flip = spoiling('flip', (bytes, dice) => {
  const flipped = Uint8Array.from(bytes);
  const at = dice.int(0, bytes.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.int(0, 7));
  return flipped;
});
