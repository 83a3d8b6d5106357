/** The clocks and dice of a real machine. */
import { randomFillSync } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** setTimeout takes at most 2^31 - 1 milliseconds. */
const TIMER_MS_MAX = 2_147_483_647;

export function systemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = 0;
  let call: () => void = () => {};
  /** A timer may go off a moment early, and takes no more than some weeks: then it is set again. */
  const sleep = (): void => {
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(dueMs - performance.now())));
    timer = setTimeout(() => {
      if (performance.now() < dueMs) {
        sleep();
        return;
      }
      timer = undefined;
      call();
    }, delayMs);
  };
  return {
    wallMs: () => Date.now(),
    monoMs: () => performance.now(),
    wakeAt(monoMs, wake) {
      call = wake;
      if (timer !== undefined && monoMs === dueMs) return; // most steps want to be woken when the last one did
      clearTimeout(timer);
      dueMs = monoMs;
      sleep();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** Random bytes are drawn in blocks: a nonce takes eight of them, and a call of the system for each would take longer than its hash. */
const RANDOM_BLOCK_BYTES = 4096;
const block = new Uint8Array(RANDOM_BLOCK_BYTES);
let used = RANDOM_BLOCK_BYTES;

export const systemRandom: Random = {
  bytes(count) {
    if (count > RANDOM_BLOCK_BYTES) return randomFillSync(new Uint8Array(count));
    if (used + count > RANDOM_BLOCK_BYTES) {
      randomFillSync(block);
      used = 0;
    }
    used += count;
    return block.slice(used - count, used); // a copy: no byte is ever given out twice
  },
};
