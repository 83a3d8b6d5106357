import { equal, ok } from 'node:assert/strict';
import * as limits from '../../../src/core/limits.ts';

describe('limits', () => {
  const numbers = Object.entries<unknown>(limits);

  it('are numbers above zero that a double holds exactly, in units that their names end with', () => {
    ok(numbers.length > 100);
    for (const [name, value] of numbers) {
      ok(typeof value === 'number' && Number.isSafeInteger(value) && value > 0, `${name} is ${String(value)}`);
    }
  });

  it('grow from the first to the last where a bound doubles', () => {
    const first = new Map(numbers);
    for (const [name, value] of numbers) {
      const start = name.endsWith('_MAX') ? first.get(name.slice(0, -'_MAX'.length)) : undefined;
      if (typeof start === 'number' && typeof value === 'number') ok(start <= value, `${name} is below its start`);
    }
  });

  it('of the protocol are those that other programs were written for', () => {
    equal(limits.BODY_BYTES_MAX, 65_536);
    equal(limits.BODY_DEPTH_MAX, 32);
    equal(limits.TYPE_NAME_LENGTH_MAX, 32);
    equal(limits.TIMESTAMP_MS_MAX, Date.parse('9999-12-31T23:59:59.999Z'));
    equal(limits.DELTA_ENTRIES_MAX, 1024);
    equal(limits.DELTA_RUNS_MAX, 256);
    equal(limits.FRAME_BYTES_MAX, 1_048_576);
    equal(limits.HEARTBEAT_BYTES_MAX, 16_384);
    equal(limits.HEARTBEAT_CHECKPOINTS_MAX, 200);
  });
});
