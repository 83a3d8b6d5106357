import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemClock, systemRandom } from '../../src/clock.ts';

describe('clock of the system', () => {
  it('wakes once, by the last call, also when it asks for the same time as the one before', async () => {
    const clock = systemClock();
    const woken: string[] = [];
    const at = clock.monoMs() + 5;
    await new Promise<void>((resolve) => {
      clock.wakeAt(at + 60_000, () => woken.push('late'));
      clock.wakeAt(at, () => woken.push('first'));
      clock.wakeAt(at, () => {
        woken.push('second');
        resolve();
      });
    });
    assert.ok(clock.monoMs() >= at);
    await new Promise<void>((resolve) => {
      clock.wakeAt(at, () => {
        woken.push('again'); // the same time once more, and past by now
        resolve();
      });
    });
    assert.deepEqual(woken, ['second', 'again']);
  });

  it('wakes nobody when it is stopped', async () => {
    const clock = systemClock();
    const woken: string[] = [];
    const at = clock.monoMs();
    clock.wakeAt(at, () => woken.push('stopped'));
    clock.stop();
    const other = systemClock();
    await new Promise<void>((resolve) => {
      other.wakeAt(other.monoMs() + 5, resolve);
    });
    assert.deepEqual(woken, []);
  });
});

describe('random bytes of the system', () => {
  it('are as many as asked for, and none is given out twice', () => {
    const seen = new Set<string>();
    const first = systemRandom.bytes(8);
    const copy = first.slice();
    for (let i = 0; i < 2000; i++) {
      const bytes = systemRandom.bytes(8);
      assert.equal(bytes.length, 8);
      seen.add(Buffer.from(bytes).toString('hex'));
    }
    assert.equal(seen.size, 2000);
    assert.deepEqual(first, copy); // the caller's own, whatever was drawn since
  });

  it('may be more than are drawn at once, or none', () => {
    const many = systemRandom.bytes(10_000);
    assert.equal(many.length, 10_000);
    assert.ok(new Set(many).size > 200);
    assert.equal(systemRandom.bytes(0).length, 0);
  });
});
