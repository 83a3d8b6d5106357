/** The clocks and dice of a real machine. */
import { randomBytes } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** setTimeout takes at most 2^31 - 1 milliseconds. */
const TIMER_MS_MAX = 2_147_483_647;

export function systemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  return {
    wallMs: () => Date.now(),
    monoMs: () => performance.now(),
    wakeAt(monoMs, wake) {
      clearTimeout(timer);
      const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(monoMs - performance.now())));
      timer = setTimeout(wake, delayMs);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

export const systemRandom: Random = { bytes: (count) => randomBytes(count) };
