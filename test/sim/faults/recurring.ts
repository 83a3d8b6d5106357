/** Something that strikes again and again while the safety phase lasts. */
import type { World } from '../world.ts';

/** Strikes at random times, `meanUs` apart on average. */
export function recurring(world: World, meanUs: number, strike: () => void): void {
  world.schedule.after(world.dice.gap(meanUs), () => {
    if (world.phase !== 'safety') return;
    strike();
    recurring(world, meanUs, strike);
  });
}
