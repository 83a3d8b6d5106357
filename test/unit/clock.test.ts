import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemRandom } from '../../src/clock.ts';

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
